"""How long cleaners take over wikitext that is made to keep them busy.

Usage: python -m benchmarks.adversarial [--limit 20] [--only miniLLM]

Each case runs at two sizes, in a process of its own that is ended after `--limit` seconds. A linear cleaner
takes four times as long for four times as much; ours gives the largest pages up after MAX_STEPS. The other
cleaners are installed as benchmarks/peers.py says.
"""

import argparse
import subprocess
import sys
import time
from typing import NamedTuple

from benchmarks.peers import NAMES, load
from minillm.wikitext.scanner import TooMuchWorkError


class Case(NamedTuple):
    """A piece, how often it is repeated (less often and more often), and what stands before and after."""

    piece: str
    small: int
    large: int
    before: str = ""
    after: str = ""


CASES: dict[str, Case] = {
    "nested {{": Case("{{a|", 10_000, 40_000),
    "tables": Case("\n{|\n| a", 500, 2_000),
    "[[": Case("[[", 500_000, 2_000_000),
    "[[río": Case("[[río ", 170_000, 680_000),
    "quotes": Case("a''b'''", 25_000, 100_000),
    "<ref>": Case("<ref>", 5_000, 20_000),
    "<!--": Case("<!--", 12_500, 50_000),
    "<": Case("<", 250_000, 1_000_000),
    "tags": Case("<small>", 5_000, 20_000),
    "pipes": Case("|", 250_000, 1_000_000),
    "lists": Case("\n* a", 100_000, 400_000),
    "holes": Case("de {{x}}. ", 50_000, 200_000),
    "dashes, holes": Case("— {{x}} ", 40_000, 160_000),
    "a hole, a word": Case("a", 250_000, 1_000_000, "de {{x}} "),
    "< and a word": Case("a", 5_000, 20_000, "<"),
    "tags in values": Case('<b " a="', 50_000, 200_000),
    "hidden": Case('<span style="display:none">', 10_000, 40_000),
    "<!-- in code": Case("<pre><!--</pre>", 20_000, 80_000),
    "marks": Case("\u0301" * 1_000 + "\u0316" * 1_000, 10, 40, "a"),
    "spaces in a link": Case(" ", 5_000, 20_000, "[[a", "b|]]"),
    "captions": Case("[[Archivo:a|\n\n", 20_000, 80_000),
}


def main() -> None:
    """Print a table: a row a case, seconds at both sizes for each cleaner."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--limit", type=float, default=20.0, help="seconds for a case")
    parser.add_argument("--only", choices=NAMES)
    parser.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(_seconds(*arguments.measure))
        return
    names = [name for name in NAMES if load(name) and arguments.only in (None, name)]
    print("| CPU seconds | " + " | ".join(names) + " |")
    print("|---" * (len(names) + 1) + "|")
    for case, (_, small, large, _, _) in CASES.items():
        cells = [
            " / ".join(_in_a_process(name, case, size, arguments.limit) for size in (small, large))
            for name in names
        ]
        print(f"| {small:,} / {large:,} `{case}` | " + " | ".join(cells) + " |", flush=True)


def _in_a_process(name: str, case: str, size: int, limit: float) -> str:
    command = [sys.executable, "-m", "benchmarks.adversarial", "--measure", name, case, str(size)]
    try:
        result = subprocess.run(command, check=False, capture_output=True, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return f">{limit:g}"
    return result.stdout.strip() or "failed"


def _seconds(name: str, case: str, size: str) -> str:
    cleaner = load(name)
    assert cleaner
    piece, _, _, before, after = CASES[case]
    wikitext = "El faro luce. " + before + piece * int(size) + after
    start, mark = time.process_time(), ""
    try:
        cleaner(wikitext)
    except TooMuchWorkError:
        mark = " given up"
    except RecursionError:
        mark = " recursion"
    return f"{time.process_time() - start:.2f}{mark}"


if __name__ == "__main__":
    main()
