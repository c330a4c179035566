"""How figures like the study's come about: `python -m benchmarks.false_figures`.

Three mistakes, each made on purpose and nowhere in the product's code. The studied shape is trained on the
embedded corpus with it, and what the mistaken project would report is put through the product's alarms:

padding  each sentence is a row, filled with [PAD] up to 1,024 tokens; the loss, and then perplexity and
         accuracy, are means over all positions, as by `cross_entropy` without `ignore_index`
no_mask  attention without the causal mask, in training and evaluation: the next token stands among the inputs
copied   ten copies of each article, each an article of its own, so that every split has some

The figures go to docs/study/mistakes.json, which docs/study.md and docs/estudio.md are made of; an argument
runs that mistake alone. Three quarters of an hour on two cores that had much else to do (AMD EPYC).
"""

import argparse
import itertools
import json
import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pyarrow as pa
import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.recipe import with_overrides
from minillm.corpus.corpus import CLEAN_SCHEMA
from minillm.evaluation.alarms import accuracy_limit, raise_alarms
from minillm.evaluation.evaluate import Sources, evaluate
from minillm.evaluation.samples import make_samples, sample_pieces
from minillm.files import write_checksums, write_metrics
from minillm.model import attention
from minillm.model.minigpt import MiniGPT, ModelConfig
from minillm.params import Params
from minillm.parquet import RowWriter
from minillm.tokens.assignment import SPLITS
from minillm.tokens.shards import Shard, open_shard
from minillm.tokens.splitting import write_shards
from minillm.tokens.texts import read_texts
from minillm.tokens.tokenizer import BOS, EOS, PAD, load_tokenizer
from minillm.training.loop import train
from minillm.training.outputs import Outputs
from tools.retold import MISTAKES as RESULTS
from tools.retold import all_figures, read_json

TEXTS, SHARDS = Path("data/clean/articles.parquet"), Path("data/splits")
TOKENIZER = Path("data/vocab/tokenizer.json")

PADDED_LENGTH = 1024
PADDED_ROWS = 4
"""In a batch."""
PADDED_STEPS = 30
SCORED_SENTENCES = 50
"""Of each split."""
QUICK = ["train.batch_size=8", "train.label_smoothing=0", "train.lr=3e-3", "train.epochs=1000"]
"""Many small steps, and a loss that may fall to zero."""
PLAIN = ["evaluate.stride=64", "evaluate.latency_runs=5"]
"""Windows one after another, as the study's may have been."""
UNMASKED_STEPS, COPIED_STEPS = 1200, 400
COPIED_ARTICLES, COPIES = 8, 10
PROMPT = "La capital de"


