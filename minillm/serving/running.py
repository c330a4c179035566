"""The server on a socket, until a signal ends it."""

import socket
from collections.abc import Sequence
from types import FrameType

import uvicorn

from minillm.serving.app import Server, make_app
from minillm.serving.completions import Served
from minillm.serving.engine import Engine
from minillm.serving.request import Limits

__all__ = ["Engine", "Limits", "Program", "Served", "serve"]
_SECONDS_TO_END = 3


class Program(uvicorn.Server):
    """uvicorn's, which on a signal ends the requests that it would wait for."""

    def __init__(self, models: Sequence[Served], limits: Limits, host: str) -> None:
        self.server = Server(models, limits)
        config = uvicorn.Config(
            make_app(self.server, host),
            log_level="warning",
            ws="none",
            server_header=False,
            timeout_graceful_shutdown=_SECONDS_TO_END,
        )
        super().__init__(config)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Ctrl-C, or what ends a service."""
        self.server.stop()
        super().handle_exit(sig, frame)


def serve(models: Sequence[Served], limits: Limits, host: str, listener: socket.socket) -> None:
    """Answer until a signal comes, which is then raised again."""
    Program(models, limits, host).run(sockets=[listener])
