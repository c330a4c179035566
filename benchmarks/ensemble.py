"""What several checkpoints predict together: `python -m benchmarks.ensemble .state/recipe/moderno/first`.

The folder holds the checkpoints, as `benchmarks.recipe` keeps the seeds of a setting, and any number of
folders may be named. Printed are the loss (nats per token) and the bits per byte of each member, of the mean
of their probabilities, and of that mixed with a Kneser–Ney model, whose share is the best of 0 to 1 on the
validation split. Windows overlap as in the evaluate stage. The test split is looked at with `--test` only.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from minillm.errors import InputError
from minillm.evaluation.baselines import fit_ngrams
from minillm.evaluation.code_length import measure_texts
from minillm.evaluation.likelihood import score, stride_of
from minillm.model.minigpt import MiniGPT
from minillm.params import EvaluateParams, read_params
from minillm.tokens.assignment import Split
from minillm.tokens.shards import Shard, open_shard
from minillm.tokens.tokenizer import check_tokenizer, load_tokenizer
from minillm.training.checkpoints import load_checkpoint
from minillm.training.named import checkpoint_folders
from minillm.training.threads import Threads, threads_for
from stages.train import SPLITS, TOKENIZER

CLEAN = Path("data/clean/articles.parquet")
CPU = torch.device("cpu")
SHARES = np.linspace(0, 1, 101)
HELD_OUT: tuple[Split, ...] = ("validation", "test")

Floats = npt.NDArray[np.float64]


def main() -> None:
    """Print one table per split."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("folders", nargs="+", type=Path, help="of checkpoints, or of folders of them")
    parser.add_argument("--test", action="store_true", help="measure the test split too")
    arguments = parser.parse_args()
    try:
        compare(
            [found for folder in arguments.folders for found in checkpoint_folders(folder)], arguments.test
        )
    except (InputError, OSError) as error:
        sys.exit(f"error: {error}")


def compare(folders: Sequence[Path], test: bool) -> None:
    """Measure the checkpoints alone and together."""
    params, tokenizer = read_params(Path("params.yaml")), load_tokenizer(TOKENIZER)
    threads = threads_for(CPU)
    orders = {"ngram": params.evaluate.baseline_order}
    train = open_shard(SPLITS, "train")
    ngram = fit_ngrams(train, tokenizer.get_vocab_size(), orders, params.seed)["ngram"]
    texts, share = measure_texts(CLEAN, SPLITS, tokenizer), None
    for split in HELD_OUT[: 1 + test]:
        shard, text = open_shard(SPLITS, split), texts[split]
        rows = {}
        for folder in folders:
            checkpoint = load_checkpoint(folder, CPU)
            check_tokenizer(tokenizer, folder, checkpoint.metadata)
            rows[str(folder)] = target_nll(checkpoint.model, shard, params.evaluate, threads)
        together = averaged(list(rows.values()), [1 / len(rows)] * len(rows))
        counted = np.concatenate([nll for _, nll in ngram.nll(shard)])
        if share is None:  # on the validation split, the first
            share = min(SHARES, key=lambda s: averaged([together, counted], [1 - s, s]).mean())
        mixed = averaged([together, counted], [1 - share, share])
        rows |= {f"{len(rows)} together": together, "Kneser–Ney": counted}
        rows |= {f"{1 - share:.2f} together, {share:.2f} Kneser–Ney": mixed}
        print(f"| {split} | loss | bits per byte |\n|---|---|---|")
        for name, nll in rows.items():
            print(f"| {name} | {nll.mean():.4f} | {text.bits_per_byte(float(nll.sum())):.4f} |", flush=True)


def target_nll(model: MiniGPT, shard: Shard, settings: EvaluateParams, threads: Threads) -> Floats:
    """NLL of every target in the order of the shard's tokens, in nats."""
    nll = np.full(len(shard.tokens), np.nan)
    stride = stride_of(settings.stride, model.config.context)
    for scores in score(model, shard, settings.batch_size, threads, stride):
        nll[scores.positions] = scores.nll
    nll = np.delete(nll, shard.offsets[:-1])  # [BOS] is no target
    assert not np.isnan(nll).any()
    return nll


def averaged(nlls: Sequence[Floats], shares: Sequence[float]) -> Floats:
    """NLL of each target by the mean of what all found its probability to be."""
    return -np.log(sum(share * np.exp(-nll) for share, nll in zip(shares, nlls, strict=True)))


if __name__ == "__main__":
    main()
