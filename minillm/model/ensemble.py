"""Several models of one vocabulary as one: what they predict together is the mean of their probabilities.

The (N, V) logits of N rows are the largest tensors here, and each model has its own. So the models compute
the narrow part for all rows at once, and who asks takes the logits of some rows after the other, model by
model.
"""

from collections.abc import Iterator, Sequence

from torch import Tensor

from minillm.model.minigpt import MiniGPT


class Ensemble:
    """Models that are trained no more: it puts them in evaluation mode and asks for no gradients."""

    def __init__(self, models: Sequence[MiniGPT]) -> None:
        assert len({model.config.vocab_size for model in models}) == 1
        self._models = [model.eval().requires_grad_(False) for model in models]

    def __len__(self) -> int:
        return len(self._models)

    def hidden(self, tokens: Tensor) -> list[Tensor]:
        """Each model's normalized residual stream for ids (B, T), (N, D) with N = B·T and a D of its own."""
        return [model.hidden(tokens).flatten(0, 1) for model in self._models]

    def logits(self, hidden: Sequence[Tensor], rows: slice) -> Iterator[Tensor]:
        """Each model's logits (n, V) in some rows of what `hidden` gave, in float32."""
        for model, states in zip(self._models, hidden, strict=True):
            yield model.head(states[rows]).float()
