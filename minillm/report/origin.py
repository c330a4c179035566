"""Where the articles come from, under which licence, and who has to be named.

The embedded corpus was written for this project, under CC0. Everything else is Wikipedia's, whose licence
asks for attribution: a link to each revision, whose history names the authors.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.parquet as pq

from minillm.errors import InputError
from minillm.params import ExtractParams, Params
from minillm.tokens.assignment import split_of

EMBEDDED = "data/sample/eswiki-sample.xml"
TEXTS = Path("data/clean/articles.parquet")
_WIKIPEDIA = "https://es.wikipedia.org/w/index.php"


@dataclass(frozen=True)
class Origin:
    """A source of articles."""

    embedded: bool
    name: str
    licence: str
    licence_url: str
    statement: str
    """What a reader has to know to use the text rightly."""
    revision_url: str
    """To which the number of a revision is appended; empty where ids are invented."""


def origin_of(params: ExtractParams) -> Origin:
    """The origin that the parameters of the extract stage imply."""
    if params.source == "dump" and not params.dump_url and Path(params.dump) == Path(EMBEDDED):
        return Origin(
            embedded=True,
            name="the embedded corpus, original articles in the look of Wikipedia's",
            licence="CC0 1.0",
            licence_url="https://creativecommons.org/publicdomain/zero/1.0/deed.es",
            statement="Written for this project, nothing is copied from Wikipedia. No source of facts: ids, "
            "times and references are made up.",
            revision_url="",
        )
    index = params.api_url.removesuffix("api.php") + "index.php" if params.source == "api" else _WIKIPEDIA
    host = urlsplit(index).netloc
    return Origin(
        embedded=False,
        name="Wikipedia in Spanish" if index == _WIKIPEDIA else f"the wiki at {host}",
        licence="CC BY-SA 4.0",
        licence_url="https://creativecommons.org/licenses/by-sa/4.0/deed.es",
        statement="By the authors of Wikipedia, whom the history of each article names. The markup was "
        "removed. Whoever passes the text on names them and keeps the licence.",
        revision_url=f"{index}?oldid=",
    )


def training_articles(root: Path, params: Params, most: int) -> list[tuple[str, int]]:
    """Title and revision of the first `most` articles of the training split."""
    return list(islice(_training_articles(root / TEXTS, params), most))


def _training_articles(path: Path, params: Params) -> Iterator[tuple[str, int]]:
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(1000, columns=["id", "title", "revision_id"]):
                for row in batch.to_pylist():
                    if split_of(row["id"], params.seed, params.split) == "train":
                        yield row["title"], row["revision_id"]
    except FileNotFoundError:
        raise InputError(f"{path} is missing; run `dvc repro clean`") from None
    except (pa.ArrowException, KeyError) as error:
        raise InputError(f"{path} holds no articles ({error}); run `dvc repro -f clean`") from None
