"""The extract stage on files, as it is called and as a process."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from minillm.errors import InputError
from minillm.files import Metrics
from minillm.own import seen
from minillm.own.extraction import extract_files
from minillm.own.finding import ALL, find_files
from minillm.own.seen import SeenTexts
from minillm.wikipedia.articles import read_articles
from minillm.wikipedia.sampling import sampling_number
from minillm.wikipedia.wiki import Wiki, read_wiki
from tests.conftest import ROOT
from tests.wikipedia.settings import extract_params
from tests.wikipedia.stage import prepare, run_stage

SEED = 42


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """30 texts of their own, one of them twice, one too short."""
    folder = tmp_path / "files"
    folder.mkdir()
    for number in range(30):
        (folder / f"{number}.txt").write_text(f"Texto número {number}. " * 5, encoding="utf-8")
    (folder / "again.md").write_text("Texto número 7. " * 5 + "\n", encoding="utf-8")
    (folder / "rows.jsonl").write_text('{"text": "Corto."}\n{"text": null}\n', encoding="utf-8")
    return folder


def extract(files: Path, out: Path, **changes: Any) -> Metrics:
    params = extract_params(source="files", files=str(files), **({"articles": 0, "min_chars": 50} | changes))
    return extract_files(find_files(files, ALL)[0], params, SEED, out)


def test_every_text_is_an_article_or_counted(tmp_path: Path, files: Path) -> None:
    out = tmp_path / "raw/articles.parquet"
    assert extract(files, out) == {
        "pages_read": 33,
        "skipped": {"no_text": 1, "too_large": 0, "too_short": 1, "repeated": 1},
        "eligible": 30,
        "articles": 30,
        "characters": sum(len(article.wikitext) for article in read_articles(out)),
    }
    assert read_wiki(out.with_name("wiki.json")) == Wiki(files=True)
    assert sorted(path.name for path in out.parent.iterdir()) == [
        "articles.parquet",
        "templates.json",
        "wiki.json",
    ]


def test_a_draw_is_by_seed_and_text_and_not_by_files(tmp_path: Path, files: Path) -> None:
    extract(files, tmp_path / "all.parquet")
    extract(files, tmp_path / "some.parquet", articles=5)
    lines = [{"text": path.read_text(encoding="utf-8")} for path in sorted(files.glob("*.txt"), reverse=True)]
    (tmp_path / "one.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    extract(tmp_path / "one.jsonl", tmp_path / "rows.parquet", articles=5)
    every = {article.page_id for article in read_articles(tmp_path / "all.parquet")}
    some = {article.page_id for article in read_articles(tmp_path / "some.parquet")}
    assert some == set(sorted(every, key=lambda number: sampling_number(number, SEED))[:5])
    assert some == {article.page_id for article in read_articles(tmp_path / "rows.parquet")}


def test_no_text_that_is_long_enough_is_one_line(tmp_path: Path, files: Path) -> None:
    with pytest.raises(InputError) as caught:
        extract(files, tmp_path / "a.parquet", min_chars=1000)
    assert str(caught.value) == (
        f"extract.files = {files}: none of the 33 texts in 32 files has at least extract.min_chars = 1000 "
        f"characters: no_text 1, too_short 32; use other files or lower min_chars"
    )
    assert [path for path in tmp_path.iterdir() if path != files] == []


def test_a_text_that_is_too_large_is_to_be_cut(tmp_path: Path) -> None:
    with (tmp_path / "a.txt").open("wb") as file:
        file.truncate(2**27)
    with pytest.raises(
        InputError, match=r"too_large 1 \(of more than 16777216 characters: cut them, at their"
    ):
        extract(tmp_path / "a.txt", tmp_path / "a.parquet")


def test_seen_texts_are_a_set_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen, "_SETTINGS", (*seen._SETTINGS[:2], "cache_size = 1"))
    with SeenTexts(tmp_path / "seen") as texts:
        numbers = [number * 7919 % 20_011 for number in range(20_011)]
        assert all(map(texts.add, numbers))
        assert not any(map(texts.add, numbers))
        assert texts.add(10**18)
        assert not texts.add(10**18)
        assert (tmp_path / "seen").stat().st_size > 0


def test_a_disk_that_is_full_is_an_error_of_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seen, "_SETTINGS", (*seen._SETTINGS, "max_page_count = 3"))
    with (
        SeenTexts(tmp_path / "seen") as texts,
        pytest.raises(OSError, match="seen: database or disk is full"),
    ):
        for number in range(10_000):
            texts.add(number)


def test_the_stage_says_what_it_left_out_and_what_nobody_has_said(tmp_path: Path, files: Path) -> None:
    (files / "a.docx").write_bytes(b"PK")
    done = run_stage(tmp_path, source="files", files="files", min_chars=50, articles=10, licence="CC0 1.0")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "left out, since only .txt, .md, .jsonl (also .gz or .zst), .csv, .parquet are read: 1 '.docx'",
        "extract.origin is empty: report and model card will say that it is unknown",
        "extract.attribution is empty: report and model card will say that it is unknown",
        "10 of 30 eligible articles → data/raw/articles.parquet",
    ]
    raw = tmp_path / "data/raw"
    assert len(list(read_articles(raw / "articles.parquet"))) == 10
    assert json.loads((raw / "wiki.json").read_text(encoding="utf-8"))["files"] is True
    # Nothing to be fetched again: `make pin` would pin nothing.
    assert (raw / "revisions.csv").read_text(encoding="utf-8") == "page_id,revision_id,timestamp,sha1,title\n"


@pytest.mark.parametrize(
    ("extract", "said"),
    [
        (
            {"files": "none"},
            "extract.files = none: there is no such file or folder in {}; put your texts into",
        ),
        (
            {"files": "files/*.txt"},
            "extract.glob says which files of the folder: files = files, glob = '*.txt'",
        ),
    ],
)
def test_a_wrong_input_is_one_line(tmp_path: Path, files: Path, extract: dict[str, Any], said: str) -> None:
    done = run_stage(tmp_path, **({"source": "files", "files": "files"} | extract))
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert said.replace("{}", str(tmp_path)) in line
    assert not (tmp_path / "data/raw").exists() or list((tmp_path / "data/raw").iterdir()) == []


@pytest.mark.parametrize("name", ["none", "files/none.txt"])
def test_make_says_what_is_missing_before_dvc_does(tmp_path: Path, files: Path, name: str) -> None:
    prepare(tmp_path, source="files", files=name)
    environment = {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    command = [sys.executable, "-m", "tools.source_check"]
    result = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert re.fullmatch(
        rf"error: extract\.files = {name}: there is no such file or folder .*\n", result.stderr
    )
