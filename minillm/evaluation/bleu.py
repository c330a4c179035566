"""BLEU of continued test articles.

The model sees [BOS] and the first P tokens of an article and writes G tokens; the reference is the article's
own next G tokens. Continuations are greedy: deterministic, without a temperature to tune, the model's first
choice throughout. BLEU-n is sacrebleu's corpus BLEU (Post 2018) up to n-grams of order n, 0 to 100; `intl`
is its tokenizer that separates Spanish marks such as ¿ and «. There is one reference among very many good
continuations, so the figures are low for any model; `chance`, the score that another article's continuation
gets in place of the model's, shows where worth begins. An order of which the references hold no n-gram of
known words is not measured: its score would be 0 for the article's own words too.
"""

import json
from dataclasses import dataclass

import numpy as np
from sacrebleu.metrics.bleu import BLEU
from tokenizers import Tokenizer

from minillm.errors import InputError
from minillm.evaluation.comparison import DRAWS, FEWEST, Interval
from minillm.evaluation.measured import Measured, Table
from minillm.evaluation.unmeasured import mark_unmeasured
from minillm.files import Metrics
from minillm.model.generation import generate
from minillm.model.minigpt import MiniGPT
from minillm.model.sampling import GREEDY, Sampling
from minillm.params import EvaluateParams
from minillm.tokens.detokenizing import BANNED
from minillm.tokens.shards import Shard
from minillm.tokens.tokenizer import EOS, SPECIAL_TOKENS, UNK
from minillm.training.threads import ONE_THREAD, Threads

BLEU_COLUMNS = ("order", "bleu", "chance", "low", "high")
ORDERS = (1, 2, 3, 4)
WRITTEN_TOKENS = 32
"""The model writes so many at least, though BLEU may ask for fewer: a text of 3 tokens can repeat nothing,
and one of 7 copy nothing."""
# The length is given, so the end is no answer; [UNK] is no word.
_BANNED = (*BANNED, EOS)
# They stand for an unknown word, and never match: none is paid for guessing "[UNK]".
_UNKNOWN_HYPOTHESIS, _UNKNOWN_REFERENCE = "\N{BLACK SQUARE}", "\N{WHITE SQUARE}"


@dataclass(frozen=True)
class Continuations:
    """Prompts out of test articles with the model's and the articles' continuations, as token ids.

    All of the latter have `bleu_tokens` or more: the model's WRITTEN_TOKENS at least, the articles' as many
    of them as there are.
    """

    prompts: list[list[int]]
    greedy: list[list[int]]
    sampled: list[list[int]]
    """From the model's own distribution, whatever params.yaml samples with: no setting flatters it."""
    human: list[list[int]]
    bleu_tokens: int


