"""Token bias: does the model choose common tokens more often than the text has them?

Ids are sorted by training frequency, so an id is a rank and rank predicted − rank true says how much more
common (negative) or rarer the likeliest token is than the true one. A model that is unsure falls back on
commas and articles: its choices are a distribution of their own, which is held against the true one by the
total variation distance, ½ Σ |share predicted − share true|, by the share of function words, and token by
token.
"""

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from minillm.evaluation.measured import Measured, Table
from minillm.files import Metrics
from minillm.tokens.tokenizer import SPECIAL_TOKENS
from minillm.training.scores import Scores
from minillm.unicode import lower

BIAS_COLUMNS = ("figure", "value")
TOKEN_BIAS_COLUMNS = ("token", "difference", "kind")
_TABLE_TOKENS = 12  # over- and under-predicted ones each


class TokenBias:
    """Counts of true and predicted tokens over a pass, and moments of the difference of their ranks."""

    def __init__(self, vocab_size: int) -> None:
        self.true = np.zeros(vocab_size, dtype=np.int64)
        self.predicted = np.zeros(vocab_size, dtype=np.int64)
        # Python's integers: a sum of squared ranks may exceed 64 bits.
        self._sum, self._absolute, self._squares = 0, 0, 0

    def add(self, scores: Scores) -> None:
        """Count a batch."""
        self.true += np.bincount(scores.targets, minlength=len(self.true))
        self.predicted += np.bincount(scores.predicted, minlength=len(self.true))
        difference = scores.predicted - scores.targets
        self._sum += int(difference.sum())
        self._absolute += int(np.abs(difference).sum())
        self._squares += int((difference**2).sum())

    def rank_metrics(self) -> dict[str, float]:
        """Mean, mean absolute value and variance of rank predicted − rank true."""
        targets = int(self.true.sum())
        return {
            "rank_difference": self._sum / targets,
            "rank_difference_absolute": self._absolute / targets,
            "rank_difference_variance": (self._squares * targets - self._sum**2) / targets**2,
        }

    def measured(self, tokenizer: Tokenizer, function_words: frozenset[str]) -> Measured:
        """The figures, and the tokens predicted too often and too seldom."""
        details = {**self.rank_metrics(), **self.function_words(tokenizer, function_words)}
        return Measured(
            {"bias": self.metrics(tokenizer)},
            {
                "plots/token_bias": Table(TOKEN_BIAS_COLUMNS, self.table(tokenizer)),
                "tables/bias": Table(BIAS_COLUMNS, list(details.items())),
            },
            compared=["bias.total_variation"],
        )

    def metrics(self, tokenizer: Tokenizer) -> Metrics:
        """The distributions' distance, and the token predicted most with its shares."""
        targets = int(self.true.sum())
        top = int(self.predicted.argmax())
        return {
            "total_variation": float(np.abs(self._share_difference()).sum()) / 2,
            "top_token": _label(tokenizer, top),
            "top_token_predicted": int(self.predicted[top]) / targets,
            "top_token_true": int(self.true[top]) / targets,
        }

    def function_words(self, tokenizer: Tokenizer, function_words: frozenset[str]) -> dict[str, float]:
        """Their share of the predictions and of the text."""
        targets = int(self.true.sum())
        function = _is_function_word(tokenizer, function_words)
        return {
            "function_words_predicted": int(self.predicted[function].sum()) / targets,
            "function_words_true": int(self.true[function].sum()) / targets,
        }

    def table(self, tokenizer: Tokenizer) -> list[tuple[str, float, str]]:
        """Rows of TOKEN_BIAS_COLUMNS: the most over- and under-predicted tokens, in percentage points."""
        points = 100 * self._share_difference()
        order = np.argsort(-points, kind="stable")
        over = [index for index in order[:_TABLE_TOKENS] if points[index] > 0]
        under = [index for index in order[::-1][:_TABLE_TOKENS][::-1] if points[index] < 0]
        return [
            (_label(tokenizer, int(index)), float(points[index]), kind)
            for kind, indices in (("over-predicted", over), ("under-predicted", under))
            for index in indices
        ]

    def _share_difference(self) -> npt.NDArray[np.float64]:
        return np.subtract(self.predicted, self.true) / int(self.true.sum())


def _is_function_word(tokenizer: Tokenizer, function_words: frozenset[str]) -> npt.NDArray[np.bool_]:
    """Per id; a byte-level token counts without the space that it begins with."""
    words = (lower(_text(tokenizer, index).strip()) for index in range(tokenizer.get_vocab_size()))
    return np.array([word in function_words for word in words])


def _text(tokenizer: Tokenizer, index: int) -> str:
    return str(tokenizer.decode([index], skip_special_tokens=False))


def _label(tokenizer: Tokenizer, index: int) -> str:
    """A token for a reader: spaces visible, pieces of a character as the tokenizer writes them."""
    text = _text(tokenizer, index)
    if index < len(SPECIAL_TOKENS) or "\N{REPLACEMENT CHARACTER}" in text:
        return str(tokenizer.id_to_token(index))
    return text.replace(" ", "␣").replace("\n", "⏎").replace("\t", "⇥")
