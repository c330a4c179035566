"""What `make` looks up in dvc.lock before DVC reads it: a file that a merge may have left in any state."""

from pathlib import Path

import pytest

from tools import lock_check

LOCK = """\
schema: '2.0'
stages:
  train:
    cmd: python -m stages.train
    outs:
    - path: checkpoints/best
      hash: md5
      md5: 0123456789abcdef0123456789abcdef.dir
"""
CONFLICT = "<<<<<<< HEAD\nstages: 1\n=======\nstages: 2\n>>>>>>> main\n"
NO_HASH = LOCK.replace("md5:", "etag:")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_what_the_lock_names_is_looked_for_in_the_cache() -> None:
    assert lock_check.outs_cached()  # no lock at all: DVC asks its run-cache by itself
    lock_check.LOCK.write_text(LOCK, encoding="utf-8")
    assert not lock_check.outs_cached()
    cached = lock_check.CACHE / "01" / "23456789abcdef0123456789abcdef.dir"
    cached.parent.mkdir(parents=True)
    cached.write_bytes(b"[]")
    assert lock_check.outs_cached()


@pytest.mark.parametrize(
    "content", ["", "[", CONFLICT, "[]", "stages:\n", "stages: [train]\n", NO_HASH, "stages: \xff"]
)
def test_what_cannot_be_read_is_for_dvc_to_say(content: str, capsys: pytest.CaptureFixture[str]) -> None:
    lock_check.LOCK.write_text(content, encoding="latin-1")
    assert lock_check.main() == 0
    assert capsys.readouterr().out == ""
