from collections.abc import Iterable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from minillm.errors import InputError
from minillm.params import CleanParams
from minillm.text import corpus
from minillm.text.corpus import CLEAN_SCHEMA, REJECTED_SCHEMA, clean_articles
from minillm.wikipedia.articles import Article, article_url, write_articles

PARAMS = CleanParams(
    min_chars=60,
    keep_headings=True,
    max_list_share=0.6,
    min_function_word_share=0.15,
    max_duplicate_similarity=0.8,
)
FAROS = "El '''faro''' de la sierra mide {{unidad|12|m}} y luce desde el siglo {{siglo|XIX}} para los barcos."
RIOS = "El río de la villa nace en los montes del norte y corre hacia el mar por un valle que es de todos."
OTHER_RIOS = RIOS.replace("todos", "nadie")
GERMAN = "Der Leuchtturm steht seit dem vorigen Jahrhundert auf dem Berg und leuchtet für die Schiffe."


def article(page_id: int, title: str, wikitext: str) -> Article:
    return Article(
        page_id, page_id + 100, "2026-01-02T03:04:05Z", title, article_url(title), wikitext, "0" * 40
    )


CORPUS = [
    article(7, "Faro", FAROS),
    article(3, "Corto", "Poco."),
    article(5, "Río", RIOS),
    article(9, "Faro (desambiguación)", FAROS),
    article(4, "Lista", "* Ana y la de Lora\n" * 8),
    article(8, "Alemán", GERMAN),
    article(2, "Otro faro", FAROS + "<!-- igual -->"),
    article(1, "Otro río", OTHER_RIOS),
    article(6, "Monte", "El monte de la villa es alto y se ve desde lejos, según dicen los que suben a él."),
]


@pytest.fixture
def paths(tmp_path: Path) -> tuple[Path, Path, Path]:
    return tmp_path / "raw.parquet", tmp_path / "clean" / "a.parquet", tmp_path / "clean" / "r.parquet"


def run(
    articles: Iterable[Article], paths: tuple[Path, Path, Path], params: CleanParams = PARAMS
) -> tuple[dict[str, object], list[dict[str, object]], list[dict[str, object]]]:
    raw, clean, rejected = paths
    write_articles(raw, articles)
    metrics = clean_articles(raw, clean, rejected, params)
    return dict(metrics), pq.read_table(clean).to_pylist(), pq.read_table(rejected).to_pylist()


def test_good_articles_are_kept_in_order_and_the_others_say_why(paths: tuple[Path, Path, Path]) -> None:
    metrics, kept, rejected = run(CORPUS, paths)
    assert kept[0] == {
        "id": "7",
        "url": "https://es.wikipedia.org/wiki/Faro",
        "title": "Faro",
        "text": "El faro de la sierra mide 12 m y luce desde el siglo XIX para los barcos.",
        "revision_id": 107,
        "timestamp": "2026-01-02T03:04:05Z",
    }
    assert [row["id"] for row in kept] == ["7", "5", "6"]
    assert [(row["page_id"], row["reason"], row["detail"]) for row in rejected] == [
        (3, "too_short", "5 characters"),
        (9, "disambiguation", "title ends with (desambiguación)"),
        (4, "mostly_list", "0.948 of the characters in lists and tables"),
        (8, "not_spanish", "0.000 of the words are Spanish function words"),
        (2, "exact_duplicate", "7 Faro (1.000)"),
        (1, "near_duplicate", "5 Río (0.900)"),
    ]
    assert rejected[0]["text"] == "Poco."
    assert metrics == {
        "articles_in": 9,
        "kept": 3,
        "rejected": dict.fromkeys(
            [
                "disambiguation",
                "too_short",
                "mostly_list",
                "not_spanish",
                "exact_duplicate",
                "near_duplicate",
            ],
            1,
        ),
        "characters_in": sum(len(article.wikitext) for article in CORPUS),
        "characters_out": sum(len(str(row["text"])) for row in kept),
        "words_out": sum(len(str(row["text"]).split()) for row in kept),
    }


def test_reasons_without_articles_count_zero(paths: tuple[Path, Path, Path]) -> None:
    metrics, _, rejected = run(CORPUS[:1], paths)
    assert rejected == []
    assert set(metrics["rejected"].values()) == {0}  # type: ignore[attr-defined]


def test_files_have_their_schemas_even_when_empty(paths: tuple[Path, Path, Path]) -> None:
    run(CORPUS[:1], paths)
    assert pq.read_schema(paths[1]).equals(CLEAN_SCHEMA)
    assert pq.read_schema(paths[2]).equals(REJECTED_SCHEMA)
    assert CLEAN_SCHEMA.names[:4] == ["id", "url", "title", "text"]


def test_the_same_input_gives_the_same_bytes(paths: tuple[Path, Path, Path]) -> None:
    contents = []
    for _ in range(2):
        run(CORPUS, paths)
        contents.append([path.read_bytes() for path in paths[1:]])
    assert contents[0] == contents[1]


def test_nothing_but_the_outputs_is_left(paths: tuple[Path, Path, Path]) -> None:
    run(CORPUS, paths)
    assert sorted(path.name for path in paths[1].parent.iterdir()) == ["a.parquet", "r.parquet"]


def test_row_groups_hold_a_fixed_number_of_articles(
    paths: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corpus, "_ROW_GROUP_ARTICLES", 2)
    _, kept, rejected = run(CORPUS, paths)
    for path, rows in zip(paths[1:], (kept, rejected), strict=True):
        file = pq.ParquetFile(path)
        sizes = [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
        assert sizes[:-1] == [2] * (len(sizes) - 1)
        assert sum(sizes) == len(rows)
        assert len(sizes) > 1


def test_headings_can_be_left_out(paths: tuple[Path, Path, Path]) -> None:
    sections = [article(1, "Río", RIOS + "\n== Curso ==\n" + FAROS)]
    _, with_headings, _ = run(sections, paths)
    _, without, _ = run(sections, paths, PARAMS.model_copy(update={"keep_headings": False}))
    assert "\n\nCurso\n\n" in str(with_headings[0]["text"])
    assert "Curso" not in str(without[0]["text"])


@pytest.mark.parametrize(
    ("articles", "message"),
    [
        ([], r"raw\.parquet holds no article; run `dvc repro -f extract`"),
        (CORPUS[1:2], r"none of the 1 articles is kept \(too_short 1\); loosen the rules .* params\.yaml"),
    ],
)
def test_an_empty_result_is_an_error_and_leaves_no_file(
    paths: tuple[Path, Path, Path], articles: list[Article], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        run(articles, paths)
    assert list(paths[1].parent.iterdir()) == []


def test_a_missing_input_is_an_error_that_says_what_to_do(paths: tuple[Path, Path, Path]) -> None:
    with pytest.raises(InputError, match="run `dvc repro extract`"):
        clean_articles(*paths, PARAMS)
    assert list(paths[1].parent.iterdir()) == []
