"""What computers share in these tests: articles in a dozen shards, and what one computer makes of them."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from ruamel.yaml import YAML

from minillm.wikipedia.articles import write_articles
from minillm.wikipedia.templates import NO_DEFINITIONS, write_definitions
from tests.conftest import ROOT, environment, wait_for
from tests.corpus.test_corpus import MANY, PARAMS

SHARDS = 12
OUTPUTS = ("data/clean/articles.parquet", "data/clean/rejected.parquet", "metrics/clean.json")


def computer(folder: Path, patch: pytest.MonkeyPatch) -> Path:
    """A folder in which stages.clean runs, with the articles in SHARDS shards and one worker process."""
    content = YAML(typ="safe").load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    content["clean"] = PARAMS.model_dump()
    content["machine"]["workers"] = 1
    raw = folder / "data" / "raw"
    raw.mkdir(parents=True)
    with (folder / "params.yaml").open("w", encoding="utf-8") as file:
        YAML().dump(content, file)
    patch.setattr("minillm.wikipedia.articles._ROW_GROUP_ARTICLES", len(MANY) // SHARDS)
    write_articles(raw / "articles.parquet", MANY)
    write_definitions(raw / "templates.json", NO_DEFINITIONS)
    return folder


def clone(folder: Path, target: Path) -> Path:
    """The same inputs on another computer."""
    shutil.copytree(folder, target)
    return target


def variables() -> dict[str, str]:
    """The environment of a command: this code's modules, wherever it runs."""
    return environment() | {"PYTHONPATH": str(ROOT)}


def run(folder: Path, *command: str | Path, **more: str) -> str:
    """Run a command that has to succeed; return what it printed."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=variables() | more,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout[-5000:]}"
    return done.stdout


def merge(folder: Path, made: int = SHARDS) -> list[bytes]:
    """Have the stage merge the shards, of which so many are there; returns its outputs."""
    printed = run(folder, sys.executable, "-m", "stages.clean")
    assert (f"going on, {made} of {SHARDS} shards are there" in printed) == (made > 0), printed
    return [(folder / name).read_bytes() for name in OUTPUTS]


def parts_under_way(folder: Path) -> list[psutil.Process]:
    """The processes that make a part of the shards there."""
    found = []
    for process in psutil.process_iter(["cmdline", "cwd"]):
        words = process.info["cmdline"] or []
        if "stages.clean" in words and "--shard" in words and process.info["cwd"] == os.fspath(folder):
            found.append(process)
    return found


def kill_a_part(folder: Path) -> psutil.Process:
    """kill -9 the first process that makes a part, as the kernel does when memory is short; returns it."""
    wait_for(lambda: parts_under_way(folder), "a part is under way")
    part = parts_under_way(folder)[0]
    part.kill()
    return part


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])
