"""How fast a whole dump is read, cleaned and freed of duplicates, in how much memory.

Usage: python -m benchmarks.corpus [--mb 100] [--source DUMP] [--workers 1 2] [--write FILE | --kills N]

Makes a dump of that size out of the articles of another (`varied.py`), runs the steps of the stages extract
and clean over it, each in a process of its own, and holds the figures against the whole of eswiki. Then all
data stages run over dumps of three sizes: how their memory grows (`whole_stages.py`). `--write` only writes
the dump; `--kills` leaves the steps out, and at last runs the stages over the largest dump once more, with so
many kills on the way, and compares bytes.
"""

import argparse
import bz2
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.memory import peak_mb
from benchmarks.varied import write_dump
from benchmarks.whole_stages import ESWIKI_GB, print_kills, print_memory
from minillm.corpus.corpus import clean_articles
from minillm.corpus.duplicates import DuplicateFinder, fingerprint
from minillm.corpus.judging import Judging
from minillm.corpus.rules import rejection
from minillm.languages.loading import load_language
from minillm.params import ExtractParams, read_params
from minillm.parquet import open_parquet
from minillm.tokens.texts import read_texts
from minillm.wikipedia.articles import ARTICLE_SCHEMA, read_articles
from minillm.wikipedia.dump import read_dump
from minillm.wikipedia.extraction import extract_dump
from minillm.wikitext.scanner import read_page

SAMPLE = Path("data/sample/eswiki-sample.xml")
ESWIKI_ARTICLES = 2_000_000


def main() -> None:
    """Make the dumps, measure in processes of their own, print the tables."""
    arguments = _arguments()
    if arguments.measure:
        name, folder, workers = arguments.measure
        print(json.dumps(STEPS[name](Path(folder), int(workers)) | _peaks()))
        return
    if arguments.write:
        articles = write_dump(arguments.write, arguments.source, int(arguments.mb * 1e6))
        print(f"{arguments.write}: {articles} articles, {arguments.write.stat().st_size / 1e6:.1f} MB")
        return
    with tempfile.TemporaryDirectory() as name:
        if not arguments.kills:
            _print_speeds(_for_steps(Path(name) / "steps", arguments), arguments.workers)
        folders = [_with_dump(Path(name) / f"{share}", arguments, share) for share in (0.125, 0.25, 1)]
        seconds = print_memory(folders, max(arguments.workers))
        if arguments.kills:
            killed = _with_dump(Path(name) / "killed", arguments)
            print_kills(folders[-1], killed, seconds, max(arguments.workers), arguments.kills)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--mb", type=float, default=100.0, help="size of the XML")
    parser.add_argument("--source", type=Path, default=SAMPLE, help="a dump whose articles are taken")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], help="numbers of workers to try")
    parser.add_argument("--write", type=Path, help="only write the dump to this file (.xml or .xml.bz2)")
    parser.add_argument("--kills", type=int, help="kill the stages so often, and compare bytes")
    parser.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)
    return parser.parse_args()


def _with_dump(folder: Path, arguments: argparse.Namespace, share: float = 1) -> Path:
    """The folder, with dump.xml."""
    folder.mkdir()
    write_dump(folder / "dump.xml", arguments.source, int(arguments.mb * 1e6 * share))
    return folder


def _for_steps(folder: Path, arguments: argparse.Namespace) -> Path:
    """The folder, with the dump plain, compressed and extracted."""
    _with_dump(folder, arguments)
    write_dump(folder / "dump.xml.bz2", arguments.source, int(arguments.mb * 1e6))
    extract_dump(_extract_params(folder), 0, folder / "raw.parquet")
    return folder


def _extract_params(folder: Path) -> ExtractParams:
    params = read_params(Path("params.yaml")).extract
    return params.model_copy(update={"dump": str(folder / "dump.xml"), "articles": 0})


