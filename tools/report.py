"""`make report`: metrics/report.html and the model card, from the files that the stages wrote.

A command and no stage, for three reasons. The report holds times, which no cached output may; it can stand
beside another revision (`make report REF=main`); and a word changed in it must neither run the evaluation
again nor change a hash in dvc.lock. It takes a second, so `make` writes it after every run.
"""

import argparse
import sys
from pathlib import Path

from minillm.errors import InputError
from minillm.files import write_text
from minillm.report.card import CARD, render_card
from minillm.report.comparison import read_reference
from minillm.report.page import render_page
from minillm.report.results import PARAMS, read_results

PAGE = Path("metrics/report.html")


def main() -> None:
    """Write both files for the pipeline in the current folder."""
    parser = argparse.ArgumentParser(prog="python -m tools.report")
    parser.add_argument("--reference", metavar="REF", default="", help="branch, commit, tag or experiment")
    arguments = parser.parse_args()
    try:
        write_report(Path(), arguments.reference)
    except (InputError, OSError) as error:
        sys.exit(f"error: {error}")
    print(f"report: {PAGE} (opens in a browser, without a network)\ncard:   {CARD}")


def write_report(root: Path, revision: str) -> None:
    """Both files under `root`. Raises InputError for results that are missing, or another revision's."""
    results = read_results(root)
    reference = read_reference(root, revision) if revision else None
    params = (root / PARAMS).read_text(encoding="utf-8")
    card = render_card(results, root)
    write_text(root / PAGE, render_page(results, reference, params))
    write_text(root / CARD, card)


if __name__ == "__main__":
    main()
