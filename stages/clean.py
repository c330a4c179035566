"""clean: bring articles to text without markup, and leave out what is not worth learning from."""

from pathlib import Path

from minillm.corpus.corpus import clean_articles
from minillm.files import write_checksums, write_metrics
from minillm.params import Params
from minillm.stage import run_stage
from minillm.wikipedia.templates import TEMPLATES_FILE

RAW = Path("data/raw/articles.parquet")
CLEAN = Path("data/clean/articles.parquet")
REJECTED = Path("data/clean/rejected.parquet")
METRICS = Path("metrics/clean.json")
TEMPLATES = Path("metrics/tables/templates.tsv")
SMALL_BYTES = 8_000_000


def main(params: Params) -> None:
    """Clean the raw articles and count what was kept, what not, and what was lost on the way."""
    # Starting processes takes a second: not for a corpus of that size.
    small = RAW.is_file() and RAW.stat().st_size < SMALL_BYTES
    workers = 1 if small and params.machine.workers == "auto" else params.machine.worker_count
    metrics = clean_articles(
        RAW,
        CLEAN,
        REJECTED,
        params.clean,
        params.language,
        plain=params.extract.plain,
        definitions=RAW.with_name(TEMPLATES_FILE),
        templates=TEMPLATES,
        workers=workers,
    )
    write_checksums(CLEAN)
    write_metrics(METRICS, metrics)
    print(f"kept {metrics['kept']} of {metrics['articles_in']} articles → {CLEAN}")


if __name__ == "__main__":
    run_stage(main)