def _print_speeds(folder: Path, worker_counts: list[int]) -> None:
    xml_mb = (folder / "dump.xml").stat().st_size / 1e6
    articles = _count(folder / "raw.parquet")
    print(f"{articles} articles, {xml_mb:.0f} MB of XML\n")
    print("step                      workers   seconds   MB/s   articles/s   eswiki, hours")
    for step in STEPS:
        for workers in worker_counts if step in PARALLEL else [1]:
            seconds = measured(step, folder, workers)["seconds"]
            # by articles or by bytes, whichever takes longer: eswiki's are longer than the sample's
            hours = seconds / 3600 * max(ESWIKI_GB * 1000 / xml_mb, ESWIKI_ARTICLES / articles)
            print(
                f"{step:25} {workers:7} {seconds:9.2f} {xml_mb / seconds:6.1f} "
                f"{articles / seconds:12.0f} {hours:15.2f}",
                flush=True,
            )


def _count(path: Path) -> int:
    with open_parquet(path, ARTICLE_SCHEMA, "extract") as file:
        return file.metadata.num_rows


def measured(step: str, folder: Path, workers: int) -> dict[str, float]:
    """Run a step in a new process; seconds, and the peak memory of it and of its largest child in MB."""
    command = [sys.executable, "-m", "benchmarks.corpus", "--measure", step, str(folder), str(workers)]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    values: dict[str, float] = json.loads(result.stdout)
    return values


def _peaks() -> dict[str, float]:
    """Of this process, and of the largest worker (ru_maxrss is in kB on Linux)."""
    return {
        "own_mb": peak_mb(),
        "child_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000,
    }


def _timed(step: Callable[[], object]) -> dict[str, float]:
    start = time.perf_counter()
    step()
    return {"seconds": time.perf_counter() - start}


def _read_plain(folder: Path, _workers: int) -> dict[str, float]:
    return _timed(lambda: sum(1 for _ in read_dump(folder / "dump.xml")))


def _read_bzip2(folder: Path, workers: int) -> dict[str, float]:
    return _timed(lambda: sum(1 for _ in read_dump(folder / "dump.xml.bz2", workers)))


def _unpack_bz2_module(folder: Path, _workers: int) -> dict[str, float]:
    def unpack() -> None:
        with bz2.open(folder / "dump.xml.bz2") as file:
            while file.read(2**16):
                pass

    return _timed(unpack)


def _clean_alone(folder: Path, _workers: int) -> dict[str, float]:
    params = read_params(Path("params.yaml"))
    language = load_language(params.language)
    articles = list(read_articles(folder / "raw.parquet"))

    def clean() -> None:
        for article in articles:
            page = read_page(
                article.wikitext, language, keep_headings=params.clean.keep_headings, title=article.title
            )
            rejection(article.title, page, params.clean, language)

    return _timed(clean)


def _fingerprints(folder: Path, _workers: int) -> dict[str, float]:
    texts = _texts(folder)
    return _timed(lambda: [fingerprint(text, 0.8) for text in texts])


def _find_duplicates(folder: Path, _workers: int) -> dict[str, float]:
    with DuplicateFinder(0.8, folder / "shingles") as finder:
        for text in _texts(folder):
            finder.add(fingerprint(text, 0.8))
        return _timed(finder.find)


def _texts(folder: Path) -> list[str]:
    if not (folder / "clean.parquet").is_file():
        _clean(folder, 1)
    return [text.text for text in read_texts(folder / "clean.parquet")]


def _clean(folder: Path, workers: int) -> dict[str, float]:
    outs = folder / "clean.parquet", folder / "rejected.parquet"
    params = read_params(Path("params.yaml"))
    judging = Judging(folder / "raw.parquet", params.clean, params.language)
    return _timed(lambda: clean_articles(judging, *outs, workers=workers))


STEPS: dict[str, Callable[[Path, int], dict[str, float]]] = {
    "read XML": _read_plain,
    "read bzip2": _read_bzip2,
    "unpack with module bz2": _unpack_bz2_module,
    "clean and judge": _clean_alone,
    "duplicates: fingerprints": _fingerprints,
    "duplicates: find": _find_duplicates,
    "clean, the whole stage": _clean,
}
PARALLEL = ("read bzip2", "clean, the whole stage")

if __name__ == "__main__":
    main()
