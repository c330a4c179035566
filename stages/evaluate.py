"""evaluate: everything that is measured of the best checkpoint."""

import os
import subprocess
from pathlib import Path

from minillm.evaluation.evaluate import Sources, evaluate
from minillm.evaluation.measured import DETAILS, divided
from minillm.evaluation.summary import alarm_line
from minillm.files import write_metrics, write_text, write_tsv
from minillm.params import Params
from minillm.stage import memory_errors, run_stage
from minillm.training.device import own_bytes, resolve_device

SOURCES = Sources(
    checkpoint=Path("checkpoints/best"),
    texts=Path("data/clean/articles.parquet"),
    splits=Path("data/splits"),
    tokenizer=Path("data/vocab/tokenizer.json"),
    curve=Path("metrics/plots/training.tsv"),
)
METRICS = Path("metrics")
PERFORMANCE = METRICS / "machine" / "performance.json"


def main(params: Params) -> None:
    """Measure, write the figures, the tables and the samples, and say which alarms are raised."""
    if own := own_bytes(resolve_device(params.evaluate.device)):
        print(f"the bytes of the figures are this machine's: computed {own}")
    with memory_errors("free some, lower evaluate.batch_size or evaluate a smaller model"):
        evaluation = evaluate(params, SOURCES)
    compared, details = divided(evaluation.metrics, evaluation.compared)
    write_metrics(METRICS / "evaluate.json", compared, {DETAILS: [details]})
    for name, table in evaluation.tables.items():
        write_tsv(METRICS / f"{name}.tsv", table.columns, table.rows)
    write_text(METRICS / "samples.md", evaluation.samples)
    write_metrics(PERFORMANCE, evaluation.performance.metrics, evaluation.performance.tables)
    if "DVC_EXP_BASELINE_REV" in os.environ:
        keep_in_experiment(PERFORMANCE)
    print(f"{alarm_line(evaluation.alarms)} (all figures: python -m tools.summary)")


def keep_in_experiment(path: Path) -> None:
    """Add a file that Git ignores to the commit that DVC makes of the experiment that runs.

    Times belong to the machine: no output of the stage, so that dvc.lock is the same everywhere, and ignored,
    so that a checkout stays clean. An experiment keeps what Git knows, and `dvc metrics diff` and
    `dvc exp show` show it from there; the branch that it began on is left as it was.
    """
    # Unchecked: Git says what is wrong, and an experiment without its times is still one.
    subprocess.run(["git", "add", "--force", "--", path], check=False)


if __name__ == "__main__":
    run_stage(main)
