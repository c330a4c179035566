"""evaluate: everything that is measured of the best checkpoint."""

from pathlib import Path

from minillm.evaluation.evaluate import Sources, evaluate
from minillm.evaluation.summary import verdict
from minillm.files import write_metrics, write_text, write_tsv
from minillm.params import Params
from minillm.stage import run_stage
from minillm.training.device import own_bytes, resolve_device

SOURCES = Sources(
    checkpoint=Path("checkpoints/best"),
    texts=Path("data/clean/articles.parquet"),
    splits=Path("data/splits"),
    tokenizer=Path("data/vocab/tokenizer.json"),
    curve=Path("metrics/plots/training.tsv"),
)
METRICS = Path("metrics")


def main(params: Params) -> None:
    """Measure, write the figures, the tables and the samples, and say what they are worth."""
    if own := own_bytes(resolve_device(params.evaluate.device)):
        print(f"the bytes of the figures are this machine's: computed {own}")
    evaluation = evaluate(params, SOURCES)
    write_metrics(METRICS / "evaluate.json", evaluation.metrics)
    write_metrics(METRICS / "performance.json", evaluation.performance)
    for name, table in evaluation.tables.items():
        write_tsv(METRICS / f"{name}.tsv", table.columns, table.rows)
    write_text(METRICS / "samples.md", evaluation.samples)
    print(*verdict(evaluation.metrics), sep="\n")


if __name__ == "__main__":
    run_stage(main)
