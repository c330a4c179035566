"""How a stage script runs: read params, call one function, say errors in one line.

A stage that is killed must not outlive what started it: SIGTERM unwinds the Python stack (temporary
files are removed), and on Linux the kernel sends it when `dvc` itself dies (PR_SET_PDEATHSIG), since an
orphaned trainer and the next `dvc repro` would write the same files.
"""

import argparse
import ctypes
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from minillm.errors import InputError, is_out_of_memory, program, reason
from minillm.files import print_any_text
from minillm.params import Params, read_params
from minillm.shards import Part, part_of

PARAMS_PATH = Path("params.yaml")
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def run_stage(
    main: Callable[[Params], None], make_part: Callable[[Params, Part], None] | None = None
) -> NoReturn:
    """Run `main` with the parameters and exit: 0, 1 for the user's input or files, 130/143 for a signal.

    With the argument `--shard I/N` it is `make_part`, of a stage that works in shards (`shards.py`).
    """
    name = program()
    print_any_text()
    _die_with_parent()
    signal.signal(signal.SIGTERM, _exit_on_sigterm)
    try:
        with memory_errors("free some, or take fewer articles (extract.articles)"):
            part = asked_part(accepted=make_part is not None)
            params = read_params(PARAMS_PATH)
            if make_part and part:
                make_part(params, part)
            else:
                main(params)
    except InputError as error:
        sys.exit(f"error: {error}")
    except OSError as error:  # disk full, no permission, file gone: the system's own words are the best
        sys.exit(f"error: {name}: {error}")
    except KeyboardInterrupt:
        print(f"{name}: interrupted", file=sys.stderr)
        sys.exit(130)
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)  # the end has come: no traceback out of Python's own
    sys.exit(0)


def asked_part(*, accepted: bool) -> Part | None:
    """The part that the argument `--shard` asks for, if it is accepted; other arguments end the program."""
    parser = argparse.ArgumentParser(prog=f"python -m stages.{program()}", allow_abbrev=False)
    if accepted:
        parser.add_argument(
            "--shard",
            metavar="I/N",
            nargs="?",  # without one part_of says what is expected
            const="",
            help="make the I-th of N parts of the shards, and merge nothing",
        )
    value = getattr(parser.parse_args(), "shard", None)
    return None if value is None else part_of(value)


@contextmanager
def memory_errors(advice: str) -> Iterator[None]:
    """Turn whatever says that memory is lacking into an InputError with this advice."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        said = reason(error) or type(error).__name__
        raise InputError(f"{program()}: out of memory ({said}); {advice}") from None


def _exit_on_sigterm(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(143)


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
