"""How far a training is: a bar on a terminal, and elsewhere a line every half minute.

To read the loss is to wait for a GPU, so it is read only when it is shown.
"""

import time

from tqdm import tqdm

_LINE_SECONDS = 30.0
_BAR_SECONDS = 1.0


class Meter:
    """Shows the steps of a run, from one validation to the next. Only one of several processes shows some."""

    def __init__(self, done: int, steps: int, *, shown: bool) -> None:
        self._bar = tqdm(
            desc="train",
            initial=done,
            total=steps,
            unit="step",
            leave=False,
            disable=None if shown else True,  # None: unless it is a terminal
        )
        self._shown = shown
        self._first, self._done, self._steps = done, done, steps
        self._started = self._last = time.monotonic()

    def step(self) -> bool:
        """Count a step; whether it is time for `show`."""
        self._done += 1
        self._bar.update()
        seconds = _LINE_SECONDS if self._bar.disable else _BAR_SECONDS
        return self._shown and time.monotonic() - self._last >= seconds

    @property
    def seconds(self) -> float:
        """Since this meter began."""
        return time.monotonic() - self._started

    def show(self, loss: float, tokens: int, pauses_seconds: float) -> None:
        """Say the loss since the last validation, the speed and the time left.

        `tokens` were computed since this meter began, and validations will take `pauses_seconds` more.
        """
        self._last = time.monotonic()
        seconds = self._last - self._started
        left = seconds * (self._steps - self._done) / (self._done - self._first) + pauses_seconds
        said = f"loss {loss:.3f}  {tokens / seconds:,.0f} tokens/s  {_in_words(left)} left"
        if self._bar.disable:
            print(f"step {self._done} of {self._steps}  {said}", flush=True)
        else:
            self._bar.set_postfix_str(said)

    def close(self) -> None:
        """Take the bar away."""
        self._bar.close()


def _in_words(seconds: float) -> str:
    """The two largest units."""
    minutes, hours = int(seconds // 60), int(seconds // 3600)
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min {int(seconds % 60)} s" if minutes else f"{int(seconds)} s"
