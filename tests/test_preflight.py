"""What `make` looks at first: each case with stand-ins for Python, pip and uname, and nothing installed."""

import json
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.conftest import ROOT, environment

# Prints its version; makes a virtual environment of itself; is also the interpreter of that one's pip.
PYTHON = """#!/bin/sh
case "$*" in
*ensurepip*) echo {version}; exit {no_venv} ;;
*-c*) echo {version} ;;
"-m venv "*)
    mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && echo "version = {version}.1" > "$3/pyvenv.cfg"
    test {no_venv} = 0 || exit 1
    printf '#!/bin/sh\\nexec "%s/bin/python" pip\\n' "$PWD/$3" > "$3/bin/pip" && chmod +x "$3/bin/pip"
    echo "a new environment of {version}" ;;
pip) echo "pip install" ;;
esac
"""
TOOLS = "chmod cp cut head id make mkdir rm rmdir sed sh sort touch uname wc"


def program(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    path.chmod(0o755)


@dataclass
class Checkout:
    """The files that `make` reads before it installs, with a PATH and other variables of its own."""

    root: Path
    programs: Path
    variables: dict[str, str] = field(default_factory=dict)

    def python(self, name: str, version: str, no_venv: int = 0) -> None:
        """Install a stand-in."""
        program(self.programs / name, PYTHON.format(version=version, no_venv=no_venv))

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in environment().items() if name != "PYTHON"}
        changed = kept | {"PATH": str(self.programs)} | self.variables
        return {name: value for name, value in changed.items() if value}

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=self.root, env=self.environment(), capture_output=True, text=True, check=False
        )

    def make(self, *arguments: str, target: str = ".venv/.installed") -> list[str]:
        """The lines of a `make` that has to succeed."""
        result = self.run("make", target, *arguments)
        assert result.returncode == 0, result.stderr
        return result.stdout.splitlines()

    def refusal(self, *arguments: str) -> str:
        """The one line of a `make` that has to refuse, at once and before anything is made."""
        before = sorted(self.root.rglob(".venv/**/*"))
        started = time.monotonic()
        result = self.run("make", ".venv/.installed", *arguments)
        assert time.monotonic() - started < 60  # some 0.1 s on an idle machine
        assert result.returncode != 0
        assert result.stdout == ""
        assert sorted(self.root.rglob(".venv/**/*")) == before
        line, make_itself = result.stderr.splitlines()
        assert make_itself.startswith("make: ***")
        assert line.startswith("error: ")
        return line

    def git(self, *arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=self.root, env=environment(), check=True, capture_output=True)


def copied(root: Path, programs: Path) -> Checkout:
    (root / "tools").mkdir(parents=True)
    for name in ("Makefile", "tools/preflight.sh", "pyproject.toml", "constraints.txt", ".gitignore"):
        shutil.copy(ROOT / name, root / name)
    return Checkout(root, programs)


@pytest.fixture
def zipped(tmp_path: Path) -> Checkout:
    """The files without their repository."""
    checkout = copied(tmp_path / "project", tmp_path / "programs")
    checkout.programs.mkdir()
    for name in (*TOOLS.split(), "git"):
        found = shutil.which(name)
        assert found, name
        (checkout.programs / name).symlink_to(found)
    checkout.python("python3", "3.12")
    return checkout


@pytest.fixture
def checkout(zipped: Checkout) -> Checkout:
    committed(zipped)
    return zipped


def committed(checkout: Checkout) -> None:
    checkout.git("init", "-q")
    checkout.git("add", "-A")
    checkout.git("commit", "-qm", "start")


FRESH = ["a new environment of 3.12", "installing into .venv …", "pip install"]


def anew(reason: str, version: str = "3.12") -> list[str]:
    return [f"note: .venv is made anew: {reason}", f"a new environment of {version}", *FRESH[1:]]


def test_what_works_is_made_once_and_then_left_alone(checkout: Checkout) -> None:
    assert checkout.make() == FRESH
    assert checkout.make() == []
    assert checkout.make(target=".venv/.installed-dev") == ["pip install"]
    assert checkout.make(target=".venv/.installed-dev") == []


def test_an_environment_that_the_user_has_made_is_kept(checkout: Checkout) -> None:
    checkout.run("python3", "-m", "venv", ".venv")
    assert checkout.make() == FRESH[1:]


def test_a_half_made_environment_is_made_anew(checkout: Checkout) -> None:
    checkout.python("half", "3.12", no_venv=1)
    checkout.run("half", "-m", "venv", ".venv")
    assert checkout.make() == anew("it has no working pip")


def test_after_the_folder_has_moved_everything_is_installed_again(checkout: Checkout) -> None:
    checkout.make(target=".venv/.installed-dev")
    checkout.root = checkout.root.rename(checkout.root.parent / "elsewhere")
    again = [*anew("it was made in another folder"), "pip install"]
    assert checkout.make(target=".venv/.installed-dev") == again
    assert checkout.make(target=".venv/.installed-dev") == []


