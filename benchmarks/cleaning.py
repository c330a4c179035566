"""Our cleaner beside five of PyPI on the same pages: quality, residue, losses, speed and memory.

Usage: python -m benchmarks.cleaning [--dump FILE | --api FILE] [--gold FILE] [--rounds 5]

`--dump`: articles of any MediaWiki export (default: the embedded corpus). `--api`: an answer of the action
API with formatversion=2, for example

    curl -A 'NAME (CONTACT)' -o pages.json 'https://es.wikipedia.org/w/api.php?action=query&format=json
    &formatversion=2&generator=random&grnnamespace=0&grnlimit=50&prop=revisions&rvprop=content&rvslots=main'

`--gold`: passages as JSON lines with `wikitext` and `text`; without it the cases of tests/golden, which were
written along with our cleaner, so that its own score there is 1 by construction. Install the others as
benchmarks/peers.py says. Times are CPU seconds, the cleaners taking turns, medians of the rounds.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from benchmarks.cleaning_measures import (
    RESIDUE,
    Wanted,
    joined,
    normal,
    precision_and_recall,
    values_in_place,
    wanted,
)
from benchmarks.memory import peak_mb
from benchmarks.peers import NAMES, Cleaner, load
from benchmarks.template_values import OUTCOMES, outcomes

SAMPLE = Path("data/sample/eswiki-sample.xml")
GOLDEN = Path("tests/golden")


def main() -> None:
    """Print one table; a row is a measure, a column a cleaner."""
    arguments = _arguments()
    pages = _pages(arguments)
    if arguments.memory:
        print(_memory_growth_mb(arguments.memory, pages))
        return
    cleaners = {name: cleaner for name in NAMES if (cleaner := load(name))}
    characters = sum(map(len, pages))
    print(f"{len(pages)} pages, {characters} characters of wikitext\n")
    rows = _speed(cleaners, pages, arguments.rounds)
    rows["memory growth, MB"] = [_memory_in_a_new_process(name) for name in cleaners]
    outputs = {name: [_text(cleaner, page) for page in pages] for name, cleaner in cleaners.items()}
    rows |= _residue(outputs) | _kept_and_leaked(outputs, [wanted(page) for page in pages])
    rows |= _gold(cleaners, arguments.gold)
    _print_table(list(cleaners), rows)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--dump", type=Path, default=SAMPLE)
    parser.add_argument("--api", type=Path)
    parser.add_argument("--gold", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--memory", help=argparse.SUPPRESS)
    return parser.parse_args()


def _pages(arguments: argparse.Namespace) -> list[str]:
    if not arguments.api:
        # Here: the other way needs neither a dump's reader nor its libraries.
        from minillm.wikipedia.articles import Article
        from minillm.wikipedia.dump import read_dump

        pages = read_dump(arguments.dump)
        return [page.wikitext for page in pages if isinstance(page, Article) and len(page.wikitext) >= 500]
    answer = json.loads(arguments.api.read_text(encoding="utf-8"))
    revisions = [page["revisions"][0] for page in answer["query"]["pages"] if "revisions" in page]
    return [revision.get("slots", {}).get("main", revision)["content"] for revision in revisions]


def _text(cleaner: Cleaner, page: str) -> str:
    try:
        return cleaner(page)
    except Exception:  # a peer that breaks has no text for this page, and its measures say so
        return ""


def _speed(cleaners: dict[str, Cleaner], pages: list[str], rounds: int) -> dict[str, list[str]]:
    seconds: dict[str, list[list[float]]] = {name: [] for name in cleaners}
    for _ in range(rounds):
        for name, cleaner in cleaners.items():
            times = []
            for page in pages:
                start = time.process_time()
                _text(cleaner, page)
                times.append(time.process_time() - start)
            seconds[name].append(times)
    megabytes = sum(len(page.encode()) for page in pages) / 1e6
    totals = {name: statistics.median(map(sum, times)) for name, times in seconds.items()}
    worst = {name: max(map(statistics.median, zip(*times, strict=True))) for name, times in seconds.items()}
    return {
        "MB/s": [f"{megabytes / total:.2f}" for total in totals.values()],
        "worst page, ms": [f"{1000 * value:.0f}" for value in worst.values()],
    }


def _memory_in_a_new_process(name: str) -> str:
    command = [sys.executable, "-m", "benchmarks.cleaning", *sys.argv[1:], "--memory", name]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _memory_growth_mb(name: str, pages: list[str]) -> str:
    """By how much the peak grows after the first, shortest page."""
    cleaner = load(name)
    assert cleaner
    _text(cleaner, min(pages, key=len))
    before = peak_mb()
    for page in pages:
        _text(cleaner, page)
    return f"{peak_mb() - before:.1f}"


def _residue(outputs: dict[str, list[str]]) -> dict[str, list[str]]:
    """Traces per 10,000 characters of output."""
    texts = {name: "\n\n".join(pages) for name, pages in outputs.items()}
    rates = {
        label: [10_000 * len(pattern.findall(text)) / max(1, len(text)) for text in texts.values()]
        for label, pattern in RESIDUE.items()
    }
    summed = [rates[label] for label in RESIDUE if label != "bullets"]
    rows = {"residue, without bullets": [f"{sum(column):.2f}" for column in zip(*summed, strict=True)]}
    return rows | {f"- {label}": [f"{rate:.2f}" for rate in row] for label, row in rates.items()}


def _kept_and_leaked(outputs: dict[str, list[str]], pages: list[Wanted]) -> dict[str, list[str]]:
    rows: dict[str, list[str]] = {}
    total = sum(len(page.values) for page in pages)
    rows[f"values kept, % of {total}"] = [
        _percent(sum(values_in_place(p.values, t) for p, t in zip(pages, texts, strict=True)), total)
        for texts in outputs.values()
    ]
    total = sum(len(page.in_templates) for page in pages)
    counts = [
        sum(
            (outcomes(page.in_templates, text) for page, text in zip(pages, texts, strict=True)),
            Counter[str](),
        )
        for texts in outputs.values()
    ]
    for outcome in OUTCOMES:
        label = f"values in templates {outcome}, % of {total}"
        rows[label] = [_percent(count[outcome], total) for count in counts]
    normalized = {name: list(map(normal, texts)) for name, texts in outputs.items()}
    kinds = [("kept", kind) for kind in pages[0].kept] + [("dropped", kind) for kind in pages[0].dropped]
    for what, kind in kinds:
        sequences = [getattr(page, what)[kind] for page in pages]
        total = sum(map(len, sequences))
        verb = "kept" if what == "kept" else "leaked"
        rows[f"{kind} {verb}, % of {total}"] = [
            _percent(sum(_count(texts, page) for texts, page in zip(sequences, own, strict=True)), total)
            for own in normalized.values()
        ]
    return rows


def _count(sequences: Iterable[str], text: str) -> int:
    return sum(sequence in text for sequence in sequences)


def _percent(part: int, total: int) -> str:
    return f"{100 * part / total:.1f}" if total else "–"


def _gold(cleaners: dict[str, Cleaner], path: Path | None) -> dict[str, list[str]]:
    passages = _passages(path)
    rows: dict[str, list[str]] = {f"gold precision, {len(passages)} passages": [], "gold recall": []}
    rows |= {"gold F1": [], "gold exact": []}
    for cleaner in cleaners.values():
        outputs = [(_text(cleaner, wikitext), text) for wikitext, text in passages]
        scores = [precision_and_recall(output, text) for output, text in outputs]
        precision, recall = (statistics.mean(column) for column in zip(*scores, strict=True))
        exact = sum(joined(output) == joined(text) for output, text in outputs)
        f1 = 2 * precision * recall / (precision + recall)
        for row, value in zip(rows.values(), (precision, recall, f1), strict=False):
            row.append(f"{value:.3f}")
        rows["gold exact"].append(str(exact))
    return rows


def _passages(path: Path | None) -> list[tuple[str, str]]:
    if path:
        lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
        return [(line["wikitext"], line["text"]) for line in lines]
    cases = [case.read_text(encoding="utf-8").split("\n--- ") for case in sorted(GOLDEN.glob("*.txt"))]
    return [(wikitext.partition("\n")[2], text.partition("\n")[2]) for _, wikitext, text in cases]


def _print_table(names: list[str], rows: dict[str, list[str]]) -> None:
    print("| | " + " | ".join(names) + " |")
    print("|---" * (len(names) + 1) + "|")
    for label, values in rows.items():
        print(f"| {label} | " + " | ".join(values) + " |")


if __name__ == "__main__":
    main()
