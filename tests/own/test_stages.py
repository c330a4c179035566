"""Files through the light stages, as `dvc repro` calls them, and what a dependency on them means to DVC."""

import json
import random
from pathlib import Path

import numpy as np
import pytest
from ruamel.yaml import YAML

from minillm.params import Params, parse_params
from minillm.tokens.texts import read_texts
from minillm.wikipedia.articles import read_articles
from stages import clean, extract, split, vocab
from tests.conftest import ROOT, clone_working_tree
from tests.wikipedia.stage import HEADER

WORDS = ["río", "ciudad", "mar", "sierra", "año", "siglo", "rey", "obra", "campo", "luz", "agua", "casa"]
MARKS = "Usa {{x}} y [[y|z]] o ''w''."


def text(number: int) -> str:
    """Sentences of random words, half of them function words, and marks of wikitext."""
    words = random.Random(number)
    sentences = [f"El {words.choice(WORDS)} de la {words.choice(WORDS)} es {number}." for _ in range(24)]
    return "\n\n".join([" ".join(sentences[:12]), " ".join(sentences[12:]), MARKS])


def write_texts(folder: Path) -> None:
    folder.mkdir(parents=True)
    for number in range(20):
        (folder / f"{number}.txt").write_text(text(number), encoding="utf-8")
    lines = [json.dumps({"text": text(number)}) for number in range(20, 39)]
    (folder / "more.jsonl").write_text(
        "\n".join([*lines, json.dumps({"text": text(0) + " "})]), encoding="utf-8"
    )
    (folder / "last.md").write_text("# Título\n\n" + text(39).replace("El ", "El *gran* "), encoding="utf-8")


def params(**extract_changes: object) -> Params:
    content = YAML(typ="safe").load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    content["extract"] |= {"source": "files", "files": "texts"} | extract_changes
    content["clean"]["min_chars"] = 50
    content["vocab"]["vocab_size"] = 40
    return parse_params(content, "params.yaml")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_texts(tmp_path / "texts")
    (tmp_path / "data").mkdir()
    (tmp_path / "data/revisions.csv").write_text(HEADER, encoding="utf-8")
    return tmp_path


def test_files_become_shards_with_their_text_as_it_is(folder: Path) -> None:
    for stage in (extract, clean, vocab, split):
        stage.main(params())
    kept = list(read_texts(folder / "data/clean/articles.parquet"))
    assert {each.text for each in kept} == {text(number) for number in range(39)} | {
        "Título\n\n" + text(39).replace("El ", "El gran ")
    }
    assert {each.title for each in kept if each.title.isdecimal()} == set(map(str, range(20)))
    figures = json.loads((folder / "metrics/split.json").read_text(encoding="utf-8"))
    assert sum(each["articles"] for each in figures.values()) == 40
    assert min(each["articles"] for each in figures.values()) > 0
    assert len(np.fromfile(folder / "data/splits/train.bin", "<u2")) == figures["train"]["tokens"]
    losses = (folder / "metrics/tables/templates.tsv").read_text(encoding="utf-8").splitlines()
    assert len(losses) == 1  # no template, since there is no markup


def test_the_same_files_give_the_same_bytes_under_other_names(folder: Path) -> None:
    def bytes_of(name: str) -> bytes:
        return (folder / name).read_bytes()

    for stage in (extract, clean):
        stage.main(params(files="texts/more.jsonl"))
    before = bytes_of("data/clean/articles.parquet")
    (folder / "texts/more.jsonl").rename(folder / "texts/other.jsonl")
    for stage in (extract, clean):
        stage.main(params(files="texts", glob="*.jsonl"))
    assert bytes_of("data/clean/articles.parquet") == before


def test_files_of_wikitext_go_through_the_scanner(folder: Path) -> None:
    for stage in (extract, clean):
        stage.main(params(markup="wikitext", glob="*.txt"))
    assert MARKS in next(read_articles(folder / "data/raw/articles.parquet")).wikitext
    texts = [each.text for each in read_texts(folder / "data/clean/articles.parquet")]
    assert len(texts) == 20
    assert not any("[[" in each or "''" in each for each in texts)


@pytest.mark.system
@pytest.mark.slow
def test_an_edited_file_runs_extract_again_and_experiments_in_copies_find_the_folder(tmp_path: Path) -> None:
    project = clone_working_tree(tmp_path / "project")
    own = project.root / "data/own/textos"
    write_texts(own)
    project.set_params(extract={"source": "files", "files": "data/own/textos"})
    assert project.stages_run("dvc", "repro", "extract") == ["extract"]
    (own / "0.txt").write_text(text(0) + " Otro final.", encoding="utf-8")
    assert project.stages_run("dvc", "repro", "extract") == ["extract"]
    raw = read_articles(project.root / "data/raw/articles.parquet")
    assert any(each.wikitext.endswith(" Otro final.") for each in raw)
    project.check("dvc", "add", "data/own/textos")
    project.check("git", "add", "data/own/textos.dvc")
    there = project.check("dvc", "exp", "run", "--temp", "-S", "extract.articles=30", "extract")
    assert "30 of 41 eligible articles" in there
    assert "will not find" not in there
