"""split: turn the articles into one token shard per split."""

from pathlib import Path

from minillm.files import write_metrics
from minillm.params import Params
from minillm.stage import run_stage
from minillm.tokens.splitting import write_shards
from minillm.tokens.tokenizer import load_tokenizer

TEXTS = Path("data/clean/articles.parquet")
TOKENIZER = Path("data/vocab/tokenizer.json")
SPLITS = Path("data/splits")
METRICS = Path("metrics/split.json")


def main(params: Params) -> None:
    """Encode every article into the shard of its split."""
    metrics = write_shards(TEXTS, load_tokenizer(TOKENIZER), params.split, params.seed, SPLITS)
    write_metrics(METRICS, metrics)
    sizes = (
        f"{split} {count['articles']} articles, {count['tokens']} tokens" for split, count in metrics.items()
    )
    print(f"{'; '.join(sizes)} → {SPLITS}")


if __name__ == "__main__":
    run_stage(main)
