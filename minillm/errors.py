"""The error that a user sees: one line that says what is wrong and what to do next."""

import re
import sys
from pathlib import Path
from types import TracebackType


class InputError(ValueError):
    """The user's input is at fault: a parameter, a file or the data in it.

    The message names the thing, its value, what is allowed and the next step. Stages print it as one
    line, without a traceback; everything else that is raised is a bug of ours and keeps its traceback.
    """


def shown(value: object, most: int = 60) -> str:
    """A value of the user's for a message: in one line, control characters escaped, shortened."""
    shown = repr(value)
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


def shown_path(path: Path | str) -> str:
    """The same of a path, which is never shortened: somebody has to find it."""
    return repr(str(path))


def system_says(error: OSError) -> str:
    """Its reason, without a number and the path."""
    return error.strerror or reason(error)


def check_range(name: str, value: float, least: float, most: float) -> None:
    """Raise InputError if the option or parameter is not within the two, which are allowed."""
    if not least <= value <= most:  # NaN is not either
        raise InputError(f"{name} = {shown(value)}: must be {least:,} to {most:,}")


def reason(error: BaseException, most: int = 200) -> str:
    """A library's message in one line, shortened, without the place in torch's source that it begins with."""
    text = " ".join(str(error).split())
    return re.sub(r"^\[enforce fail at [^]]*\] ", "", text)[:most]


_NO_MEMORY = (
    *("can't allocate memory", "cannot allocate memory", "out of memory", "not enough memory", "bad_alloc"),
    *("alloc_failed", "can't start new thread"),
)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether it says that memory is lacking: Python's and NumPy's own error, or a library's by its words."""
    return isinstance(error, MemoryError) or any(words in str(error).lower() for words in _NO_MEMORY)


def interrupt_in_one_line() -> None:
    """Let Ctrl-C end this program with a line and status 130, wherever it is, also in its imports."""
    sys.excepthook = _excepthook


def _excepthook(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, traceback)
        return
    sys.stderr.write(f"{program()}: interrupted\n")
    sys.exit(130)


def program() -> str:
    """What was started: `train` of `python -m stages.train`, whose argv[0] is "-m" in the first imports."""
    started, words = sys.argv[0], sys.orig_argv
    if started == "-m" and "-m" in words:
        return words[words.index("-m") + 1].rpartition(".")[2]
    path = Path(started)
    return path.parent.name if path.stem == "__main__" else path.stem
