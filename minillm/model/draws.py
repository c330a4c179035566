"""Random numbers for the parts of a batch that are computed side by side, each from a stream of its own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch


class _Stream(threading.local):
    generator: torch.Generator | None = None


_stream = _Stream()


@contextmanager
def draws_from(seed: int, *, own: bool) -> Iterator[None]:
    """Within, this thread's random numbers come from a stream that `seed` begins.

    It is this thread's own on the CPU, and torch's global one, for which there can be no second thread, on
    other devices and in compiled code.
    """
    if not own:
        torch.manual_seed(seed)
        yield
        return
    _stream.generator = torch.Generator().manual_seed(seed)
    try:
        yield
    finally:
        _stream.generator = None


def generator() -> torch.Generator | None:
    """This thread's own stream; None is torch's global one."""
    return None if torch.compiler.is_compiling() else _stream.generator
