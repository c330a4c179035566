import dataclasses
import math
import resource
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from minillm.corpus import cleaning, corpus
from minillm.corpus.corpus import CLEAN_SCHEMA, REJECTED_SCHEMA
from minillm.errors import InputError
from minillm.files import Metrics
from minillm.params import CleanParams
from minillm.wikipedia.articles import Article, text_sha1, write_articles
from minillm.wikitext.language import Language
from minillm.wikitext.layout import Page
from tests.spanish import clean_articles, read_page

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
    url, sha1 = f"https://es.wikipedia.org/wiki/{title}", text_sha1(wikitext)
    return Article(page_id, page_id + 100, "2026-01-02T03:04:05Z", title, url, wikitext, sha1)


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
    assert metrics.pop("losses") == {"holes_closed": 0, "sentences": 0, "characters_share": 0.0}
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
        )
        | {"parser_error": 0, "too_much_work": 0},
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


def varied_article(number: int) -> Article:
    text = [FAROS, RIOS, OTHER_RIOS, GERMAN, "Poco."][number % 5]
    varied = " ".join(
        f"{word}{number // 10}" if at % 4 == 0 else word for at, word in enumerate(text.split())
    )
    return article(number + 1, f"Faro {number}", varied)


MANY = [*map(varied_article, range(120))]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[bytes]]:
    """120 articles, some of them rejected, some duplicates; and what one worker makes of them."""
    folder = tmp_path_factory.mktemp("many")
    write_articles(folder / "raw", MANY)
    metrics = clean_articles(folder / "raw", folder / "clean", folder / "rejected", PARAMS)
    rejected = {reason for reason, count in metrics["rejected"].items() if count}  # type: ignore[union-attr]
    assert rejected == {"too_short", "not_spanish", "exact_duplicate", "near_duplicate"}
    assert metrics["kept"] == 24
    return folder / "raw", [(folder / name).read_bytes() for name in ("clean", "rejected")]


@pytest.mark.parametrize(("workers", "shards"), [(1, 2), (1, 24), (2, 1), (3, 7)])
def test_the_bytes_depend_neither_on_the_workers_nor_on_the_shards(
    many: tuple[Path, list[bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int, shards: int
) -> None:
    monkeypatch.setattr("minillm.wikipedia.articles._ROW_GROUP_ARTICLES", math.ceil(len(MANY) / shards))
    raw, *outs = (tmp_path / name for name in ("raw", "clean", "rejected"))
    write_articles(raw, MANY)
    assert pq.ParquetFile(raw).num_row_groups == shards
    clean_articles(raw, outs[0], outs[1], PARAMS, workers=workers)
    assert [path.read_bytes() for path in outs] == many[1]


def test_an_article_that_breaks_the_cleaner_is_rejected_and_the_run_goes_on(
    paths: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(wikitext: str, language: Language, *, keep_headings: bool, **_others: object) -> Page:
        if wikitext == RIOS:
            raise RecursionError("too deep")
        return read_page(wikitext, keep_headings=keep_headings)

    monkeypatch.setattr(cleaning, "read_page", broken)
    metrics, kept, rejected = run(CORPUS, paths)
    assert metrics["rejected"]["parser_error"] == 1  # type: ignore[index]
    assert [row["id"] for row in kept] == ["7", "1", "6"]
    assert [
        (row["title"], row["detail"], row["text"]) for row in rejected if row["reason"] == "parser_error"
    ] == [("Río", "RecursionError: too deep", "")]


def test_want_of_memory_is_no_reason_to_reject_an_article(
    paths: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(wikitext: str, language: Language, *, keep_headings: bool, **_others: object) -> Page:
        raise MemoryError

    monkeypatch.setattr(cleaning, "read_page", broken)
    with pytest.raises(MemoryError):
        run(CORPUS, paths)


def test_an_article_of_too_much_work_is_rejected(
    paths: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("minillm.wikitext.scanner.MAX_STEPS", 1000)
    monkeypatch.setattr(cleaning, "MAX_STEPS", 1000)
    heavy = FAROS + "{{a|" * 1000
    _, kept, rejected = run([CORPUS[0], article(2, "Llaves", heavy), CORPUS[2]], paths)
    assert [row["id"] for row in kept] == ["7", "5"]
    detail = f"more than 1000 steps for {len(heavy)} characters"
    assert len(rejected) == 1
    assert [rejected[0][key] for key in ("title", "reason", "detail")] == ["Llaves", "too_much_work", detail]


def test_nothing_but_the_outputs_is_left(paths: tuple[Path, Path, Path]) -> None:
    run(CORPUS, paths)
    assert sorted(path.name for path in paths[1].parent.iterdir()) == ["a.parquet", "r.parquet"]


def test_row_groups_hold_a_fixed_number_of_articles(
    paths: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corpus, "ROW_GROUP_ARTICLES", 2)
    _, kept, rejected = run(CORPUS, paths)
    for path, rows in zip(paths[1:], (kept, rejected), strict=True):
        file = pq.ParquetFile(path)
        sizes = [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
        assert sizes[:-1] == [2] * (len(sizes) - 1)
        assert sum(sizes) == len(rows)
        assert len(sizes) > 1


def test_row_groups_of_long_articles_are_smaller(
    paths: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, kept, _ = run(CORPUS, paths)
    assert pq.ParquetFile(paths[1]).num_row_groups == 1
    monkeypatch.setattr(corpus, "ROW_GROUP_CHARACTERS", 1)
    _, again, _ = run(CORPUS, paths)
    assert again == kept
    assert pq.ParquetFile(paths[1]).num_row_groups == len(kept)


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


def test_a_text_that_is_not_the_one_of_its_checksum_is_an_error(paths: tuple[Path, Path, Path]) -> None:
    other = dataclasses.replace(CORPUS[2], wikitext=CORPUS[2].wikitext.replace("norte", "sur"))
    for wrong in (other, dataclasses.replace(CORPUS[2], sha1="")):
        with pytest.raises(InputError, match=r"raw\.parquet: article 5, 'Río', has .* -f extract`$"):
            run([*CORPUS[:2], wrong, *CORPUS[3:]], paths)
        assert list(paths[1].parent.iterdir()) == []


@pytest.mark.parametrize("most_bytes", [0, 100, 3000])
def test_a_full_disk_leaves_no_temporary_file(
    paths: tuple[Path, Path, Path], many: tuple[Path, list[bytes]], most_bytes: int
) -> None:
    former = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, former[1]))
    try:
        with pytest.raises(InputError, match="File too large"):
            clean_articles(many[0], *paths[1:], PARAMS)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, former)
    assert list(paths[1].parent.iterdir()) == []


def test_runs_at_once_each_leave_the_same_files(
    paths: tuple[Path, Path, Path], many: tuple[Path, list[bytes]]
) -> None:
    start = threading.Barrier(4)

    def clean(_run: int) -> Metrics:
        start.wait()
        return clean_articles(many[0], *paths[1:], PARAMS)

    with ThreadPoolExecutor(4) as pool:
        metrics = list(pool.map(clean, range(4)))
    assert metrics == metrics[:1] * 4
    assert [path.read_bytes() for path in paths[1:]] == many[1]
    assert sorted(paths[1].parent.iterdir()) == sorted(paths[1:])


def test_what_a_killed_run_left_is_removed(paths: tuple[Path, Path, Path]) -> None:
    left = paths[1].with_name(f".{paths[1].name}.abcdefgh.tmp")
    left.mkdir(parents=True)
    (left / "shingles").write_bytes(b"left by a kill")
    run(CORPUS, paths)
    assert sorted(paths[1].parent.iterdir()) == sorted(paths[1:])
