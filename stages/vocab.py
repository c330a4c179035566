"""vocab: train the tokenizer on the training articles."""

from pathlib import Path

from minillm.files import write_checksums, write_metrics
from minillm.params import Params
from minillm.stage import run_stage
from minillm.tokens.tokenizer import load_tokenizer, save_tokenizer
from minillm.tokens.vocabulary import Sample, train_on_split, vocabulary_metrics

TEXTS = Path("data/clean/articles.parquet")
TOKENIZER = Path("data/vocab/tokenizer.json")
METRICS = Path("metrics/vocab.json")


def main(params: Params) -> None:
    """Train, save, and say how well the vocabulary covers the training and validation articles."""
    sample = Sample(TEXTS, params)
    if not sample.chosen.all():
        print(
            f"vocab.sample_characters = {params.vocab.sample_characters}: {sample.chosen.sum()} of "
            f"{len(sample.chosen)} articles are drawn"
        )
    save_tokenizer(train_on_split(sample, params), TOKENIZER)
    write_checksums(TOKENIZER)
    metrics = vocabulary_metrics(load_tokenizer(TOKENIZER), sample.read(), params)
    write_metrics(METRICS, metrics)
    print(f"{params.vocab.type} vocabulary of {metrics['size']} tokens → {TOKENIZER}")


if __name__ == "__main__":
    run_stage(main)
