"""Print what `make` ends with: the evaluation's summary, where plots and samples are, which model it is."""

import json
import sys
from pathlib import Path

from minillm.errors import InputError
from minillm.evaluation.summary import summarize
from tools.documented import sentence

METRICS = Path("metrics/evaluate.json")


def main() -> int:
    """Read the metrics that the pipeline wrote last."""
    if not METRICS.exists():
        sys.exit(f"error: {METRICS} is missing; run `dvc repro`")
    try:
        summary = summarize(json.loads(METRICS.read_text(encoding="utf-8")))
    except (ValueError, LookupError, TypeError, AttributeError) as error:  # a conflict of a merge, say
        sys.exit(f"error: {METRICS} does not hold what evaluate writes ({error!r}); run `dvc repro`")
    print(f"\n{METRICS} and the other files of metrics/ say:\n")
    print(summary)
    print(
        "\nreport:  metrics/report.html, beside another revision: make report REF=main"
        "\nsamples: metrics/samples.md"
        "\nplots:   make plots (one page), data in metrics/plots/"
        "\nnext:    . .venv/bin/activate"
        "\n         dvc exp run -S model.dim=512 && dvc metrics diff && dvc exp show"
    )
    print(f"\nmodel:   {_which_model()}")
    return 0


def _which_model() -> str:
    try:
        return sentence()
    except InputError as error:
        return f"nobody knows whether it is the documented one: {error}"


if __name__ == "__main__":
    sys.exit(main())
