"""How far long work is: a bar on a terminal; where there is none, as in a log file, a line now and then."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm

LINE_SECONDS = 30.0
"""From one line to the next."""


@contextmanager
def counted(name: str, unit: str, total: int, done: int = 0) -> Iterator[Callable[[], None]]:
    """Yield what is to be called for each that has been done, of `total` of which `done` were before.

    The time left is that of the others at the mean speed until then.
    """
    started = said = time.monotonic()
    now_done = done
    with tqdm(
        desc=name, unit=f" {unit}", total=total, initial=done, leave=False, disable=None, smoothing=0
    ) as bar:

        def count() -> None:
            nonlocal now_done, said
            now_done += 1
            bar.update()
            now = time.monotonic()
            if bar.disable and now - said >= LINE_SECONDS:  # it is no terminal
                left_seconds = (now - started) * (total - now_done) / (now_done - done)
                bar.write(f"{name}: {now_done} of {total} {unit}, {in_words(left_seconds)} left")
                sys.stdout.flush()
                said = now

        yield count


def in_words(seconds: float) -> str:
    """The two largest units."""
    minutes, hours = int(seconds // 60), int(seconds // 3600)
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min {int(seconds % 60)} s" if minutes else f"{int(seconds)} s"