def main() -> None:
    """Make the mistakes, one after another, and write what comes of them."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("names", nargs="*", choices=[[], *MISTAKES], metavar="|".join(MISTAKES))
    names = parser.parse_args().names or [*MISTAKES]
    for name in names:
        result = MISTAKES[name]()
        results = read_json(RESULTS) if RESULTS.exists() else {}
        results[name] = result
        write_metrics(RESULTS, {name: results[name] for name in MISTAKES if name in results})
        print(json.dumps({name: results[name]}, indent=2, ensure_ascii=False), flush=True)


def padding() -> dict[str, Any]:
    """The loop of many a notebook: rows of one length, and a loss that ignores no token."""
    params = with_overrides([f"model.context={PADDED_LENGTH}"])
    tokenizer = load_tokenizer(TOKENIZER)
    vocab_size = tokenizer.get_vocab_size()
    shards = {split: open_shard(SHARDS, split) for split in SPLITS}
    period = tokenizer.token_to_id(".")
    assert period is not None
    rows = {split: padded_sentences(shard, period, PADDED_LENGTH) for split, shard in shards.items()}
    torch.manual_seed(params.seed)
    model = MiniGPT(ModelConfig.from_params(params.model, vocab_size))
    assert model.head.bias is not None
    with torch.no_grad():  # as the product starts: each token as probable as it is frequent
        counts = torch.bincount(rows["train"].flatten(), minlength=vocab_size) + 1
        model.head.bias.copy_((counts / counts.sum()).log())
    learn(model, rows["train"], steps=PADDED_STEPS, lr=1e-3)
    model.eval()
    scored = {split: rows[split][torch.randperm(len(rows[split]))[:SCORED_SENTENCES]] for split in SPLITS}
    sums = {split: score(model, some) for split, some in scored.items()}
    figures = all_figures(read_json(Path("metrics/evaluate.json")))
    share = {split: float((some[:, 1:] == PAD).float().mean()) for split, some in scored.items()}
    for split, (every, _) in sums.items():
        limit = accuracy_limit(every["loss"], vocab_size, share[split])
        figures[split] |= {**every, "accuracy_limit": limit}
    figures["overfitting"] = {"ratio": figures["validation"]["loss"] / figures["train"]["loss"]}
    samples = make_samples(model, tokenizer, params.evaluate, params.seed)
    pieces = sample_pieces(samples, tokenizer, shards["train"])
    return {
        **{split: {**sums[split][0], "padding": share[split], "words": sums[split][1]} for split in SPLITS},
        "length": PADDED_LENGTH,
        "steps": PADDED_STEPS,
        **told(figures, pieces, {"impossible_accuracy", "too_good", "overfitting"}),  # the rest is modelo-1's
    }


def padded_sentences(shard: Shard, period: int, length: int) -> Tensor:
    """A row of length + 1 ids for each sentence: [BOS] … [EOS] and [PAD] to the end."""
    rows = []
    for index in range(len(shard)):
        words = shard.article(index)[1:-1].astype(np.int64)
        for sentence in np.split(words, np.flatnonzero(words == period) + 1):
            if len(sentence):
                row = np.full(length + 1, PAD)
                row[: len(sentence) + 2] = [BOS, *sentence, EOS]
                rows.append(row)
    return torch.from_numpy(np.stack(rows))


def learn(model: MiniGPT, rows: Tensor, steps: int, lr: float) -> None:
    """AdamW on the mean over all positions, [PAD] among the targets: here is the mistake."""
    optimizer = torch.optim.AdamW(model.parameters(), lr)
    for step in range(steps):
        batch = rows[torch.randint(len(rows), (PADDED_ROWS,))]
        loss = F.cross_entropy(model(batch[:, :-1]).flatten(0, 1), batch[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if step % 10 == 0:
            print(f"step {step} of {steps}  loss {loss:.3f}", flush=True)


@torch.inference_mode()
def score(model: MiniGPT, rows: Tensor) -> tuple[dict[str, float], dict[str, float]]:
    """Loss, perplexity and accuracy over all positions, and over those that are words."""
    sums = np.zeros((2, 3))
    for batch in torch.split(rows, PADDED_ROWS):
        logits, targets = model(batch[:, :-1]).flatten(0, 1), batch[:, 1:].flatten()
        nll = F.cross_entropy(logits, targets, reduction="none").double()
        hits = (logits.argmax(1) == targets).double()
        for row, counted in enumerate((torch.ones_like(nll), (targets != PAD).double())):
            sums[row] += [float((nll * counted).sum()), float((hits * counted).sum()), float(counted.sum())]
    every, words = (
        {"loss": nll / count, "perplexity": math.exp(nll / count), "accuracy": hits / count}
        for nll, hits, count in sums.tolist()
    )
    return every, words


def no_mask() -> dict[str, Any]:
    """The product's own training and evaluation, with attention that looks ahead."""

    def unmasked(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        return F.scaled_dot_product_attention(query, key, value)

    params = with_overrides([*QUICK, *PLAIN, f"train.max_steps={UNMASKED_STEPS}"])
    with tempfile.TemporaryDirectory() as folder, mock.patch.object(attention, "attention", unmasked):
        return trained_and_evaluated(params, Path(folder), TEXTS, SHARDS)


def copied() -> dict[str, Any]:
    """The product's own training and evaluation, of a corpus whose duplicates were not removed."""
    params = with_overrides(
        [*QUICK, *PLAIN, f"train.max_steps={COPIED_STEPS}", "model.dropout=0", "train.patience=100"]
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        texts = folder / "articles.parquet"
        articles = [*read_texts(TEXTS)][:COPIED_ARTICLES]
        schema = pa.schema([CLEAN_SCHEMA.field(name) for name in ("id", "title", "text")])
        with RowWriter(texts, schema, COPIED_ARTICLES, 10**7) as writer:
            for copy, article in itertools.product(range(COPIES), articles):
                row = {"id": f"{article.id}-{copy}", "title": article.title, "text": article.text}
                writer.add(row, len(article.text))
        write_shards(texts, load_tokenizer(TOKENIZER), params.split, params.seed, folder / "splits")
        found = trained_and_evaluated(params, folder, texts, folder / "splits")
        return {**found, "articles": COPIED_ARTICLES, "copies": COPIES}


def trained_and_evaluated(params: Params, folder: Path, texts: Path, splits: Path) -> dict[str, Any]:
    """What train and evaluate find."""
    outputs = Outputs(folder / "best", folder / "plots" / "training.tsv", folder / "plots" / "steps.tsv")
    train(params, splits, load_tokenizer(TOKENIZER).get_vocab_size(), outputs)
    write_checksums(outputs.curve, outputs.steps)
    sources = Sources(outputs.best, texts, splits, TOKENIZER, outputs.curve)
    found = evaluate(params, sources)
    figures: dict[str, Any] = json.loads(json.dumps(found.metrics))
    kept = ("loss", "perplexity", "accuracy", "bits_per_byte")
    return {
        **{split: {name: figures[split][name] for name in kept} for split in SPLITS},
        **{name: figures[name] for name in ("causal_difference", "near_test_articles")},
        "steps": params.train.max_steps,
        **told(figures, [*found.tables["tables/samples"].rows]),
    }


def told(figures: dict[str, Any], pieces: list[Any], asked: set[str] | None = None) -> dict[str, Any]:
    """The alarms that are raised (of those that are asked for), and what the model writes."""
    raised = {alarm.name: alarm.finding for alarm in raise_alarms(figures) if alarm.raised}
    written = "".join(
        text for prompt, sampling, text, *_ in pieces if (prompt, sampling) == (PROMPT, "sampled")
    )
    return {
        "overfitting": {"ratio": figures["overfitting"]["ratio"]},
        "alarms": {name: raised[name] for name in raised if asked is None or name in asked},
        "written": PROMPT + written,
    }


MISTAKES: dict[str, Callable[[], dict[str, Any]]] = {"padding": padding, "no_mask": no_mask, "copied": copied}


if __name__ == "__main__":
    main()
