"""`minillm generate`, `evaluate`, `compare` and `info`, on a tiny model."""

import dataclasses
import io
import json
import math
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from minillm import load
from minillm.evaluation.comparison import BETTER, UNCLEAR, WORSE, Interval, verdict
from minillm.files import sha256
from minillm.interface import language_model, main
from minillm.interface.language_model import TextScore
from minillm.interface.texts import printable
from minillm.model.minigpt import MiniGPT
from minillm.training.checkpoints import Checkpoint
from tests.conftest import ROOT, environment
from tests.documents import blocks, without_comments
from tests.interface.project import make_project

COMMANDS = ("generate", "evaluate", "compare", "inspect", "export", "serve", "info")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = make_project(tmp_path_factory.mktemp("project"))
    (root / "one.txt").write_bytes("\ufeffel río\r\nde la ciudad\n".encode())
    (root / "two.txt").write_text("la luz del mar\x1b[2J y el agua", encoding="utf-8")
    (root / "empty.txt").write_text(" \n", encoding="utf-8")
    (root / "broken/model.safetensors").mkdir(parents=True)
    (root / "exported").mkdir()
    (root / "exported/config.json").write_text("{}", encoding="utf-8")
    (root / "latin.txt").write_bytes("el año".encode("latin-1"))
    return root


