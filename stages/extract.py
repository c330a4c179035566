"""extract: take the articles, or a sample of them, out of a dump, a wiki's API or files.

`--shard I/N` reads one of N parts of a large dump, and leaves the rest to others (docs/cluster.md).
"""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from minillm.errors import InputError
from minillm.files import Metrics, write_checksums, write_metrics
from minillm.own.extraction import extract_files
from minillm.own.finding import ENDINGS, counted, find_files
from minillm.params import Params
from minillm.shards import Part
from minillm.stage import run_stage
from minillm.wikipedia.extraction import extract_dump, extract_part
from minillm.wikipedia.place import check_place, check_there
from minillm.wikipedia.revisions import read_revisions, write_manifest
from minillm.wikipedia.templates import NO_DEFINITIONS, TEMPLATES_FILE, read_definitions
from minillm.wikipedia.wiki import WIKI_FILE

PINS = Path("data/revisions.csv")
PINNED_TEMPLATES = Path("data/templates.json")
ARTICLES = Path("data/raw/articles.parquet")
MANIFEST = Path("data/raw/revisions.csv")
METRICS = Path("metrics/extract.json")
_HOW_TO_PIN = f"`make pin` copies one there, `git checkout {PINNED_TEMPLATES}` brings the one without any"


def main(params: Params) -> None:
    """Write the articles and which revisions they are, and say why other pages were skipped."""
    with ExitStack() as at_end:
        from_dump = partial(_from_dump, at_end=at_end)
        sources: dict[str, Callable[[Params], Metrics]]
        sources = {"dump": from_dump, "api": _from_api, "files": _from_files}
        metrics = sources[params.extract.source](params)
        write_checksums(ARTICLES)  # by those of an earlier run they would be damaged
        write_manifest(ARTICLES, MANIFEST)
        write_checksums(ARTICLES, MANIFEST, ARTICLES.with_name(TEMPLATES_FILE), ARTICLES.with_name(WIKI_FILE))
        write_metrics(METRICS, metrics)
    of_how_many = f" of {metrics['eligible']} eligible" if "eligible" in metrics else ""
    print(f"{metrics['articles']}{of_how_many} articles → {ARTICLES}")


def read_part(params: Params, part: Part) -> None:
    """Read a part of the dump, for a later run of `main` to merge."""
    if params.extract.source != "dump":
        raise InputError(f"--shard: only a dump has shards, and extract.source = {params.extract.source}")
    _check_dump(params)
    said = extract_part(params.extract, part, params.machine.worker_count)
    print(f"part {part.number} of {part.of}: {said}")


def _check_dump(params: Params) -> None:
    if not params.extract.dump_url:
        check_there(Path(params.extract.dump))
        if note := check_place(Path(params.extract.dump), "extract.dump"):
            print(note)


def _from_dump(params: Params, at_end: ExitStack) -> Metrics:
    if read_revisions(PINS):
        print(f"extract.source = dump: the revisions in {PINS} are not looked at")
    _check_dump(params)
    threads = params.machine.worker_count
    metrics = extract_dump(params.extract, params.seed, ARTICLES, threads=threads, at_end=at_end)
    skipped = metrics["skipped"]
    if isinstance(skipped, Mapping) and "repeated" in skipped:
        print(f"{skipped['repeated']} articles with the id of an earlier page or revision are skipped")
    if params.extract.articles and metrics["articles"] != params.extract.articles:
        print(f"extract.articles = {params.extract.articles}: the dump has fewer; all are taken")
    return metrics


def _from_api(params: Params) -> Metrics:
    # Here, so that a dump is read without requests and its certificates.
    from minillm.wikipedia.api import WikiApi
    from minillm.wikipedia.api_extraction import extract_api
    from minillm.wikipedia.state import state_folder

    extract, pins = params.extract, read_revisions(PINS)
    api = WikiApi(extract.api_url, extract.contact)
    templates = read_definitions(PINNED_TEMPLATES, _HOW_TO_PIN) if pins else NO_DEFINITIONS
    state = state_folder(extract.api_url)
    metrics = extract_api(extract, params.seed, pins, ARTICLES, api, state, templates)
    if pins:
        print(f"the revisions in {PINS}: extract.articles, extract.min_chars and seed are not looked at")
    elif metrics["articles"] != extract.articles:
        print(f"extract.articles = {extract.articles}: the wiki has fewer; all are taken")
    return metrics


def _from_files(params: Params) -> Metrics:
    extract = params.extract
    files, left_out = find_files(Path(extract.files), extract.glob)
    if left_out:
        print(f"left out, since only {ENDINGS} are read: {counted(left_out)}")
    if note := check_place(Path(extract.files), "extract.files"):
        print(note)
    for name in ("origin", "licence", "attribution"):
        if not getattr(extract, name):
            print(f"extract.{name} is empty: report and model card will say that it is unknown")
    metrics = extract_files(files, extract, params.seed, ARTICLES)
    if extract.articles and metrics["articles"] != extract.articles:
        print(f"extract.articles = {extract.articles}: the files have fewer; all are taken")
    return metrics


if __name__ == "__main__":
    run_stage(main, read_part)
