"""The server on a socket, until a signal ends it."""

import asyncio
import socket
from collections.abc import Sequence
from types import FrameType

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from minillm.serving.app import Server, make_app
from minillm.serving.completions import Served
from minillm.serving.engine import Engine
from minillm.serving.request import Limits

__all__ = ["Engine", "Limits", "Program", "Served", "serve"]
_SECONDS_TO_END = 3
_MORE_CONNECTIONS = 64
"""Than clients that are answered or wait: for pages, lists of models, and who is told to come back."""


class Connection(H11Protocol):
    """uvicorn's, which lets neither ever more connections nor one without a request's headers stay open."""

    header_seconds = 10.0
    """So long they may take; up to twice that where a request was before."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Of asyncio."""
        super().connection_made(transport)
        assert self.limit_concurrency is not None
        if len(self.connections) > self.limit_concurrency:
            transport.abort()
            return
        self._before: object = transport
        self.check()

    def check(self) -> None:
        """Close it if it waits for headers as it did the last time, after the same request or none."""
        waits = self.conn.their_state is h11.IDLE
        if waits and self.cycle is self._before:
            self.transport.close()
        if not self.transport.is_closing():
            self._before = self.cycle if waits else self.transport
            self.loop.call_later(self.header_seconds, self.check)


class Program(uvicorn.Server):
    """uvicorn's, which on a signal ends the requests that it would wait for."""

    def __init__(self, models: Sequence[Served], limits: Limits, host: str) -> None:
        self.server = Server(models, limits)
        config = uvicorn.Config(
            make_app(self.server, host),
            http=Connection,
            limit_concurrency=limits.clients + _MORE_CONNECTIONS,
            log_level="warning",
            ws="none",
            server_header=False,
            timeout_graceful_shutdown=_SECONDS_TO_END,
        )
        super().__init__(config)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Ctrl-C, or what ends a service; a second one, at which uvicorn would break off, changes nothing."""
        if not self.should_exit:
            self.server.stop()
            super().handle_exit(sig, frame)


def serve(models: Sequence[Served], limits: Limits, host: str, listener: socket.socket) -> None:
    """Answer until a signal comes, which is then raised again."""
    Program(models, limits, host).run(sockets=[listener])
