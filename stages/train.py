"""train: MiniGPT on the training split, validated each epoch."""

from pathlib import Path

from minillm.files import write_metrics
from minillm.params import Params
from minillm.stage import run_stage
from minillm.tokens.tokenizer import load_tokenizer
from minillm.training.loop import Outputs, train

TOKENIZER = Path("data/vocab/tokenizer.json")
SPLITS = Path("data/splits")
OUTPUTS = Outputs(
    best=Path("checkpoints/best"),
    last=Path("checkpoints/last"),
    curve=Path("metrics/plots/training.tsv"),
    steps=Path("metrics/plots/steps.tsv"),
)
METRICS = Path("metrics/train.json")


def main(params: Params) -> None:
    """Train and keep the best and the last checkpoint."""
    vocab_size = load_tokenizer(TOKENIZER).get_vocab_size()
    metrics = train(params, SPLITS, vocab_size, OUTPUTS)
    write_metrics(METRICS, metrics)


if __name__ == "__main__":
    run_stage(main)
