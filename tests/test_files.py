import csv
import json
from pathlib import Path

import pytest

from minillm.files import atomic_path, write_metrics, write_tsv


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "out.txt"
    target.write_text("old", encoding="utf-8")
    with pytest.raises(KeyboardInterrupt), atomic_path(target) as path:
        path.write_text("half", encoding="utf-8")
        raise KeyboardInterrupt
    assert target.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_folders_are_made_and_leftovers_of_a_kill_overwritten(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b" / "out.txt"
    target.parent.mkdir(parents=True)
    (target.parent / ".out.txt.tmp").write_text("left by a kill and longer", encoding="utf-8")
    with atomic_path(target) as path:
        path.write_text("new", encoding="utf-8")
    assert [file.name for file in target.parent.iterdir()] == ["out.txt"]
    assert target.read_text(encoding="utf-8") == "new"


def test_metrics_are_rounded_nested_json(tmp_path: Path) -> None:
    write_metrics(tmp_path / "m.json", {"loss": {"train": 4.123456789}, "tokens": 12345678, "ok": True})
    assert json.loads((tmp_path / "m.json").read_text(encoding="utf-8")) == {
        "loss": {"train": 4.12346},
        "tokens": 12345678,
        "ok": True,
    }


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [1], None])
def test_metrics_that_dvc_would_drop_or_garble_are_refused(tmp_path: Path, value: object) -> None:
    with pytest.raises(AssertionError):
        write_metrics(tmp_path / "m.json", {"x": value})  # type: ignore[dict-item]
    assert list(tmp_path.iterdir()) == []


def test_a_dot_in_a_metrics_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="nesting"):
        write_metrics(tmp_path / "m.json", {"a.b": 1})


def test_tsv_has_a_header_and_no_stray_tabs(tmp_path: Path) -> None:
    write_tsv(tmp_path / "t.tsv", ["token", "share"], [["a\tb", 1 / 3], ["c\nd", None]])
    assert (tmp_path / "t.tsv").read_text(encoding="utf-8") == "token\tshare\na b\t0.333333\nc d\t\n"


def test_quotation_marks_in_a_tsv_are_read_back_by_the_csv_module(tmp_path: Path) -> None:
    rows = [['"', "a"], ['say "no"', "b"], ["plain", '""']]
    write_tsv(tmp_path / "t.tsv", ["token", "kind"], rows)
    with (tmp_path / "t.tsv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file, delimiter="\t")) == [["token", "kind"], *rows]
    assert "plain" in (tmp_path / "t.tsv").read_text(encoding="utf-8").splitlines()[3].split("\t")
