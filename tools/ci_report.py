"""The Markdown that CI shows in the job's summary and in a pull request: what changed, the learning curve.

GitHub draws the `mermaid` block, so that the picture needs no place to be stored at.
"""

import argparse
import csv
import subprocess
import sys
from pathlib import Path

CURVE = Path("metrics/plots/training.tsv")
LINES = {"train_loss": "train with dropout (blue)", "validation_loss": "validation (orange)"}
# Both stand out on GitHub's light and dark pages; Mermaid's own first colour does not on white.
COLORS = "#1f77b4, #ff7f0e"


def main() -> int:
    """Write the report against --base to --output."""
    parser = argparse.ArgumentParser(prog="python -m tools.ci_report")
    parser.add_argument("--base", default="origin/main", help="the Git revision to compare with")
    parser.add_argument("--output", type=Path, default=Path("report.md"))
    arguments = parser.parse_args()
    if not CURVE.exists():
        sys.exit(f"error: {CURVE} is missing; run `dvc repro` or `dvc pull`")
    with CURVE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    text = f"## Metrics against `{arguments.base}`\n\n{metrics(arguments.base)}\n\n{curve(rows)}"
    arguments.output.write_text(text, encoding="utf-8")
    print(f"report: {arguments.output}")
    return 0


def metrics(base: str) -> str:
    """DVC's table of what changed."""
    result = subprocess.run(
        ["dvc", "metrics", "diff", "--md", base], capture_output=True, encoding="utf-8", check=False
    )
    if result.returncode:
        sys.exit(f"error: dvc metrics diff --md {base}:\n{result.stderr.strip()}")
    return result.stdout.strip() or "No metric changed."


def curve(rows: list[dict[str, str]]) -> str:
    """Both losses over the steps as a Mermaid chart, and the last values in words."""
    steps = [int(row["step"]) for row in rows]
    values = {name: [float(row[name]) for row in rows] for name in LINES}
    everything = [value for line in values.values() for value in line]
    lines = [
        "## Learning curve",
        "",
        "```mermaid",
        f'%%{{init: {{"themeVariables": {{"xyChart": {{"plotColorPalette": "{COLORS}"}}}}}}}}%%',
        "xychart-beta",
        f'    title "Loss: {", ".join(LINES.values())}"',
        f'    x-axis "step" {steps[0]} --> {steps[-1]}',
        f'    y-axis "nats per token" {min(everything):.2f} --> {max(everything):.2f}',
        *(f"    line [{', '.join(f'{value:.4f}' for value in line)}]" for line in values.values()),
        "```",
        "",
        "; ".join(f"{LINES[name]}: {line[-1]:.3f}" for name, line in values.items())
        + f" nats per token at step {steps[-1]}.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
