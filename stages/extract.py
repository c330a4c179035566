"""extract: take the articles, or a sample of them, out of a dump."""

from pathlib import Path

from minillm.errors import InputError
from minillm.files import write_metrics
from minillm.params import Params
from minillm.stage import run_stage
from minillm.wikipedia.extraction import extract_dump

ARTICLES = Path("data/raw/articles.parquet")
METRICS = Path("metrics/extract.json")


def main(params: Params) -> None:
    """Write the articles, and say how many pages were read and why the others were skipped."""
    if params.extract.source == "api":
        raise InputError("extract.source = api is not built yet; set it to dump, and extract.dump to a file")
    threads = params.machine.worker_count
    metrics = extract_dump(params.extract, params.seed, ARTICLES, threads=threads)
    write_metrics(METRICS, metrics)
    if params.extract.articles and metrics["articles"] != params.extract.articles:
        print(f"extract.articles = {params.extract.articles}: the dump has fewer; all are taken")
    print(f"{metrics['articles']} of {metrics['eligible']} eligible articles → {ARTICLES}")


if __name__ == "__main__":
    run_stage(main)
