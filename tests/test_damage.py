"""Files that are damaged between two stages: one line that says which and what to do, never other output."""

import os
import random
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ruamel.yaml import YAML

from minillm.errors import InputError
from minillm.files import CHECKSUMS
from minillm.params import read_params
from stages import clean, evaluate, extract, split, train, vocab
from tests.conftest import ROOT, SMALL
from tests.wikipedia.dumps import dump, page
from tests.wikipedia.stage import prepare

RAW, CLEAN = "data/raw/articles.parquet", "data/clean/articles.parquet"
TEMPLATES = "data/raw/templates.json"
TOKENIZER, VOCABULARY = "data/vocab/tokenizer.json", "data/splits/vocabulary.json"
TABLE, CURVE = "data/splits/articles.parquet", "metrics/plots/training.tsv"
SPLITS = ("train", "validation", "test")
SHARDS = [f"data/splits/{name}.{kind}" for name in SPLITS for kind in ("bin", "idx.npy")]
CHECKPOINT = ["checkpoints/best/checkpoint.json", "checkpoints/best/model.safetensors"]
READS: dict[ModuleType, list[str]] = {
    clean: [RAW, TEMPLATES],
    vocab: [CLEAN],
    split: [CLEAN, TOKENIZER],
    train: [TOKENIZER, VOCABULARY, *SHARDS[:4]],
    evaluate: [*CHECKPOINT, CLEAN, TOKENIZER, VOCABULARY, TABLE, *SHARDS, CURVE],
}
WRITES = {RAW: "extract", TEMPLATES: "extract", CLEAN: "clean", TOKENIZER: "vocab", CURVE: "train"}
WRITES |= dict.fromkeys([VOCABULARY, TABLE, *SHARDS], "split") | dict.fromkeys(CHECKPOINT, "train")
PINS = ["data/revisions.csv", "data/templates.json"]
NOT_READ = [  # by a stage
    "data/raw/revisions.csv",
    "data/raw/wiki.json",
    "data/clean/rejected.parquet",
    "metrics/tables/templates.tsv",
    "metrics/plots/steps.tsv",
]


def flipped(content: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(content))
    return content[:at] + bytes([content[at] ^ 1 << draw.randrange(8)]) + content[at + 1 :]


def cut(content: bytes, draw: random.Random) -> bytes:
    return content[: draw.randrange(len(content))]


def continued(content: bytes, draw: random.Random) -> bytes:
    return content + draw.randbytes(draw.randrange(1, 9))


def swapped(content: bytes, draw: random.Random) -> bytes:
    """Two halves of a stretch change places."""
    while True:
        start, middle, end = sorted(draw.sample(range(len(content) + 1), 3))
        changed = content[:start] + content[middle:end] + content[start:middle] + content[end:]
        if changed != content:
            return changed


DAMAGES: list[Callable[[bytes, random.Random], bytes]] = [flipped, cut, continued, swapped]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which all stages but the last have run."""
    folder = tmp_path_factory.mktemp("made")
    yaml = YAML()
    content: dict[str, Any] = yaml.load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    for section, values in SMALL.items():
        content[section].update(values)
    with (folder / "params.yaml").open("w", encoding="utf-8") as file:
        yaml.dump(content, file)
    for name in (content["extract"]["dump"], "data/revisions.csv", "data/templates.json"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
    umask = os.umask(0o002)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            for stage in (extract, clean, vocab, split, train):
                run(stage)
    finally:
        os.umask(umask)
    return folder


@pytest.fixture
def folder(made: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(made)
    return made


def run(stage: ModuleType) -> None:
    stage.main(read_params(Path("params.yaml")))


def files() -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in Path().glob("[dcm]*/**/*") if path.is_file()}


def damages(path: Path, seed: int) -> Iterator[bytes]:
    """Write damaged contents of a file, one of each kind; the right one in the end."""
    content = path.read_bytes()
    for damage in DAMAGES:
        damaged = damage(content, random.Random(f"{seed} {path}"))
        path.write_bytes(damaged)
        yield damaged
    path.write_bytes(content)


def test_all_files_between_two_stages_are_among_these(folder: Path) -> None:
    others = {Path(name) for name in (*NOT_READ, *PINS, "data/sample/eswiki-sample.xml")}
    found = {path for path in files() if path.name != CHECKSUMS and path.parts[:2] != ("metrics", path.name)}
    assert found - others == {Path(name) for name in WRITES}


def test_all_of_them_have_the_mode_of_the_umask(folder: Path) -> None:
    assert {name: stat.S_IMODE(Path(name).stat().st_mode) for name in WRITES} == dict.fromkeys(WRITES, 0o664)


@pytest.mark.parametrize("stage", READS, ids=lambda stage: stage.__name__.partition(".")[2])
def test_a_damaged_file_is_one_line_that_names_it_and_the_command(folder: Path, stage: ModuleType) -> None:
    tried = 0
    for name in READS[stage]:
        before = files()
        for _ in damages(Path(name), tried):
            with pytest.raises(InputError) as caught:
                run(stage)
            assert str(caught.value).startswith(f"{name} is not as {WRITES[name]} wrote it: ")
            assert str(caught.value).endswith(f"; run `dvc repro -f {WRITES[name]}`")
            assert "\n" not in str(caught.value)
            tried += 1
        assert files() == before
    assert tried == len(READS[stage]) * len(DAMAGES)


@pytest.mark.parametrize("stage", [clean, vocab, split], ids=["clean", "vocab", "split"])
def test_damaged_checksums_are_an_error_or_change_nothing(folder: Path, stage: ModuleType) -> None:
    errors, before = [], files()
    for path in {Path(name).with_name(CHECKSUMS) for name in READS[stage]}:
        for damaged in damages(path, 0):
            try:
                run(stage)
            except InputError as error:
                errors.append(str(error))
            assert files() == before | {path: damaged}
    assert len(errors) >= 2
    assert all("is not as" in error and "\n" not in error for error in errors)


def test_other_articles_than_those_of_an_earlier_run_are_no_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dump.xml").write_bytes(dump(*(page(n, "El faro de la isla. " * 30) for n in range(1, 4))))
    monkeypatch.chdir(tmp_path)
    for articles in (3, 1):  # without DVC, which would remove the outputs before
        prepare(tmp_path, dump="dump.xml", articles=articles)
        extract.main(read_params(Path("params.yaml")))
        manifest = Path("data/raw/revisions.csv").read_text(encoding="utf-8")
        assert len(manifest.splitlines()) == 1 + articles


def test_files_that_changed_places_are_an_error(folder: Path) -> None:
    before = files()
    for one, other in (SHARDS[0:3:2], SHARDS[1:4:2]):
        Path(one).write_bytes(before[Path(other)])
        Path(other).write_bytes(before[Path(one)])
        with pytest.raises(InputError, match="is not as split wrote it"):
            run(train)
        Path(one).write_bytes(before[Path(one)])
        Path(other).write_bytes(before[Path(other)])
