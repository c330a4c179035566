"""split: turn the articles into one token shard per split.

`--shard I/N` encodes one of N parts of the articles, and leaves the rest to others (docs/cluster.md).
"""

from pathlib import Path

from minillm.files import write_metrics
from minillm.params import Params
from minillm.shards import Part, states_folder
from minillm.stage import run_stage
from minillm.tokens.splitting import encode, encoded_shards, write_shards
from minillm.tokens.tokenizer import load_tokenizer

TEXTS = Path("data/clean/articles.parquet")
TOKENIZER = Path("data/vocab/tokenizer.json")
SPLITS = Path("data/splits")
METRICS = Path("metrics/split.json")


def main(params: Params) -> None:
    """Encode every article into the shard of its split."""
    tokenizer = load_tokenizer(TOKENIZER)
    shards = encoded_shards(TEXTS, tokenizer, states_folder("split"))
    with shards.used_up():
        metrics = write_shards(TEXTS, tokenizer, params.split, params.seed, SPLITS, shards)
        write_metrics(METRICS, metrics)
    sizes = (
        f"{split} {count['articles']} articles, {count['tokens']} tokens" for split, count in metrics.items()
    )
    print(f"{'; '.join(sizes)} → {SPLITS}")


def encode_part(_params: Params, part: Part) -> None:
    """Encode the articles of a part, for a later run of `main` to merge."""
    tokenizer = load_tokenizer(TOKENIZER)
    shards = encoded_shards(TEXTS, tokenizer, states_folder("split"))
    made = encode(TEXTS, tokenizer, shards, part)
    print(f"part {part.number} of {part.of}: {made} of {shards.count} shards made → {shards.folder}")


if __name__ == "__main__":
    run_stage(main, encode_part)