def continue_articles(
    model: MiniGPT, shard: Shard, params: EvaluateParams, seed: int, threads: Threads = ONE_THREAD
) -> Continuations:
    """Continue up to `bleu_prompts` articles, evenly spaced among those that are long enough.

    `seed` is of the sampled continuations. Raises InputError if no article is.
    """
    prompt_tokens, new_tokens = params.bleu_prompt_tokens, params.bleu_continuation_tokens
    lengths = np.diff(shard.offsets) - 2  # without [BOS] and [EOS]
    eligible = np.flatnonzero(lengths >= prompt_tokens + new_tokens)
    if not len(eligible):
        raise InputError(
            f"evaluate.bleu_prompt_tokens = {prompt_tokens}, evaluate.bleu_continuation_tokens = "
            f"{new_tokens}: no test article has so many tokens together (the longest has {lengths.max()}); "
            f"lower them or add articles"
        )
    count = min(params.bleu_prompts, len(eligible))
    written = max(new_tokens, WRITTEN_TOKENS)
    chosen = eligible[np.arange(count) * len(eligible) // count]
    articles = [shard.article(int(index))[:-1].tolist() for index in chosen]  # without [EOS]
    split = 1 + prompt_tokens
    prompts = [article[:split] for article in articles]
    human = [article[split : split + written] for article in articles]

    def continued(work: tuple[Sampling, int]) -> list[list[int]]:
        sampling, start = work
        some = prompts[start : start + params.batch_size]
        seeds = [seed + start + index for index in range(len(some))]
        return generate(model, some, sampling, max_new_tokens=written, seed=seeds, banned=_BANNED)

    work = [(how, start) for how in (GREEDY, Sampling()) for start in range(0, count, params.batch_size)]
    texts = [text for batch in threads.map(continued, work) for text in batch]
    return Continuations(prompts, texts[:count], texts[count:], human, new_tokens)


@dataclass(frozen=True)
class Bleu:
    """Corpus BLEU by order, 0 to 100."""

    scores: dict[int, Interval]
    """Those of ORDERS that could be measured, with the bootstrap interval over prompts: one per article."""
    chance: dict[int, float]
    """Of another article's continuation in place of the model's; empty if there is just one article."""
    prompts: int
    signature: str
    """sacrebleu's; it does not tell the order."""

    def measured(self) -> Measured:
        """The figures, each order beside chance, and their intervals."""
        return Measured(
            {"bleu": self.metrics()},
            {"plots/bleu": Table(BLEU_COLUMNS, self.table())},
            {f"bleu.bleu_{order}": score for order, score in self.scores.items()},
            ["bleu.bleu_4", "bleu.chance_4"],
        )

    def metrics(self) -> Metrics:
        """BLEU-4 and its chance, the number of prompts, the signature; other orders are in the table."""
        score = self.scores.get(ORDERS[-1])
        figures = {"bleu_4": score and score.mean, "chance_4": self.chance.get(ORDERS[-1])}
        return {**mark_unmeasured(figures), "prompts": self.prompts, "signature": self.signature}

    def table(self) -> list[tuple[int, float, float | None, float | None, float | None]]:
        """Rows of BLEU_COLUMNS."""
        return [
            (order, score.mean, self.chance.get(order), score.low, score.high)
            for order, score in self.scores.items()
        ]


def measure_bleu(continuations: Continuations, tokenizer: Tokenizer) -> Bleu:
    """Score the decoded hypotheses against the decoded references."""
    greedy, human = (
        [text[: continuations.bleu_tokens] for text in texts]
        for texts in (continuations.greedy, continuations.human)
    )
    hypotheses = _decode(greedy, tokenizer, _UNKNOWN_HYPOTHESIS)
    references = _decode(human, tokenizer, _UNKNOWN_REFERENCE)
    scores, signature = _scores(hypotheses, references, DRAWS)
    chance: dict[int, float] = {}
    if len(references) > 1:
        neighbours = human[1:] + human[:1]
        by_order, _ = _scores(_decode(neighbours, tokenizer, _UNKNOWN_HYPOTHESIS), references, draws=1)
        chance = {order: score.mean for order, score in by_order.items()}
    own_words = _decode(human, tokenizer, _UNKNOWN_HYPOTHESIS)
    found = BLEU(tokenize="intl").corpus_score(own_words, [references]).counts  # n-grams of each order
    measurable = [order for order, count in zip(ORDERS, found, strict=True) if count]
    return Bleu(
        {order: scores[order] for order in measurable},
        {order: chance[order] for order in measurable if chance},
        len(references),
        signature,
    )


def _scores(hypotheses: list[str], references: list[str], draws: int) -> tuple[dict[int, Interval], str]:
    """BLEU by order, with sacrebleu's own bootstrap if `draws` > 1, and sacrebleu's signature."""
    scores, signature = {}, ""
    for order in ORDERS:
        scorer = BLEU(max_ngram_order=order, tokenize="intl")
        score = scorer.corpus_score(hypotheses, [references], n_bootstrap=draws)
        signature = str(scorer.get_signature())
        # sacrebleu centres its interval on the draws' mean; it gives none for a mean of 0.
        fields = json.loads(score.format(width=6, signature=signature, is_json=True))
        mean, half = fields.get("confidence_mean", score.score), fields.get("confidence_var", 0.0)
        ends = (mean - half, mean + half) if len(references) >= FEWEST else (None, None)
        scores[order] = Interval(float(score.score), *ends)
    return scores, signature


def _decode(token_lists: list[list[int]], tokenizer: Tokenizer, unknown: str) -> list[str]:
    texts = tokenizer.decode_batch(token_lists, skip_special_tokens=False)
    return [text.replace(SPECIAL_TOKENS[UNK], unknown) for text in texts]
