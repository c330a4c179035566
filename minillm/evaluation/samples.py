"""What the model writes: continuations of the prompts in params.yaml, as a page in their language."""

import itertools
import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from tokenizers import Tokenizer

from minillm.evaluation.measured import Measured, Table
from minillm.evaluation.repetition import repeated_tokens
from minillm.evaluation.verbatim import copied_tokens, find_ngrams
from minillm.languages.samples import SamplesPage
from minillm.model.generation import generate
from minillm.model.minigpt import MiniGPT
from minillm.model.sampling import GREEDY, Sampling
from minillm.params import EvaluateParams
from minillm.tokens.detokenizing import BANNED
from minillm.tokens.shards import Shard
from minillm.tokens.tokenizer import BOS, EOS, UNK

SAMPLE_COLUMNS = ("prompt", "sampling", "text", "copied", "repeated")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~&])")
_END_OF_ARTICLE = " ∎"


class Sample(NamedTuple):
    """A prompt with one continuation."""

    prompt: str
    sampling: str
    """"greedy" or "sampled"."""
    prompt_ids: list[int]
    new_ids: list[int]


def make_samples(model: MiniGPT, tokenizer: Tokenizer, params: EvaluateParams, seed: int) -> list[Sample]:
    """A greedy and a sampled continuation of each prompt."""
    samples = []
    for index, text in enumerate(params.prompts):
        prompt = [BOS, *tokenizer.encode(text, add_special_tokens=False).ids]
        greedy = _generate(model, prompt, params, GREEDY)
        # A seed for each prompt: with one for all, the same draws would lead to the same words.
        sampled = _generate(model, prompt, params, Sampling.from_params(params), seed + index)
        samples += [Sample(text, "greedy", prompt, greedy), Sample(text, "sampled", prompt, sampled)]
    return samples


def samples_page(
    samples: Sequence[Sample],
    tokenizer: Tokenizer,
    test: Shard,
    params: EvaluateParams,
    seed: int,
    words: SamplesPage,
) -> str:
    """A Markdown page: settings, the continuations of each prompt, and the beginning of a real article."""
    sections = [words.introduction(params, seed, _END_OF_ARTICLE)]
    for sample in samples:
        text = sample.prompt
        beginning = f"**{_escape(text)}**" if text else "…"
        if sample.sampling == "greedy":
            sections.append(f"## {_escape(text) or words.without_prompt}")
        label = words.greedy if sample.sampling == "greedy" else words.sampled
        continuation = _continuation(tokenizer, sample.prompt_ids, sample.new_ids)
        sections.append(f"{label}: {beginning}{continuation}")
    sections += [
        f"## {words.comparison}",
        _real_beginning(test, tokenizer, params.sample_tokens, words),
    ]
    return "\n\n".join(sections) + "\n"


def measured_samples(samples: Sequence[Sample], tokenizer: Tokenizer, train: Shard) -> Measured:
    """The continuations in pieces, for the report."""
    return Measured(
        tables={"tables/samples": Table(SAMPLE_COLUMNS, sample_pieces(samples, tokenizer, train))}
    )


def sample_pieces(
    samples: Sequence[Sample], tokenizer: Tokenizer, train: Shard
) -> list[tuple[str, str, str, bool, bool]]:
    """Rows of SAMPLE_COLUMNS: each continuation, cut where its tokens begin or cease to copy or to repeat."""
    rows = []
    texts = [_without_end(sample.new_ids) for sample in samples]
    for sample, ids, (_, found) in zip(samples, texts, find_ngrams(texts, train), strict=True):
        copied = copied_tokens(found, len(ids)).tolist()
        flags = list(zip(copied, repeated_tokens(ids, 4), strict=True))
        whole = tokenizer.decode(sample.prompt_ids + ids, skip_special_tokens=False)
        start = 0
        for (copies, repeats), group in itertools.groupby(range(len(ids)), key=flags.__getitem__):
            stop = list(group)[-1] + 1
            begin, end = (
                len(tokenizer.decode(sample.prompt_ids + ids[:at], skip_special_tokens=False))
                for at in (start, stop)
            )
            rows.append((sample.prompt, sample.sampling, whole[begin:end], copies, repeats))
            start = stop
        if not ids:  # the model ended the text at once
            rows.append((sample.prompt, sample.sampling, "", False, False))
    return rows


def _generate(
    model: MiniGPT, prompt: list[int], params: EvaluateParams, sampling: Sampling, seed: int = 0
) -> list[int]:
    return generate(
        model,
        [prompt],
        sampling,
        max_new_tokens=params.sample_tokens,
        seed=seed,
        stop=EOS,
        banned=BANNED,
    )[0]


def _continuation(tokenizer: Tokenizer, prompt: list[int], new: list[int]) -> str:
    """The new tokens' text, with the space or mark that belongs between it and the prompt."""
    # With [BOS] kept, the first new word has its space even where the prompt decodes to nothing.
    before = tokenizer.decode(prompt, skip_special_tokens=False)
    after = tokenizer.decode(prompt + _without_end(new), skip_special_tokens=False)
    return _escape(after[len(before) :]) + (_END_OF_ARTICLE if new[-1] == EOS else "")


def _without_end(new: list[int]) -> list[int]:
    return new[:-1] if new[-1] == EOS else new


def _real_beginning(test: Shard, tokenizer: Tokenizer, length: int, words: SamplesPage) -> str:
    """The first tokens of the test article of median length, as the model sees them."""
    order = np.argsort(np.diff(test.offsets), kind="stable")
    ids = test.article(int(order[len(order) // 2]))[1 : 1 + length].tolist()
    text = f"{words.test_article}: {_continuation(tokenizer, [BOS], ids).strip()}"
    if UNK in ids:
        text += f"\n\n{words.unknown}"
    return text


def _escape(text: str) -> str:
    """One line of plain text in Markdown."""
    line = re.sub(r"\s+", " ", text)
    return _MARKDOWN.sub(r"\\\1", line)
