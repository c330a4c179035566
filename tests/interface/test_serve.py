"""`minillm serve`: what it says where it cannot start, and that it ends cleanly."""

import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from minillm.interface import main, serve
from minillm.interface.language_model import load_model
from minillm.tokens.tokenizer import EOS
from minillm.training.checkpoints import save_checkpoint
from tests.conftest import environment
from tests.interface.project import make_project


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = make_project(tmp_path_factory.mktemp("project"))
    endless = load_model(root / "checkpoints/other", None, "cpu")
    endless.model.head.bias.data[EOS] = -1e9  # type: ignore[index,union-attr,operator]
    save_checkpoint(root / "checkpoints/other", endless.model, endless.metadata)
    return root


@pytest.fixture(autouse=True)
def here(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)


def error(*words: str) -> str:
    with pytest.raises(SystemExit) as caught:
        main.run(["serve", *words])
    return str(caught.value)


def test_a_port_that_is_taken_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        said = error("--port", str(taken.getsockname()[1]))
    assert said.startswith("error: cannot listen on '127.0.0.1', port ")
    assert "in use" in said
    assert "--port" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--checkpoint", "nowhere"], "error: there is no checkpoint 'nowhere'; `make` trains"),
        (["--checkpoint", "checkpoints/best", "checkpoints/best"], "two are called 'best'"),
        (["--checkpoint", "=checkpoints/best"], "a name is empty"),
        (["--port", "99999"], "error: --port = 99999: must be 0 (any free one) to 65535"),
        (["--host", "no.such.name.invalid"], "error: cannot listen on 'no.such.name.invalid', port 8000: "),
        (["--max-clients", "0"], "error: --max-clients = 0: must be 1 to 1,000,000,000"),
        (["--max-seconds", "1" + "0" * 20], f"error: --max-seconds = {10**20}: must be 1 to 1,000,000,000"),
        (["--max-tokens", "1000000001"], "error: --max-tokens = 1000000001: must be 1 to 1,000,000,000"),
    ],
)  # fmt: skip
def test_what_is_at_fault_is_one_line(words: list[str], said: str) -> None:
    with_a_free_port = words if "--port" in words or "--host" in words else [*words, "--port", "0"]
    found = error(*with_a_free_port)
    assert said in found
    assert "\n" not in found


@pytest.mark.parametrize("name", serve.NEEDED)
def test_a_missing_library_is_one_line_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda asked: None if asked == name else find(asked))
    assert error() == (
        f"error: minillm serve needs {name}: pip install -c constraints.txt -e '.[serve]', "
        "or `make serve`, which installs it"
    )


def test_names_are_the_folders_or_those_that_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("runs/lr=0.1/best").mkdir(parents=True)
    assert serve.named(["runs/lr=0.1/best"]) == {"best": Path("runs/lr=0.1/best")}
    found = serve.named(["checkpoints/best", "moderno=checkpoints/other", "checkpoints/other/"])
    assert {name: path.name for name, path in found.items()} == {
        "best": "best",
        "moderno": "other",
        "other": "other",
    }


def test_an_address_that_others_can_reach_is_warned_of(capsys: pytest.CaptureFixture[str]) -> None:
    with serve.listen("127.0.0.1", 0):
        assert capsys.readouterr().err == ""
    with serve.listen("0.0.0.0", 0):  # noqa: S104
        said = capsys.readouterr().err
    assert said == "warning: 0.0.0.0 can be reached from other computers, and nobody is asked who they are\n"


def test_it_answers_and_ends_at_ctrl_c_also_in_the_midst_of_a_text(root: Path) -> None:
    command = [sys.executable, "-m", "minillm", "serve", "--port", "0", "--max-tokens", "9999999"]
    program = subprocess.Popen(
        [*command, "--checkpoint", "uno=checkpoints/best", "otro=checkpoints/other"],
        cwd=root,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=os.name == "posix",
    )
    assert program.stdout is not None
    url = urlsplit(program.stdout.readline().split()[0])
    assert program.stdout.readline().startswith("uno (")
    connection = HTTPConnection(url.hostname or "", url.port or 0, timeout=120)
    connection.request("GET", "/v1/models")
    assert [model["id"] for model in json.load(connection.getresponse())["data"]] == ["uno", "otro"]
    body = {"model": "otro", "prompt": "el río", "max_tokens": 9999999, "stream": True}
    connection.request("POST", "/v1/completions", json.dumps(body), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    assert answer.status == 200
    program.send_signal(signal.SIGINT)
    _, said = program.communicate(timeout=120)
    assert (program.returncode, said) == (130, "minillm: interrupted\n")
    connection.close()
