"""Print what `make` ends with: the evaluation's summary, and where plots and samples are."""

import json
import sys
from pathlib import Path

from minillm.evaluation.summary import summarize

METRICS = Path("metrics/evaluate.json")


def main() -> int:
    """Read the metrics that the pipeline wrote last."""
    if not METRICS.exists():
        sys.exit(f"error: {METRICS} is missing; run `dvc repro`")
    print(f"\n{METRICS} and the other files of metrics/ say:\n")
    print(summarize(json.loads(METRICS.read_text(encoding="utf-8"))))
    print(
        "\nreport:  metrics/report.html, beside another revision: make report REF=main"
        "\nsamples: metrics/samples.md"
        "\nplots:   make plots (one page), data in metrics/plots/"
        "\nnext:    . .venv/bin/activate"
        "\n         dvc exp run -S model.dim=512 && dvc metrics diff && dvc exp show"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