def test_an_environment_in_another_place_is_not_one_that_moved(checkout: Checkout, tmp_path: Path) -> None:
    checkout.make()
    (checkout.root / ".venv").rename(tmp_path / "shared")
    program(tmp_path / "shared/bin/pip", f"#!{tmp_path}/shared/bin/python\n")
    (checkout.root / ".venv").symlink_to(tmp_path / "shared")
    assert checkout.make() == []


def test_an_environment_whose_python_is_gone_is_made_anew(checkout: Checkout) -> None:
    checkout.make()
    python = checkout.root / ".venv/bin/python"
    python.unlink()
    python.symlink_to("/usr/bin/python3.99")
    assert checkout.make() == anew("it has no working python")
    program(python, "#!/bin/sh\nexit 127\n")
    assert checkout.make() == anew("its Python does not start")


def test_an_environment_whose_python_was_upgraded_is_made_anew(checkout: Checkout) -> None:
    checkout.make()
    program(checkout.root / ".venv/bin/python", PYTHON.format(version="3.13", no_venv=0))
    assert checkout.make() == anew("its Python was 3.12 and is 3.13 now")


def test_an_activated_environment_is_not_what_the_new_one_is_made_of(checkout: Checkout) -> None:
    checkout.python("old", "3.10")
    checkout.run("old", "-m", "venv", ".venv")
    (checkout.root / ".venv/bin/python3").symlink_to("python")
    checkout.variables["PATH"] = f"{checkout.root}/.venv/bin:{checkout.programs}"
    assert checkout.make() == anew("it is of Python 3.10")


def test_another_python_that_is_asked_for_is_taken_and_stays(checkout: Checkout) -> None:
    checkout.python("python3.11", "3.11")
    checkout.make()
    assert checkout.make("PYTHON=python3.11") == anew("it is of Python 3.12", "3.11")
    assert checkout.make() == checkout.make("PYTHON=python3.11") == []
    checkout.variables["PYTHON"] = "python3"
    assert checkout.make() == anew("it is of Python 3.11")


def test_too_old_a_python_is_refused_and_another_one_named(checkout: Checkout) -> None:
    checkout.python("python3", "3.10")
    line = checkout.refusal()
    assert "python3 is Python 3.10, and what is installed needs 3.11 to 3.14" in line
    assert line.endswith("then make PYTHON=python3.12")
    program(checkout.programs / "python3.13", "#!/bin/sh\nexit 1\n")  # as pyenv's shims of what is not chosen
    checkout.python("python3.12", "3.12", no_venv=1)
    checkout.python("python3.11", "3.11")
    assert checkout.refusal().endswith(": make PYTHON=python3.11")
    assert checkout.make("PYTHON=python3.11")[0] == "a new environment of 3.11"


@pytest.mark.parametrize("version", ["2.7", "3.6", "3.15", "4.0"])
def test_other_pythons_are_refused(checkout: Checkout, version: str) -> None:
    checkout.python("python3", version)
    assert f"python3 is Python {version}" in checkout.refusal()


def test_a_refused_python_costs_no_environment(checkout: Checkout) -> None:
    checkout.make()
    (checkout.root / ".venv/bin/pip").unlink()
    checkout.python("python3", "3.10")
    assert "Python 3.10" in checkout.refusal()


def test_python_without_venv_is_refused(checkout: Checkout) -> None:
    checkout.python("python3", "3.12", no_venv=1)
    line = checkout.refusal()
    assert line.endswith(
        "python3 (Python 3.12) cannot make virtual environments: "
        "install that part (Debian and Ubuntu: sudo apt install python3.12-venv), then make"
    )


def test_no_python_is_refused(checkout: Checkout) -> None:
    (checkout.programs / "python3").unlink()
    assert "there is no python3: install Python 3.11 or newer" in checkout.refusal()
    program(checkout.programs / "python3", "#!/bin/sh\nexit 127\n")
    assert "python3 does not start (try: python3 --version)" in checkout.refusal()


def test_a_folder_in_the_way_is_refused_and_an_empty_one_used(checkout: Checkout) -> None:
    (checkout.root / ".venv").mkdir()
    (checkout.root / ".venv/thesis.txt").touch()
    assert ".venv is in the way and no virtual environment" in checkout.refusal()
    (checkout.root / ".venv/thesis.txt").unlink()
    assert checkout.make() == FRESH


def test_no_git_is_refused(checkout: Checkout) -> None:
    (checkout.programs / "git").unlink()
    assert "there is no git: install it" in checkout.refusal()


def test_a_zip_is_refused_and_its_way_out_works(zipped: Checkout) -> None:
    line = zipped.refusal()
    assert "this folder is no Git repository, which DVC needs (a ZIP is none)" in line
    assert zipped.run("sh", "-c", line.rpartition(": ")[2]).returncode == 0
    assert zipped.make() == FRESH


def test_a_folder_in_another_repository_is_refused_and_its_way_out_works(zipped: Checkout) -> None:
    outer = Checkout(zipped.root.parent, zipped.programs)
    outer.git("init", "-q")
    line = zipped.refusal()
    assert f"inside another repository, {zipped.root.parent}:" in line
    assert zipped.run("sh", "-c", line.rpartition(": ")[2]).returncode == 0
    assert zipped.make() == FRESH


