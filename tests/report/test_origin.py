from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from minillm.errors import InputError
from minillm.params import ExtractParams, read_params
from minillm.report.origin import EMBEDDED, TEXTS, origin_of, training_articles
from minillm.tokens.assignment import split_of
from tests.report.files import ROOT

PARAMS = read_params(ROOT / "params.yaml")


def extract(**changes: object) -> ExtractParams:
    return PARAMS.extract.model_copy(update=changes)


def test_the_embedded_corpus_is_where_it_is_taken_from_and_asks_for_no_attribution() -> None:
    assert (ROOT / EMBEDDED).is_file()
    origin = origin_of(extract(dump=EMBEDDED))
    assert origin.embedded
    assert origin.licence == "CC0 1.0"
    assert origin.revision_url == ""  # its revisions are made up


@pytest.mark.parametrize(
    ("changes", "url"),
    [
        ({"dump": "eswiki.xml.bz2"}, "https://es.wikipedia.org/w/index.php?oldid="),
        (
            {"dump": EMBEDDED, "dump_url": "https://dumps.example.org/eswiki.xml.bz2"},
            "https://es.wikipedia.org/w/index.php?oldid=",
        ),
        (
            {"dump": EMBEDDED, "source": "api", "api_url": "https://wiki.example.org/w/api.php"},
            "https://wiki.example.org/w/index.php?oldid=",
        ),
    ],
)
def test_everything_else_is_wikipedias_and_its_revisions_are_linked(
    changes: dict[str, object], url: str
) -> None:
    origin = origin_of(extract(**changes))
    assert not origin.embedded
    assert origin.licence == "CC BY-SA 4.0"
    assert origin.revision_url == url
    assert origin.name == (
        "the wiki at wiki.example.org" if "wiki.example" in url else "Wikipedia in Spanish"
    )


def write_texts(root: Path, count: int) -> None:
    (root / TEXTS).parent.mkdir(parents=True)
    rows = [
        {"id": str(n), "title": f"Título {n}", "revision_id": 1000 + n, "text": "x"} for n in range(count)
    ]
    pq.write_table(pa.Table.from_pylist(rows), root / TEXTS)


def test_the_articles_that_were_learnt_from_are_listed_and_no_others(tmp_path: Path) -> None:
    write_texts(tmp_path, 2500)  # three batches
    expected = [
        (f"Título {n}", 1000 + n)
        for n in range(2500)
        if split_of(str(n), PARAMS.seed, PARAMS.split) == "train"
    ]
    assert 1500 < len(expected) < 2000
    assert training_articles(tmp_path, PARAMS, most=9999) == expected
    assert training_articles(tmp_path, PARAMS, most=3) == expected[:3]


def test_missing_and_foreign_articles_are_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"articles\.parquet is missing; run `dvc repro clean`"):
        training_articles(tmp_path, PARAMS, most=3)
    (tmp_path / TEXTS).parent.mkdir(parents=True)
    (tmp_path / TEXTS).write_bytes(b"no parquet at all")
    with pytest.raises(InputError, match="holds no articles"):
        training_articles(tmp_path, PARAMS, most=3)
    pq.write_table(pa.table({"id": ["1"]}), tmp_path / TEXTS)
    with pytest.raises(InputError, match="holds no articles"):
        training_articles(tmp_path, PARAMS, most=3)
