"""SIGTERM and SIGINT (Ctrl-C) as requests that the training answers where it can be continued.

In the middle of a step the weights are half old and half new, so a signal is only remembered there and
answered after the step. Where nothing is being changed, as in a validation pass, it is answered at once. A
second signal does what it would do without this module: it ends the process.
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class InterruptedTrainingError(Exception):
    """The training was asked to end, at a point where it can be continued."""

    def __init__(self, number: int) -> None:
        super().__init__(f"signal {number}")
        self.number = number


class Interrupts:
    """Within `with Interrupts() as interrupts`, signals wait for `check` or `at_once`."""

    def __init__(self) -> None:
        self.received: int | None = None
        """The signal that has come, if one has."""
        self._at_once = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> "Interrupts":
        for number in _SIGNALS:
            self._before[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def check(self) -> None:
        """Raise InterruptedTrainingError if a signal has come."""
        if self.received is not None:
            raise InterruptedTrainingError(self.received)

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Within this block a signal raises InterruptedTrainingError wherever it arrives."""
        self._at_once = True
        try:
            self.check()
            yield
        finally:
            self._at_once = False

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        before: Callable[[int, FrameType | None], object] | Any = self._before[number]
        if self.received is not None and callable(before):
            before(number, frame)
        self.received = number
        if self._at_once:
            self._at_once = False
            self.check()
