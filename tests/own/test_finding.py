import os
from pathlib import Path

import pytest

from minillm.errors import InputError
from minillm.own.finding import ALL, counted, find_files, kind_of


def make(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
    return folder


def names(folder: Path, pattern: str = ALL) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in find_files(folder, pattern)[0]]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.txt", "txt"),
        ("A.TXT", "txt"),
        ("a.md", "md"),
        ("a.markdown", "md"),
        ("a.jsonl", "jsonl"),
        ("a.jsonl.gz", "jsonl"),
        ("a.jsonl.zst", "jsonl"),
        ("a.csv", "csv"),
        ("a.parquet", "parquet"),
        ("a.txt.gz", None),
        ("a.json", None),
        ("txt", None),
        ("a.txt\n", None),
        ("a.txt~", None),
    ],
)
def test_a_files_kind_is_told_by_the_end_of_its_name(name: str, kind: str | None) -> None:
    assert kind_of(Path(name)) == kind


def test_the_order_is_that_of_the_names_whatever_the_file_system_lists_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, "b.txt", "a/z.csv", "a.txt", "B.md", "a/b/c.txt", "á.txt")
    expected = ["B.md", "a/b/c.txt", "a/z.csv", "a.txt", "b.txt", "á.txt"]
    assert names(tmp_path) == expected
    walk = os.walk
    monkeypatch.setattr(
        os, "walk", lambda *a, **k: ((p, f, n[::-1]) for p, f, n in reversed(list(walk(*a, **k))))
    )
    assert names(tmp_path) == expected


def test_hidden_files_and_readmes_are_left_out_and_other_kinds_are_counted(tmp_path: Path) -> None:
    make(tmp_path, "a.txt", ".b.txt", ".git/c.txt", "README.md", "readme", "d.docx", "e.docx", "f.pdf", "g")
    found, left_out = find_files(tmp_path, ALL)
    assert [path.name for path in found] == ["a.txt"]
    assert counted(left_out) == "2 README, 2 '.docx', 1 '.pdf', 1 without an ending"


def test_a_pattern_narrows_a_folder_down(tmp_path: Path) -> None:
    make(tmp_path, "a.txt", "b.md", "2019/c.txt", "2019/x/d.md")
    assert names(tmp_path, "*.txt") == ["2019/c.txt", "a.txt"]
    assert names(tmp_path, "2019/*") == ["2019/c.txt", "2019/x/d.md"]
    assert names(tmp_path, "[ab].*") == ["a.txt", "b.md"]


def test_one_file_is_taken_as_it_is_called(tmp_path: Path) -> None:
    path = make(tmp_path, "README.txt") / "README.txt"
    assert find_files(path, ALL)[0] == [path]


def test_a_link_to_a_folder_is_not_followed_and_one_to_a_file_is(tmp_path: Path) -> None:
    outside = make(tmp_path / "outside", "a.txt")
    folder = make(tmp_path / "folder", "b.txt")
    (folder / "link.txt").symlink_to(outside / "a.txt")
    (folder / "nowhere.txt").symlink_to(outside / "none.txt")
    (folder / "loop").symlink_to(folder)
    assert names(folder) == ["b.txt", "link.txt"]


@pytest.mark.parametrize(
    ("there", "asked", "pattern", "said"),
    [
        (
            [],
            "none",
            ALL,
            "extract.files = {}: there is no such file or folder; put your texts into a folder in",
        ),
        (
            ["t/a.txt"],
            "t/*.txt",
            ALL,
            "extract.glob says which files of the folder: files = {folder}, glob = '*.txt'",
        ),
        ([], "", ALL, "extract.files = {}: the folder is empty; put your texts"),
        (
            ["a.docx", "b.docx"],
            "",
            ALL,
            "no file of a kind that is read (.txt, .md, .jsonl (also .gz or .zst), ",
        ),
        (["a.docx", "b.docx"], "", ALL, "only 2 '.docx'; put your texts"),
        (["README.md"], "", ALL, "only 1 README;"),
        (
            ["a.txt", "b.txt"],
            "",
            "*.md",
            "extract.glob = '*.md': matches nothing in {}, where 'a.txt' is one of 2; *",
        ),
        (
            ["a.json"],
            "a.json",
            ALL,
            "extract.files = {}: a file of this name is not read; these are: .txt, .md",
        ),
        (["a.txt"], "a.txt", "*.txt", "extract.glob = '*.txt': says which files of a folder"),
    ],
)
def test_nothing_to_read_is_one_line_that_says_what_to_do(
    tmp_path: Path, there: list[str], asked: str, pattern: str, said: str
) -> None:
    make(tmp_path, *there)
    files = tmp_path / asked
    with pytest.raises(InputError) as caught:
        find_files(files, pattern)
    assert said.replace("{}", str(files)).replace("{folder}", str(tmp_path / "t")) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_neither_file_nor_folder_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.txt")
    with pytest.raises(InputError, match="is neither a file nor a folder"):
        find_files(tmp_path / "a.txt", ALL)


def test_a_folder_that_cannot_be_read_is_the_systems_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, "a.txt", "b/c.txt")
    scandir = os.scandir

    def refusing(path: str) -> object:
        if str(path).endswith("/b"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    with pytest.raises(PermissionError, match="/b"):
        find_files(tmp_path, ALL)
