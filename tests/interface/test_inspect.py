"""`minillm inspect`, on files as the stages write them."""

import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from minillm.errors import InputError
from minillm.interface import inspect, main
from minillm.params import CleanParams
from minillm.wikipedia.articles import Article, text_sha1, write_articles
from tests.conftest import ROOT, environment
from tests.spanish import clean_articles

TEXT = "El '''faro''' {n} de la sierra mide {{{{unidad|{n}|m}}}} y luce desde {n} años para los barcos."


def article(page_id: int) -> Article:
    text = "Poco." if page_id % 3 == 0 else TEXT.format(n=1000 + page_id * page_id)
    title = f"Faro {page_id}"
    return Article(page_id, 1, "2026-01-02T03:04:05Z", title, "", text, text_sha1(text))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "params.yaml", tmp_path)
    monkeypatch.setattr("minillm.wikipedia.articles._ROW_GROUP_ARTICLES", 5)
    write_articles(inspect.RAW, map(article, range(1, 31)))
    params = CleanParams(
        min_chars=60,
        keep_headings=True,
        max_list_share=0.6,
        min_function_word_share=0.15,
        max_duplicate_similarity=1.0,
    )
    metrics = clean_articles(inspect.RAW, inspect.CLEAN, inspect.REJECTED, params)
    assert (metrics["kept"], metrics["articles_in"]) == (20, 30)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    main.run(["inspect", *arguments])
    return capsys.readouterr().out


def test_every_article_stands_beside_its_own_source() -> None:
    rows = inspect.draw(inspect.CLEAN, 100, 0) + inspect.draw(inspect.REJECTED, 100, 0)
    assert len(rows) == 30
    for row in rows:
        assert inspect.source_of(row) == article(int(row["title"].split()[1])).wikitext


def test_the_seed_decides_which_ones() -> None:
    def titles(seed: int) -> list[str]:
        return [row["title"] for row in inspect.draw(inspect.CLEAN, 5, seed)]

    assert len(titles(0)) == 5
    assert titles(0) == titles(0)
    assert len({tuple(titles(seed)) for seed in range(5)}) > 1


def test_it_prints_both_sides_and_the_reason(capsys: pytest.CaptureFixture[str]) -> None:
    output = run(capsys, "--kept", "1", "--rejected", "1", "--width", "203")
    kept, rejected = output.split("━━ Faro")[1:]
    assert "━━ kept ━" in kept
    left, right = kept.splitlines()[1].split("│")
    assert left.startswith("El '''faro''' ")
    assert "{{unidad|" in left
    assert right.startswith(" El faro ")
    assert "━━ too_short: 5 characters ━" in rejected
    assert max(map(len, output.splitlines())) <= 203


def test_a_title_or_a_reason_narrows_them_down(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "--title", "Faro 7").count("━━ Faro") == 1
    assert run(capsys, "--kept", "0", "--rejected", "99").count("━━ Faro") == 10


def test_a_template_is_shown_where_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    lines = run(capsys, "--template", "Unidad", "--lines", "3", "--width", "200").splitlines()
    assert [line.partition(":")[0] for line in lines] == ["Faro 1", "Faro 2", "Faro 4"]
    assert all("mide {{unidad|" in line for line in lines)
    assert max(map(len, lines)) <= 202


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--template", "x\n"), "no article has the template 'x\\n'; see metrics/tables/templates.tsv"),
        (("--title", "faro 7"), "no article is called 'faro 7'; there are: Faro 7, "),
        (("--title", "Ñu"), "no article is called 'Ñu'; there are: Faro "),
        (("--kept", "-1"), "--kept = -1: must be 0 to 1,000"),
        (("--reason", "not_spanish"), "no article was rejected for 'not_spanish'; there are: too_short"),
    ],
)
def test_what_is_not_there_is_said(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, str], said: str
) -> None:
    with pytest.raises(SystemExit, match=re.escape(said)):
        run(capsys, *arguments)


def test_a_reader_that_has_seen_enough_is_no_error(folder: Path) -> None:
    many = [sys.executable, "-m", "minillm", "inspect", "--kept", "20", "--rejected", "10", "--width", "9999"]
    with subprocess.Popen(
        many,
        cwd=folder,
        env=environment() | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stderr
        assert "━━ Faro" in process.stdout.readline().decode()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == -signal.SIGPIPE


def test_missing_files_say_what_to_run(folder: Path) -> None:
    row = inspect.draw(inspect.CLEAN, 1, 0)[0]
    inspect.RAW.unlink()
    with pytest.raises(InputError, match="run `dvc repro extract`"):
        inspect.source_of(row)
    write_articles(inspect.RAW, [])
    with pytest.raises(InputError, match=r"has no article \d+"):
        inspect.source_of(row)
    inspect.CLEAN.unlink()
    with pytest.raises(InputError, match="run `dvc repro clean`"):
        inspect.draw(inspect.CLEAN, 1, 0)
