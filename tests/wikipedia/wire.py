"""A server on loopback that puts on the wire what it likes, once for each connection."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


@contextmanager
def speaking(speak: Callable[[socket.socket, bytes], None]) -> Iterator[str]:
    """Yield its address; `speak` has the connection and the request that came."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection, suppress(OSError):
                        if request := connection.recv(2**16):
                            speak(connection, request)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/api.php"
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)