@pytest.fixture(autouse=True)
def here(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What a command prints that has to succeed."""
    main.run([*words, "--device", "cpu"] if words[0] != "info" else words)
    return capsys.readouterr().out


def typed(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


def test_each_prompt_is_continued_with_a_seed_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--tokens", "9", "--seed", "3", "--temperature", "0.9", "--top-p", "0.95")
    model = load("checkpoints/best", device="cpu")
    expected = [
        prompt + model.generate(prompt, tokens=9, seed=seed, temperature=0.9, top_p=0.95)
        for seed, prompt in enumerate(("el río", "el río", ""), start=3)
    ]
    output = said(capsys, "generate", "el río", "el río", "", *options)
    assert output == "".join(f"{text}\n\n" for text in expected)
    assert expected[0] != expected[1]
    assert said(capsys, "generate", "el río", "el río", "", *options, "--stream") == output
    rows = [json.loads(line) for line in said(capsys, "generate", "el río", *options, "--json").splitlines()]
    assert rows == [{"prompt": "el río", "seed": 3, "text": expected[0].removeprefix("el río")}]


def test_after_the_largest_seed_comes_the_smallest(capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(
        capsys, "generate", "el", "la", "--tokens", "3", "--seed", str(2**32 - 1), "--json"
    ).splitlines()
    assert [json.loads(line)["seed"] for line in lines] == [2**32 - 1, 0]


def test_a_folder_of_checkpoints_writes_together(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    greedy = ("el río", "--tokens", "12", "--temperature", "0")
    together = said(capsys, "generate", *greedy, "--checkpoint", "checkpoints")
    Path("checkpoints/none").mkdir()  # stands for no checkpoint, and is none of them
    assert said(capsys, "generate", *greedy, "--checkpoint", "checkpoints") == together
    alone = {
        said(capsys, "generate", *greedy, "--checkpoint", f"checkpoints/{name}") for name in ("best", "other")
    }
    assert len(alone | {together}) == 3
    loaded = language_model.load_together(Path("checkpoints"), None, "cpu")
    assert len(loaded.beside) == 1
    shape = dataclasses.replace(loaded.model.config, context=loaded.model.config.context // 2)
    shorter = Checkpoint(MiniGPT(shape), loaded.metadata)
    original = language_model.load_checkpoint
    monkeypatch.setattr(
        language_model,
        "load_checkpoint",
        lambda path, to: shorter if path.name == "other" else original(path, to),
    )
    with pytest.raises(
        SystemExit, match=r"error: the context of checkpoints/other is .* tokens, of the first one"
    ):
        said(capsys, "generate", *greedy, "--checkpoint", "checkpoints")


def test_lines_of_standard_input_are_prompts(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = said(capsys, "generate", "el río", "la luz", "--tokens", "4")
    typed(monkeypatch, "\ufeffel río\r\nla luz".encode())
    assert said(capsys, "generate", "--tokens", "4") == expected
    typed(monkeypatch, b"")
    with pytest.raises(SystemExit, match="error: standard input is empty; each line is a prompt"):
        said(capsys, "generate", "--tokens", "4")
    typed(monkeypatch, b"el\nr\xedo\n")
    with pytest.raises(SystemExit, match="error: standard input: line 2 is no UTF-8; convert it first"):
        said(capsys, "generate", "--tokens", "4")


THREE_OF_EACH = ("one.txt", "two.txt") * 3
"""Enough for an interval."""


def test_texts_are_evaluated_each_and_together(capsys: pytest.CaptureFixture[str]) -> None:
    model = load("checkpoints/best", device="cpu")
    scores = model.score_all(["el río\nde la ciudad", "la luz del mar\x1b[2J y el agua"])
    found = json.loads(said(capsys, "evaluate", *THREE_OF_EACH, "--json"))
    scores *= 3
    for row, score in zip(found["files"], scores, strict=True):
        assert row["perplexity"] == pytest.approx(score.perplexity)
        assert row["bits_per_byte"] == pytest.approx(score.bits_per_byte)
        assert (row["targets"], row["utf8_bytes"]) == (len(score.tokens), score.utf8_bytes)
        assert (row["unknown"], "perplexity_low" in row, "tokens" in row) == (score.unknown, False, False)
    whole = found["all"]
    assert whole["utf8_bytes"] == sum(score.utf8_bytes for score in scores)
    bits = sum(score.bits or 0 for score in scores)
    assert whole["bits_per_byte"] == pytest.approx(bits / whole["utf8_bytes"])
    assert whole["bits_per_byte_low"] < whole["bits_per_byte"] < whole["bits_per_byte_high"]
    lines = said(capsys, "evaluate", *THREE_OF_EACH).splitlines()
    assert [line.split()[0] for line in lines] == ["file", *THREE_OF_EACH, "all", "perplexity", "bits"]
    assert f"{whole['bits_per_byte']:.3f}" in lines[7]
    assert (
        len(said(capsys, "evaluate", "one.txt", "two.txt").splitlines()) == 4
    )  # of two there is no interval
    assert len(said(capsys, "evaluate", "one.txt").splitlines()) == 2


def test_a_perplexity_beyond_all_floats_is_the_largest_in_a_column_of_its_own(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    nats = (40.0, 5000.0)
    monkeypatch.setattr(
        TextScore, "nll", property(lambda score: nats[score.utf8_bytes > 20] * len(score.tokens))
    )
    found = json.loads(said(capsys, "evaluate", *THREE_OF_EACH, "--json"))
    assert [row["perplexity"] for row in found["files"]] == [math.exp(40), math.exp(709)] * 3
    assert found["all"]["perplexity_high"] == math.exp(709)
    lines = said(capsys, "evaluate", "one.txt", "two.txt").splitlines()
    assert [line.split()[4] for line in lines[1:4]] == ["2.35e+17", "8.22e+307", "8.22e+307"]
    assert len({len(line) for line in lines[:4]}) == 1


def test_without_training_articles_it_says_why_there_are_no_bits_per_byte(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    tokenizer = tmp_path / "tokenizer.json"
    tokenizer.write_bytes(Path("data/vocab/tokenizer.json").read_bytes())
    lines = said(capsys, "evaluate", "one.txt", "--tokenizer", str(tokenizer)).splitlines()
    assert lines[1].endswith("–")
    assert lines[2].startswith("no bits per byte: ")
    assert str(tokenizer) in lines[2]


def test_tokens_come_as_a_table_or_in_colour(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    score = load("checkpoints/best", device="cpu").score("la luz del mar\x1b[2J y el agua")
    rows = [line.split("\t") for line in said(capsys, "evaluate", "two.txt", "--tokens").splitlines()]
    assert rows[0] == ["token", "bits", "likeliest", "probability"]
    told = rows[1 : 1 + len(score.tokens)]
    assert [json.loads(row[0]) for row in told] == [token.text for token in score.tokens[:-1]] + ["∎"]
    assert [json.loads(row[2]) for row in told] == [token.likeliest for token in score.tokens]
    assert [row[1] for row in told] == [f"{token.bits:.2f}" for token in score.tokens]
    (row,) = json.loads(said(capsys, "evaluate", "two.txt", "--tokens", "--json"))["files"]
    assert [token["bits"] for token in row["tokens"]] == [token.bits for token in score.tokens]
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    painted = said(capsys, "evaluate", "two.txt", "--tokens")
    for token in score.tokens:
        colour = {0: "", 1: "\x1b[32m", 2: "\x1b[33m", 3: "\x1b[31m"}[
            sum(token.bits >= b for b in (2, 5, 10))
        ]
        assert f"{colour}{printable(token.text)}" in painted
    assert r"mar\x1b" in re.sub("\x1b\\[[0-9]*m", "", painted)  # the text's own is shown, and does nothing
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in said(capsys, "evaluate", "two.txt", "--tokens")


def test_two_models_are_compared_on_the_test_articles_by_the_one_rule(
    capsys: pytest.CaptureFixture[str],
) -> None:
    names = ("checkpoints/best", "checkpoints/other")
    found = json.loads(said(capsys, "compare", *names, "--json"))
    back = json.loads(said(capsys, "compare", *reversed(names), "--json"))
    gain = Interval(**found["gain_of_B"])
    assert found["B_is"] == verdict(gain)
    assert {found["B_is"], back["B_is"]} == {BETTER, WORSE}
    assert gain.mean == pytest.approx(found["bits_per_byte"]["A"] - found["bits_per_byte"]["B"])
    assert back["gain_of_B"]["mean"] == pytest.approx(-gain.mean)
    assert found["texts"] >= 6
    last = said(capsys, "compare", *names).splitlines()[-1]
    assert last.startswith(
        f"B is {found['B_is']} than A by {abs(gain.mean):.4f} bits per byte (95% interval "
    )


def test_no_difference_is_called_clear_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    same = "checkpoints/best", "checkpoints/best"
    assert said(capsys, "compare", *same).splitlines()[-1].startswith(UNCLEAR)
    first, *_, alone = said(
        capsys, "compare", "checkpoints/best", "checkpoints/other", "one.txt"
    ).splitlines()
    assert first.startswith("1 text, ")
    assert alone == f"{UNCLEAR}: fewer than 6 texts have no interval; give more"


def test_models_of_different_tokenizers_pay_for_spelling(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    other = make_project(tmp_path, "bpe")
    checkpoints = "checkpoints/best", str(other / "checkpoints/best")
    found = json.loads(said(capsys, "compare", *checkpoints, "one.txt", "two.txt", "--json"))
    assert found["spelling_counted"]
    for name, checkpoint in zip("AB", checkpoints, strict=True):
        scores = load(checkpoint).score_all(["el río\nde la ciudad", "la luz del mar\x1b[2J y el agua"])
        whole = sum(score.bits or 0 for score in scores) / sum(score.utf8_bytes for score in scores)
        assert found["bits_per_byte"][name] == pytest.approx(whole)


def test_info_tells_what_a_checkpoint_is(capsys: pytest.CaptureFixture[str]) -> None:
    model = load("checkpoints/best", device="cpu")
    found = json.loads(said(capsys, "info", "--json"))
    assert found["parameters"] == model.model.parameter_count()
    assert found["sha256"] == sha256(Path("checkpoints/best/model.safetensors"))
    assert (found["model"]["context"], found["trained"], found["metrics"]) == (
        8,
        {"step": 7},
        {"validation_loss": 3.25},
    )
    lines = said(capsys, "info", "checkpoints/other").splitlines()
    assert lines[0].split() == ["checkpoint", "checkpoints/other"]
    assert lines[1].split() == ["parameters", f"{model.model.parameter_count():,}"]


@pytest.mark.parametrize(
    ("command", "status", "message"),
    [
        ("", 2, "the following arguments are required: COMMAND; minillm --help shows what there is"),
        ("jump", 2, "argument COMMAND: invalid choice: 'jump' (choose from"),
        (
            "generate --tokens viele el",
            2,
            "argument --tokens: invalid int value: 'viele'; minillm generate --help",
        ),
        ("evaluate", 2, "the following arguments are required: FILE; minillm evaluate --help shows"),
        ("info a 'b\nc'", 2, "unrecognized arguments: b c; minillm info --help shows what there is"),
        ("generate --jsn el", 2, "unrecognized arguments: --jsn; minillm generate --help shows"),
        ("generate --tokens 0 el", 1, "tokens = 0: must be 1 to 1,000,000"),
        ("generate --top-p 2 el", 1, "top_p = 2.0: must be above 0, and 1 (all tokens) at most"),
        (
            "generate --checkpoint nowhere el",
            1,
            "there is no checkpoint 'nowhere'; `make` trains checkpoints/best",
        ),
        (
            "generate --tokenizer nowhere el",
            1,
            "'nowhere' is missing; run `dvc repro vocab`, or say where it is",
        ),
        (
            "evaluate nowhere.txt",
            1,
            "FILE 'nowhere.txt' cannot be read (No such file or directory); give a text file, or - for",
        ),
        ("evaluate .", 1, "FILE '.' cannot be read (Is a directory); give a text file, or - for"),
        (
            "compare checkpoints/best checkpoints/best one.txt/x",
            1,
            "FILE 'one.txt/x' cannot be read (Not a directory)",
        ),
        ("generate --tokenizer data el", 1, "'data' is no file; run `dvc repro vocab`, or say where it is"),
        ("info one.txt", 1, "there is no checkpoint 'one.txt'"),
        ("generate --checkpoint exported el", 1, "'exported' is an export, which other programs read; name"),
        ("info broken", 1, "broken/model.safetensors is a folder and no file; run `dvc repro train`"),
        ("export checkpoints/best one.txt", 1, "FOLDER 'one.txt': 'one.txt' is no folder; name a new one"),
        ("export checkpoints/best one.txt/new", 1, "FOLDER 'one.txt/new': 'one.txt' is no folder; name a"),
        (
            f"export checkpoints/best {'a' * 256}",
            1,
            f"minillm export: '{'a' * 256}': File name too long; see to its",
        ),
        ("evaluate empty.txt", 1, "'empty.txt' holds no text; give a file with at least a word"),
        ("evaluate latin.txt", 1, "'latin.txt': byte 0xf1 at position 4 is no UTF-8; save the file as UTF-8"),
        ("inspect --width -5", 1, "--width = -5: must be 0 to 10,000"),
        ("inspect --width 999999999", 1, "--width = 999999999: must be 0 to 10,000"),
        (f"inspect --lines {10**30}", 1, f"--lines = {10**30}: must be 0 to 1,000,000"),
        ("inspect --rejected 1001", 1, "--rejected = 1001: must be 0 to 1,000"),
        (f"generate --tokens {10**90} el", 1, f"tokens = {10**58}…: must be 1 to 1,000,000"),
        (f"generate --tokens {'9' * 5000} el", 2, f"argument --tokens: invalid int value: '{'9' * 99}"),
        ("compare checkpoints/best nowhere", 1, "there is no checkpoint 'nowhere'"),
        ("export nowhere folder", 1, "there is no checkpoint 'nowhere'"),
        ("info data", 1, "data/checkpoint.json is missing; run `dvc repro train`"),
        ("info /", 1, "/checkpoint.json is missing; run `dvc repro train`"),
    ],
)
def test_what_is_wrong_is_one_line(
    capsys: pytest.CaptureFixture[str], command: str, status: int, message: str
) -> None:
    with pytest.raises(SystemExit) as exit:
        main.run(shlex.split(command))
    line = capsys.readouterr().err.rstrip("\n") or str(exit.value.code)
    assert line.startswith(f"error: {message}")
    assert "\n" not in line
    assert len(line) < 500
    assert (2 if exit.value.code == 2 else 1) == status


def test_a_path_is_said_whole_and_in_one_line() -> None:
    folder = f"{'deep/' * 60}ho\nme"
    for words in (("info", folder), ("generate", "--tokenizer", folder, "el")):
        with pytest.raises(SystemExit) as exit:
            main.run(words)
        assert repr(folder) in str(exit.value.code)


def test_standard_input_that_is_closed_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(SystemExit, match="error: standard input is closed; give a file"):
        main.run(["evaluate", "-"])


def test_no_prompt_on_a_terminal_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, b"")
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    with pytest.raises(SystemExit, match="minillm generate: no prompt; give one in quotation marks"):
        main.run(["generate"])


def test_the_help_is_a_page_whose_examples_are_commands(capsys: pytest.CaptureFixture[str]) -> None:
    text = main.make_parser().format_help()
    assert len(text.splitlines()) < 40
    examples = [line.split("  ")[1] for line in text.splitlines() if line.startswith("  minillm ")]
    parsed = [main.make_parser().parse_args(shlex.split(example)[1:]).command for example in examples]
    assert sorted(set(parsed)) == sorted(COMMANDS)
    for command in COMMANDS:
        with pytest.raises(SystemExit) as exit:
            main.run([command, "--help"])
        assert exit.value.code == 0
        examples = capsys.readouterr().out.partition("examples:\n")[2].splitlines()
        assert len(examples) > 1
        for example in examples:
            words = shlex.split(example.partition(" < ")[0])
            assert main.make_parser().parse_args(words[1:]).command == command
        assert (ROOT / "minillm" / "interface" / f"{command}.py").exists()


def test_the_documents_name_commands_that_there_are() -> None:
    lines = [
        line.removeprefix(".venv/bin/")
        for document in ("README.md", "docs/use.md", "docs/cleaning.md")
        for _, block in blocks(document)
        for line in without_comments(block).splitlines()
    ]
    typed = [line for line in lines if line.startswith("minillm ")]
    for line in typed:
        main.make_parser().parse_args(shlex.split(line)[1:])
    assert len(typed) > 4


def test_the_python_of_the_document_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```$", (ROOT / "docs/use.md").read_text("utf-8"), re.M | re.S)
    exec(code, {})  # noqa: S102
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 5
    assert all(" bits  '" in line for line in lines[-6:])


def test_it_runs_as_a_module_and_is_what_the_package_installs(root: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "minillm", "inspect", "--kept", "-1"],
        cwd=root,
        env=environment() | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "error: --kept = -1: must be 0 to 1,000\n"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["scripts"] == {"minillm": f"{main.main.__module__}:{main.main.__name__}"}
