"""`minillm serve`: OpenAI's completions on loopback, and a page to play with."""

import argparse
import importlib.util
import socket
import sys
from ipaddress import ip_address
from pathlib import Path

from minillm.errors import InputError, check_range, shown
from minillm.interface.language_model import LanguageModel, load_model
from minillm.params import MOST

NEEDED = ("starlette", "uvicorn")


def run(arguments: argparse.Namespace) -> None:
    """Serve until Ctrl-C."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise InputError(
            f"minillm serve needs {' and '.join(missing)}: pip install -c constraints.txt -e '.[serve]', "
            "or `make serve`, which installs it"
        )
    from minillm.serving.running import Engine, Limits, Served, serve

    limits = Limits(
        arguments.max_prompt_tokens, arguments.max_tokens, arguments.max_seconds, arguments.max_clients
    )
    for name in ("prompt_tokens", "tokens", "seconds", "clients"):
        check_range(f"--max-{name.replace('_', '-')}", getattr(limits, name), 1, MOST)
    folders = named(arguments.checkpoint)
    # Before the models are loaded: a port that is taken is known at once.
    with listen(arguments.host, arguments.port) as listener:
        models = {
            name: load_model(folder, arguments.tokenizer, arguments.device)
            for name, folder in folders.items()
        }
        served = [
            Served(name, Engine(model.model, model.threads), model.tokenizer)
            for name, model in models.items()
        ]
        print(said(models, listener), flush=True)
        serve(served, limits, arguments.host, listener)


def named(words: list[str]) -> dict[str, Path]:
    """The folders by the names of their models: FOLDER's own, or NAME in NAME=FOLDER.

    A folder that is there, `runs/lr=0.1/best`, has its own name.

    Raises InputError for two of one name.
    """
    found: dict[str, Path] = {}
    for word in words:
        name, equals, folder = word.partition("=")
        named_so = equals and not Path(word).is_dir()
        path = Path(folder if named_so else word)
        name = name if named_so else path.resolve().name
        if not name or name in found:
            raise InputError(
                f"--checkpoint: {f'two are called {shown(name)}' if name else 'a name is empty'}; "
                "give each one a name of its own: --checkpoint one=FOLDER other=FOLDER"
            )
        found[name] = path
    return found


def listen(host: str, port: int) -> socket.socket:
    """A socket on that port. Raises InputError where it is taken or no address of this computer."""
    if not 0 <= port < 2**16:
        raise InputError(f"--port = {shown(port)}: must be 0 (any free one) to 65535")
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind)
        try:
            if sys.platform != "win32":  # there it would share a port that is taken
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(128)
        except OSError:
            listener.close()
            raise
    except (OSError, UnicodeError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise InputError(
            f"cannot listen on {shown(host)}, port {port}: {said}; take another one (--port, --host)"
        ) from None
    if not ip_address(address[0]).is_loopback:
        print(
            f"warning: {host} can be reached from other computers, and nobody is asked who they are",
            file=sys.stderr,
        )
    return listener


def said(models: dict[str, LanguageModel], listener: socket.socket) -> str:
    """Where it is and what it has."""
    host, port = listener.getsockname()[:2]
    address = f"[{host}]" if ":" in host else host
    sizes = ", ".join(f"{name} ({one.model.parameter_count():,} parameters)" for name, one in models.items())
    place = f"http://{address}:{port}/"
    return f"{place} is a page to play with, {place}v1 for clients; Ctrl-C ends\n{sizes}"
