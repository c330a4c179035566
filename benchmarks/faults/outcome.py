"""What an attempt came to, told from how it ended."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from random import Random
from traceback import extract_tb
from types import FrameType
from typing import NamedTuple

from minillm.errors import InputError

Attack = Callable[[Random, Path], None]
"""One attempt in an empty folder of its own, all of it decided by the generator. It returns if the output is
right, and raises what was raised, or one of the errors below."""


class Outcome(StrEnum):
    """The columns of the table."""

    HELD = "held"
    REFUSED = "one-line error"
    SILENT = "other output in silence"
    TRACEBACK = "traceback"
    SLOW = "hang or too slow"


GOOD = (Outcome.HELD, Outcome.REFUSED)


class Result(NamedTuple):
    """An outcome, and what there is to say of it."""

    outcome: Outcome
    detail: str = ""


class OtherOutputError(Exception):
    """There is an output, it is not the right one, and nothing was said."""


class TooSlowError(BaseException):
    """It took longer than its size allows. No Exception, so that nothing that is attacked catches it."""


class CrashError(Exception):
    """A process ended with a traceback, or as no stage ends."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TooSlowError after so much of this process's CPU time, whatever the load of the computer."""

    def over(_number: int, _frame: FrameType | None) -> None:
        raise TooSlowError(f"more than {seconds:.1f} s of CPU time")

    before = signal.signal(signal.SIGPROF, over)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def attempt(attack: Attack, seed: int, index: int, folder: Path) -> Result:
    """Make one attempt, the same one for the same arguments."""
    try:
        attack(Random(f"{attack.__module__} {seed} {index}"), folder)  # noqa: S311  # no secret
    except InputError as error:
        return _refusal(str(error))
    except OtherOutputError as error:
        return Result(Outcome.SILENT, str(error))
    except TooSlowError as error:
        return Result(Outcome.SLOW, str(error))
    except CrashError as error:
        return Result(Outcome.TRACEBACK, str(error))
    except Exception as error:
        last = extract_tb(error.__traceback__)[-1]
        return Result(
            Outcome.TRACEBACK, f"{type(error).__name__}: {error} ({Path(last.filename).name}:{last.lineno})"
        )
    return Result(Outcome.HELD)


def _refusal(message: str) -> Result:
    """One line for each fault (params.yaml may have several), without control characters."""
    lines = f"error: {message}".split("\n")
    if all(line.startswith("error: ") and line.isprintable() for line in lines):
        return Result(Outcome.REFUSED, message)
    return Result(Outcome.TRACEBACK, f"an error that is not one printable line: {message!r:.300}")
