"""Does the model peek? A prediction must not change when the tokens after it do.

A decoder without a correct causal mask reaches an excellent loss, since each target stands among its own
inputs, and is worth nothing. So evaluation does not trust the code of the mask: it changes the future of a
real text at several places and compares the logits before them.
"""

from typing import NamedTuple

import torch

from minillm.evaluation.measured import Measured
from minillm.model.minigpt import MiniGPT

TOLERANCE = 1e-5
"""Largest difference allowed, relative to the token's largest logit or a usual token's: float32 rounding in
kernels that may differ. Not to the largest of all: a token forbidden by a logit of −10⁹ would hide a leak."""
_CUTS = 8


class Causality(NamedTuple):
    """How much the future changed predictions of the past."""

    causal: bool
    largest_difference: float
    """Between logits that should be equal."""

    def measured(self) -> Measured:
        """Both."""
        figures = {"causal": self.causal, "causal_difference": self.largest_difference}
        return Measured(figures, compared=["causal"])


@torch.inference_mode()
def check_causality(model: MiniGPT, tokens: torch.Tensor) -> Causality:
    """Change what follows each of several cuts in `tokens` (T,), 2 ≤ T ≤ context, and compare the logits."""
    length = len(tokens)
    assert length >= 2, "a single token has no future"
    vocab_size = model.config.vocab_size
    cuts = sorted({1 + index * (length - 1) // _CUTS for index in range(_CUTS)})  # first changed position
    rows = tokens.repeat(1 + len(cuts), 1)  # (1 + cuts, T); the first stays as it is
    for row, cut in zip(rows[1:], cuts, strict=True):
        row[cut:] = (row[cut:] + vocab_size // 2) % vocab_size  # another token everywhere
    model.eval()
    logits = model(rows.to(next(model.parameters()).device)).float()  # (1 + cuts, T, V)
    differences = [
        (changed[:cut] - logits[0, :cut]).abs().amax(0) for changed, cut in zip(logits[1:], cuts, strict=True)
    ]
    largest = torch.stack(differences).amax(0)  # (V,)
    sizes = logits.abs().amax((0, 1)).double()  # (V,)
    allowed = TOLERANCE * sizes.clamp(min=max(1.0, float(sizes.median())))
    return Causality(bool((largest <= allowed).all()), float(largest.max()))
