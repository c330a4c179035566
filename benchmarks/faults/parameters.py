"""Odd values in params.yaml."""

import re
from pathlib import Path
from random import Random
from typing import Any

from ruamel.yaml import YAML

from benchmarks.faults.mutations import damaged
from benchmarks.faults.outcome import OtherOutputError
from minillm.core_yaml import read_mapping
from minillm.params import read_params

ODD = [
    "", "~", "null", "true", "yes", "on", "0", "-1", "00", "010", "0o17", "0x1F", "-0x1f", "0b11", "1_000",
    "+5", "1e3", "1e999", "-1e-999", ".5", ".5e3", "5.", ".inf", "-.INF", ".nan", "1e", "1:30", "12:30:45",
    "2026-11-02", "2026-11-02T01:00:00Z", "2026-1-2 1:00:00", "9" * 30, "9" * 5000, "1" + "0" * 39,
    "0.1" * 30, "=", "<<", "*a", "&a 1", "!!python/object:os.system x", "!!int '3'", "!x", "%x", "@x",
    "`x`", "|", ">", "- 1", "? x", "[1, 2]", "[0.9, 0.999, 1]", "{a: 1}", "{a:1}", "{a}", "[a: 1]",
    "[" * 200, "{a: " * 40, "[]", "{}", "'x", '"x', '"\\x1b[31m"', '"\\UFFFFFFFF"', '"\\ud800"', '"a\\nb"',
    "'" + "x" * 20_000 + "'", "cpu", "auto", "AUTO", "word ", "'3'", '"0.5"', "x\ty", "é", "\u0301",
    "\u202e", "\u2028", "\x85", "\ufeff", "\x00", "\x1b", "١٢", "１２", "𝟏", "½", "∞", "64 # c", "64#c",
    "3: 4", "1 2", "1,000", "1.000,5", "'' ''", "---", "...", "4294967295", "4294967296", "1000000000",
    "1000000001", "1e-300", "0.9999999999999999999",
]  # fmt: skip
LINES = [
    "",
    "x: 1",
    "seed: 1",
    "  x: 1",
    "\tx: 1",
    "- 1",
    "---",
    "...",
    "%YAML 1.1",
    "<<: {a: 1}",
    "? a",
    "train:",
    "#",
]


def attack(random: Random, folder: Path) -> None:
    """params.yaml: types, dates, huge numbers, nesting, aliases, duplicate keys, Unicode, bytes"""
    text = Path("params.yaml").read_text(encoding="utf-8")
    for _ in range(random.choice([1, 1, 1, 2, 4])):
        text = mutated(text, random)
    content = text.encode()
    if random.random() < 0.1:
        content, _ = damaged(
            content,
            random,
            [text.encode(name) for name in ("utf-16", "latin-1", "utf-8-sig") if text.isascii()],
        )
    path = folder / "params.yaml"
    path.write_bytes(content)
    read_params(path)
    here, dvcs = read_mapping(path), YAML(typ="safe").load(content)
    if typed(here) != typed(dvcs):  # DVC would compare, and write into dvc.lock, what no stage reads
        raise OtherOutputError(f"DVC reads other values: {differences(here, dvcs)}")


def mutated(text: str, random: Random) -> str:
    """One mutation of the file's lines."""
    lines = text.split("\n")
    number = random.randrange(len(lines))
    other = random.randrange(len(lines))
    odd = random.choice(ODD)
    match random.randrange(7):
        case 0 | 1 | 2:  # another value
            numbers = [number for number, line in enumerate(lines) if re.match(r" *\w+: *[^ #]", line)]
            number = random.choice(numbers or [0])
            lines[number] = re.sub(r"(?<=: )[^#]*", lambda _: odd, lines[number], count=1)
        case 3:  # another key
            lines[number] = re.sub(r"\w+(?=:)", lambda _: odd, lines[number], count=1)
        case 4:
            lines[number] = random.choice([*LINES, lines[other], " " + lines[number], lines[number].strip()])
        case 5:
            lines.insert(number, random.choice([*LINES, lines[other]]))
        case _:
            place = random.randint(0, len(lines[number]))
            lines[number] = lines[number][:place] + odd + lines[number][place:]
    return "\n".join(lines)


def typed(value: Any) -> Any:
    """The value with the types of all that is in it: 1, 1.0 and True are equal in Python."""
    match value:
        case dict():
            return {key: typed(each) for key, each in value.items()}
        case list():
            return [typed(each) for each in value]
    return type(value), value


def differences(here: Any, there: Any) -> str:
    """The first value that is another one."""
    if isinstance(here, dict) and isinstance(there, dict) and here.keys() == there.keys():
        names = [name for name in here if typed(here[name]) != typed(there[name])]
        return f"{names[0]}: {differences(here[names[0]], there[names[0]])}"
    return f"{here!r:.60} here, {there!r:.60} there"
