from pathlib import Path

import pytest

from minillm.wikipedia.cache import RevisionText, TextCache, read_entry, write_entry

TEXT = RevisionText(123456, "2026-01-02T03:04:05Z", "Ñandú\n''cursiva''\r\n\u0085 😀")


def test_what_is_put_comes_back(tmp_path: Path) -> None:
    cache = TextCache(tmp_path)
    assert cache.get(123456) is None
    cache.put(TEXT)
    assert TextCache(tmp_path).get(123456) == TEXT
    assert TEXT.sha1 == "d850843d625a2ad7d901da11e9a6ac4f1a245835"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / "456" / "123456.json"]


def test_an_entry_with_any_bit_changed_counts_as_absent(tmp_path: Path) -> None:
    cache = TextCache(tmp_path)
    cache.put(TEXT)
    path = cache.path(123456)
    content = path.read_bytes()
    for place in range(len(content)):
        for bit in (1, 32):  # 32 changes the case of a letter
            changed = bytearray(content)
            changed[place] ^= bit
            path.write_bytes(changed)
            assert cache.get(123456) is None
    cache.put(TEXT)
    assert cache.get(123456) == TEXT


def test_an_entry_cut_anywhere_counts_as_absent(tmp_path: Path) -> None:
    cache = TextCache(tmp_path)
    cache.put(TEXT)
    path = cache.path(123456)
    content = path.read_bytes()
    for size in range(len(content)):
        path.write_bytes(content[:size])
        assert cache.get(123456) is None
    path.write_bytes(content + b" ")
    assert cache.get(123456) is None


def test_an_entry_under_another_ones_name_counts_as_absent(tmp_path: Path) -> None:
    cache = TextCache(tmp_path)
    cache.put(TEXT)
    cache.path(123456).rename(cache.path(999456))
    assert cache.get(999456) is None


@pytest.mark.parametrize("value", [[], [[1, "é", True]], {"a": None}, 0])
def test_any_json_value_comes_back(tmp_path: Path, value: object) -> None:
    write_entry(tmp_path / "a" / "b.json", value)
    assert read_entry(tmp_path / "a" / "b.json") == value
