"""clean: bring articles to text without markup, and leave out what is not worth learning from.

`--shard I/N` judges one of N parts of the articles, and leaves the rest to others (docs/cluster.md).
"""

from functools import partial
from pathlib import Path

from minillm.corpus.corpus import clean_articles
from minillm.corpus.judging import Judging, judge_shard
from minillm.files import write_checksums, write_metrics
from minillm.params import Params
from minillm.shards import Part, states_folder
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
    judging, workers = _judging(params), _workers(params)
    shards = judging.shards(states_folder("clean"))
    with shards.used_up():
        metrics = clean_articles(
            judging, CLEAN, REJECTED, templates=TEMPLATES, shards=shards, workers=workers
        )
        write_checksums(CLEAN)
        write_metrics(METRICS, metrics)
    print(f"kept {metrics['kept']} of {metrics['articles_in']} articles → {CLEAN}")


def judge_part(params: Params, part: Part) -> None:
    """Judge the articles of a part, for a later run of `main` to merge."""
    judging = _judging(params)
    shards = judging.shards(states_folder("clean"))
    made = shards.make(partial(judge_shard, judging), _workers(params), part)
    print(f"part {part.number} of {part.of}: {made} of {shards.count} shards made → {shards.folder}")


def _judging(params: Params) -> Judging:
    definitions = RAW.with_name(TEMPLATES_FILE)
    return Judging(RAW, params.clean, params.language, params.extract.plain, definitions)


def _workers(params: Params) -> int:
    # Starting processes takes a second: not for a corpus of that size.
    small = RAW.is_file() and RAW.stat().st_size < SMALL_BYTES
    return 1 if small and params.machine.workers == "auto" else params.machine.worker_count


if __name__ == "__main__":
    run_stage(main, judge_part)