def test_a_repository_without_a_commit_is_refused(zipped: Checkout) -> None:
    zipped.git("init", "-q")
    assert "no commit yet, which DVC needs: git add -A && git commit -m start" in zipped.refusal()


def test_somebody_elses_folder_is_refused(checkout: Checkout) -> None:
    checkout.variables["GIT_TEST_ASSUME_DIFFERENT_OWNER"] = "1"
    expected = f"git config --global --add safe.directory '{checkout.root}'"
    assert checkout.refusal().endswith(expected)


@pytest.mark.parametrize("name", ["año", "hash#", "per%cent", "co:lon", "new\nline"])
def test_a_folder_whose_name_dvc_cannot_stand_is_refused(checkout: Checkout, name: str) -> None:
    checkout.root = checkout.root.rename(checkout.root.parent / name)
    result = checkout.run("sh", "tools/preflight.sh", "python3", ".venv")
    assert result.returncode == 1
    assert result.stderr.startswith("error: ")
    assert "move the project" in result.stderr
    assert not (checkout.root / ".venv").exists()


def test_a_folder_as_browsers_name_them_is_taken(checkout: Checkout) -> None:
    checkout.root = checkout.root.rename(checkout.root.parent / "miniLLM main (1)")
    assert checkout.make() == FRESH
    assert checkout.make() == []


@pytest.mark.parametrize(
    ("system", "machine", "said"),
    [
        ("Darwin", "x86_64", "no wheel for Macs with Intel processors"),
        ("MINGW64_NT-10.0-26100", "x86_64", "wsl --install"),
        ("Linux", "armv7l", "no wheel for armv7l"),
    ],
)
def test_a_computer_without_torch_is_refused(
    checkout: Checkout, system: str, machine: str, said: str
) -> None:
    (checkout.programs / "uname").unlink()
    program(checkout.programs / "uname", f'#!/bin/sh\ntest "$1" = -m && echo {machine} || echo {system}\n')
    assert said in checkout.refusal()


def test_apple_silicon_is_taken(checkout: Checkout) -> None:
    (checkout.programs / "uname").unlink()
    program(checkout.programs / "uname", '#!/bin/sh\ntest "$1" = -m && echo arm64 || echo Darwin\n')
    assert checkout.make() == FRESH


def test_an_audit_that_could_not_look_is_no_success(checkout: Checkout) -> None:
    said = "Dependency not found on PyPI and could not be audited"
    program(
        checkout.programs / "pip-audit", f'#!/bin/sh\necho "{said}"\ncase "$*" in *--strict*) exit 1; esac\n'
    )
    result = checkout.run("make", "audit")
    assert result.returncode != 0
    assert said in result.stdout
    assert "PIP_AUDIT_VULNERABILITY_SERVICE=osv make audit" in result.stderr


def identity_removed(checkout: Checkout) -> Path:
    """No configuration and no variable says who the user is; `git config --global` may, in this file."""
    for who in ("AUTHOR", "COMMITTER"):
        checkout.variables |= {f"GIT_{who}_NAME": "", f"GIT_{who}_EMAIL": ""}
    checkout.variables |= {
        "HOME": str(checkout.root.parent),
        "XDG_CONFIG_HOME": "",
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    return checkout.root.parent / ".gitconfig"


def test_without_a_git_identity_one_line_says_how_to_get_one(checkout: Checkout) -> None:
    configuration = identity_removed(checkout)
    (note, *rest) = checkout.make()
    assert note.startswith("note: Git does not know who you are, and 'dvc exp run' fails without that: ")
    assert rest == FRESH
    for half in ("user.name", "user.email"):  # one of them is not enough
        configuration.write_text("", encoding="utf-8")
        checkout.run("git", "config", "--global", half, "x")
        assert note in checkout.make()
    configuration.write_text("", encoding="utf-8")
    assert checkout.run("sh", "-c", note.partition(": ")[2].partition(": ")[2]).returncode == 0
    assert checkout.make() == []


@pytest.mark.system
def test_an_experiment_needs_the_identity_and_its_command_gives_it(checkout: Checkout) -> None:
    (checkout.root / "params.yaml").write_text("lr: 1\n", encoding="utf-8")
    stage = {"cmd": "cp params.yaml out", "params": ["lr"], "outs": ["out"]}
    (checkout.root / "dvc.yaml").write_text(json.dumps({"stages": {"copy": stage}}), encoding="utf-8")
    identity_removed(checkout)
    checkout.variables["PATH"] = environment()["PATH"]
    assert checkout.run("dvc", "init", "-q").returncode == 0
    committed(checkout)
    note = checkout.run("sh", "tools/preflight.sh", sys.executable, sys.prefix).stdout
    checkout.run("dvc", "exp", "run", "-q", "-S", "lr=2")  # goes without, in a workspace without changes
    experiment = ("dvc", "exp", "run", "-q", "-S", "lr=3")
    assert checkout.run(*experiment).returncode != 0
    checkout.run("sh", "-c", note.partition(": ")[2].partition(": ")[2])
    result = checkout.run(*experiment)
    assert result.returncode == 0, result.stderr
