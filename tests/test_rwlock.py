"""Notes of killed containers in DVC's lock file, which name PIDs that other programs have here."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Project
from tools import rwlock


@pytest.fixture
def other() -> Iterator[int]:
    """The PID of a process that is no DVC's."""
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process.pid
        process.kill()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(tmp_path)
    (tmp_path / rwlock.RWLOCK).parent.mkdir(parents=True)
    return Project(tmp_path)


def note(pid: int) -> dict[str, object]:
    return {"pid": pid, "cmd": "/opt/minillm/bin/dvc repro"}


def write(**notes: object) -> None:
    rwlock.RWLOCK.write_text(json.dumps(notes), encoding="utf-8")


def read() -> object:
    return json.loads(rwlock.RWLOCK.read_text(encoding="utf-8"))


@pytest.mark.usefixtures("project")
def test_only_the_notes_of_those_who_run_stay(other: int, capsys: pytest.CaptureFixture[str]) -> None:
    this = note(os.getpid())  # a Python: might be DVC
    gone = note(2**22 + 1)
    write(write={"a": note(other), "b": this, "c": gone}, read={"d": [note(other), this], "e": [gone]})
    rwlock.main()
    assert read() == {"write": {"b": this}, "read": {"d": [this]}}
    assert capsys.readouterr().out.startswith("note: dropped the lock of a DVC that was killed")
    rwlock.main()
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("content", ["", "{", "[]", '{"write": {"a": 1}}', '{"write": {"a": {}}}', "null"])
def test_what_cannot_be_read_stays_for_dvc(content: str) -> None:
    rwlock.main()  # no file at all
    rwlock.RWLOCK.write_text(content, encoding="utf-8")
    rwlock.main()
    assert rwlock.RWLOCK.read_text(encoding="utf-8") == content


@pytest.mark.usefixtures("project")
def test_while_a_container_runs_nothing_is_dropped(other: int) -> None:
    hold = "import fcntl, sys; file = open(sys.argv[1], 'w'); fcntl.flock(file, fcntl.LOCK_SH); print(1)"
    notes = {"write": {"a": note(other)}}
    write(**notes)
    command = [sys.executable, "-c", f"{hold}; sys.stdout.flush(); sys.stdin.read()", str(rwlock.CONTAINERS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as container:
        assert container.stdout
        assert container.stdin
        assert container.stdout.readline() == "1\n"
        rwlock.main()
        assert read() == notes
        container.stdin.close()
    rwlock.main()
    assert read() == {"write": {}}


@pytest.mark.system
def test_dvc_is_free_again(project: Project, other: int) -> None:
    (project.root / "dvc.yaml").write_text("stages: {a: {cmd: touch out, outs: [out]}}\n", encoding="utf-8")
    project.check("dvc", "init", "-q", "--no-scm", "-f")
    rwlock.RWLOCK.parent.mkdir(exist_ok=True)
    write(write={str(project.root / "out"): note(other)}, read={})
    blocked = project.run("dvc", "repro")
    assert blocked.returncode != 0
    assert f"(PID {other})" in blocked.stderr
    rwlock.main()
    project.check("dvc", "repro")
