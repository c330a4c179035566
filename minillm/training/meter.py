"""How far a training is: a bar on a terminal, and elsewhere a line every half minute.

To read the loss is to wait for a GPU, so it is read only when it is shown.
"""

import time

from tqdm import tqdm

from minillm.progress import LINE_SECONDS, in_words

_BAR_SECONDS = 1.0
# Without tqdm's own time left, which knows of no validation.
_BAR = "{l_bar}{bar}| {n_fmt}/{total_fmt} [{elapsed}{postfix}]"


class Meter:
    """Shows the steps of a run, from one validation to the next. Only one of several processes shows some.

    The speed is that of the steps after the first one, which may compile for minutes.
    """

    def __init__(self, done: int, steps: int, *, shown: bool) -> None:
        self._bar = tqdm(
            desc="train",
            initial=done,
            total=steps,
            leave=False,
            bar_format=_BAR,
            disable=None if shown else True,  # None: unless it is a terminal
        )
        self._shown = shown
        self._first, self._done, self._steps = done, done, steps
        self._started = self._said = self._after_first = time.monotonic()

    def step(self) -> bool:
        """Count a step; whether it is time for `show`."""
        self._done += 1
        self._bar.update()
        now = time.monotonic()
        if self.steps == 1:
            self._after_first = now
            return False
        return self._shown and now - self._said >= (LINE_SECONDS if self._bar.disable else _BAR_SECONDS)

    @property
    def steps(self) -> int:
        """Since this meter began."""
        return self._done - self._first

    @property
    def seconds(self) -> float:
        """Since this meter began."""
        return time.monotonic() - self._started

    @property
    def step_seconds(self) -> float:
        """Of a step; known when `show` is due."""
        return (time.monotonic() - self._after_first) / (self.steps - 1)

    def show(self, loss: float, step_tokens: float, pauses_seconds: float) -> None:
        """Say the loss since the last validation, the speed and the time left.

        A step has had so many tokens, and validations will take `pauses_seconds` more.
        """
        self._said = time.monotonic()
        step_seconds = self.step_seconds
        left = in_words((self._steps - self._done) * step_seconds + pauses_seconds)
        said = f"loss {loss:.3f}  {step_tokens / step_seconds:,.0f} tokens/s  {left} left"
        if self._bar.disable:
            print(f"step {self._done} of {self._steps}  {said}", flush=True)
        else:
            self._bar.set_postfix_str(said)

    def close(self) -> None:
        """Take the bar away."""
        self._bar.close()
