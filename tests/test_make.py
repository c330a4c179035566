"""Targets of the Makefile where something is missing that they need: one line says what it is."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.test_preflight import Checkout, program

CONTAINER_TARGETS = ("container", "container-reproduce", "container-report", "container-push")
ENGINE = 'case "$1" in version) exit 0 ;; esac\n'
NO_PLUGIN = 'case "$1" in compose) echo "docker: \'compose\' is not a docker command." >&2; exit 1 ;; esac\n'
TOLD = 'echo "$(basename "$0") $*"\n'


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """Makefile and tools, and a PATH of their own without any Docker."""
    made = Checkout(tmp_path / "project", tmp_path / "programs")
    (made.root / "tools").mkdir(parents=True)
    made.programs.mkdir()
    for name in ("Makefile", "tools/docker.sh", "tools/preflight.sh"):
        shutil.copy(ROOT / name, made.root / name)
    for name in ("basename", "cp", "expand", "grep", "id", "make", "sed", "sh", "tail", "wc"):
        found = shutil.which(name)
        assert found, name
        (made.programs / name).symlink_to(found)
    return made


def install(checkout: Checkout, name: str, *lines: str) -> None:
    program(checkout.programs / name, "#!/bin/sh\n" + "".join(lines))


def error(checkout: Checkout, *target: str) -> str:
    """The one line of a target that has to fail, beside make's own."""
    result = checkout.run("make", *target)
    assert result.returncode != 0
    assert result.stdout == ""
    line, make_itself = result.stderr.splitlines()
    assert make_itself.startswith("make: ***")
    return line


@pytest.mark.parametrize("target", [*CONTAINER_TARGETS, "sbom"])
def test_without_docker_or_an_engine_a_line_says_what_to_do(checkout: Checkout, target: str) -> None:
    assert error(checkout, target).startswith(
        "error: there is no docker: install it (Debian: sudo apt install "
    )
    install(
        checkout, "docker", "echo 'a warning' >&2; echo 'Cannot connect to the Docker daemon' >&2; exit 1\n"
    )
    install(checkout, "docker-compose", TOLD)
    expected = "error: no Docker engine answers (Cannot connect to the Docker daemon): start it "
    assert error(checkout, target).startswith(expected)


@pytest.mark.parametrize("target", CONTAINER_TARGETS)
def test_a_docker_without_compose_is_told_which_package_has_it(checkout: Checkout, target: str) -> None:
    install(checkout, "docker", NO_PLUGIN, ENGINE)
    said = error(checkout, target)
    assert said.startswith("error: docker has no compose: install it ")
    for package in ("docker-compose;", "docker-compose-v2;", "docker-compose-plugin)"):
        assert package in said


def test_compose_is_the_plugin_and_without_it_docker_compose(checkout: Checkout) -> None:
    install(checkout, "docker-compose", 'test "$1" != version || exit 0\n', TOLD)
    install(checkout, "docker", 'test "$*" != "compose version" || exit 0\n', ENGINE, TOLD)
    command = "compose run --rm pipeline python -m tools.push"
    assert checkout.run("make", "container-push").stdout == f"docker {command}\n"
    install(checkout, "docker", NO_PLUGIN, ENGINE, TOLD)
    assert checkout.run("make", "container-push").stdout == f"docker-{command}\n"
    typed = checkout.run("sh", "tools/docker.sh", *command.split())
    assert typed.stdout == f"docker-{command}\n"
    chosen = checkout.run("make", "container-push", "COMPOSE=docker-compose")
    assert chosen.stdout == f"docker-{command}\n"


@pytest.mark.parametrize("target", ["chromium", "emulator", "mediawiki"])
def test_debians_packages_are_installed_by_root_alone(checkout: Checkout, target: str) -> None:
    said = f"error: make {target} installs packages on Debian or Ubuntu, as root: sudo make {target}"
    assert error(checkout, target) == said  # no apt-get
    install(checkout, "apt-get", TOLD)
    (checkout.programs / "id").unlink()
    install(checkout, "id", "echo 1000\n")
    assert error(checkout, target) == said
    install(checkout, "id", "echo 0\n")
    lines = checkout.run("make", target).stdout.splitlines()
    assert lines[0] == "apt-get update -q"
    assert lines[1].startswith("apt-get install -q -y --no-install-recommends ")
    assert lines[1].split()[-1] in ("chromium", "qemu-user", "php-xml")


def test_revisions_are_pinned_after_a_run(checkout: Checkout) -> None:
    assert error(checkout, "pin") == "error: no data/raw/revisions.csv: run make first"
    raw = checkout.root / "data/raw/revisions.csv"
    raw.parent.mkdir(parents=True)
    raw.write_text("page_id,revision_id\n1,2\n", encoding="utf-8")
    assert error(checkout, "pin") == "error: no data/raw/templates.json: run make first"
    raw.with_name("templates.json").write_text("{}\n", encoding="utf-8")
    said = checkout.run("make", "pin").stdout
    assert said == "revisions in data/revisions.csv, for extract.source = api: 1\n"
    assert (checkout.root / "data/templates.json").read_text(encoding="utf-8") == "{}\n"


@pytest.mark.parametrize("target", ["pull", "push"])
def test_without_a_remote_a_line_says_how_to_add_one(checkout: Checkout, target: str) -> None:
    install(checkout, "dvc", 'test "$*" = "remote default" && echo "No default remote set"; exit 1\n')
    said = error(checkout, "--old-file=.venv/.installed", target)
    assert said.startswith(
        f"error: make {target} needs a DVC remote, and none is set here: dvc remote add -d "
    )


def test_help_lists_every_target_that_is_no_file(checkout: Checkout) -> None:
    listed = [line.split()[0] for line in checkout.run("make", "help").stdout.splitlines()]
    text = (checkout.root / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    (phony,) = re.findall(r"^\.PHONY: (.*)", text, re.MULTILINE)
    targets = re.findall(r"^([a-z-]+):(?!=)", text, re.MULTILINE)
    assert sorted(listed) == sorted(targets) == sorted({*phony.split()} - {"always"})
    assert len(listed) > 20


@pytest.mark.parametrize(
    ("url", "status", "expected"),
    [
        ("", 1, None),
        ("https://index.example.org/cpu", 0, None),
        (
            "https://index.example.org/cpu",
            1,
            "error: TORCH_INDEX_URL = https://index.example.org/cpu does not answer or has no torch; "
            "give another one, or an empty one for PyPI's torch, which brings CUDA: "
            "TORCH_INDEX_URL= make container\n",
        ),
    ],
)
def test_an_image_asks_for_torchs_index_once_before_it_installs(
    tmp_path: Path, url: str, status: int, expected: str | None
) -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    steps = re.findall(r"^RUN (.*)", dockerfile, re.MULTILINE)
    (place,) = (index for index, step in enumerate(steps) if "pip index versions torch" in step)
    assert "pip install -c constraints.txt" in steps[place + 1]
    asked = tmp_path / "asked"
    program(tmp_path / "pip", f'#!/bin/sh\necho "$@" >> {asked}\necho much >&2\nexit {status}\n')
    result = subprocess.run(
        ["sh", "-c", steps[place]],
        env={"TORCH_INDEX_URL": url, "PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stdout, result.stderr) == (
        int(expected is not None),
        "",
        expected or "",
    )
    assert asked.exists() == bool(url)
