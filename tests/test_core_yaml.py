import contextlib
import math
import random
from pathlib import Path
from typing import Any

import pytest
from dvc.utils.serialize import YAMLFileCorruptedError, load_yaml, modify_yaml
from hypothesis import example, given
from hypothesis import strategies as st
from yaml import SafeLoader

from minillm.core_yaml import MAX_BYTES, MAX_DEPTH, MAX_TEXT, parse_mapping, read_mapping
from minillm.errors import InputError
from tools.study import read_experiments

WORDS = """1 -1 +1 0 -0 00 010 -010 09 0o17 0x1F 0xff 123456789012345678901234567890 1. .5 -.5 +.5 0.0 1.5
    1e3 3e-4 3E-4 1.e5 .5e+3 .5e-3 1.5e3 -2E+2 12e03 1e400 .inf -.inf +.Inf .INF .nan .NaN .NAN
    true True TRUE false False FALSE null Null NULL ~ tRUE nULL yes no on off y n Yes NO inf nan
    0o 0o8 0x 0xg 0b 0b2 1e 1e+ 1,5 1:30 190:20:30 1.2.3 1-2 2001-1-1 _1 -- - + . .. .e3 a:b a#b \\n
    "1" '1' "true" '' "" "~" "2026-01-02" '1_000' "a\\tb\\u00e9" 'it\'\'s' <<< == => x=y <a> 1% %x%
    ٣ 1½ ² é 😀 [] {} [1,2.5,a,~] {"a":1} [[1],[]] 0.70 1/2 C:\\x ~/x a&b a*b http://a/b?c=d&e=f"""
ALIKE = [
    *WORDS.split(),
    *("", " ", "# nothing", "1 # one", "a b", "a # b", "a  b\n  c", "{a: 1, b: {c: [d]}}", "[a b, 'c, d']"),
    *("\n  a: 1\n  b: 2", "\n- 1\n- a", "\n  - - 1\n    - 2", "\n  - a: 1\n    b: 2", "\n  a:\n  b:"),
    *("|\n  a\n  b", ">\n  a\n  b", "|-\n  1", "|+\n  a\n\n", "'a\n\n  b'", '"a\\\n  b"', '"a b\n  c"'),
    "\r\n  a: 1\r\n",
]
"""Values that are read as DVC reads them; where DVC refuses one, so do we."""

UNCLEAR = """2026-13-45 2026-01-02 2026-01-02T10:00:00Z 1_000 1_000.5 1_ 0_1 -_1 0b11 0b1_1 -0x1f -0o17
    +0o7 0o_ 0o1_7 0x_ 0x_f ._ ._5 .5e3 -.5e3 1_0e3 = <<"""
REFUSED = {
    "is read in different ways": [*UNCLEAR.split(), "2026-1-2 10:00:00.5"],
    "an alias": ["*a", "[*a]", "{a: *a}"],
    "an anchor": ["&a 1", "&a [1]", "&a {b: 1}", "&a"],
    "a tag": ["!!str 1", "!x 1", "!!python/object/apply:os.system [ls]", "!!binary aGk=", "!!set {a}", "! 1"],
    "stands there twice": ["{a: 1, a: 1}", "\n  a: 1\n  a: 2", "{'a': 1, a: 2}"],
    "is no text": [
        *("{1: a}", "{~: a}", "{true: a}", "{1.5: a}", "{[a]: b}", "{{a: b}: c}", "\n  ? - a\n  : b"),
    ],
    "has no value": ["{a:1}", "{a}", "{a :}"],
    "a colon in a list": ["[a: 1]", "[a, b: c]"],
    "within each other": [
        "[" * 60_000,
        "\n" + "- " * 30_000,
        "{a: " * 10_000,
        "[" * MAX_DEPTH + "]" * MAX_DEPTH,
    ],
    "a number of 5,000 characters": ["1" * 5000, "-" + "1" * 4999, "0x" + "f" * 4998, "1." + "0" * 4998],
    "10,001 characters": ["x" * (MAX_TEXT + 1), f"'{'x' * (MAX_TEXT + 1)}'"],
    "more than 65,536": ["x " * MAX_BYTES],
    "has the character": [
        *("\0", "\x1b[31m", "\x7f", "\x85", "\u2028", "\ud800", '"\\0"', '"\\e[31m"', '"\\ud800"'),
    ],
    "an escape that is no character": ['"\\U00110000"', '"\\UFFFFFFFF"'],
    "no YAML": [
        *("[", "{", "[1,,2]", "'", '"', '"\\q"', "a: b", "- 1", "@a", "`a", "%a", "\ta", "]", "!x!y 1"),
    ],
    "single document": ["1\n---\nb: 1", "1\n...\n---\nb: 1"],
}
"""What is said of values that are not read."""


def same(a: object, b: object) -> bool:
    """Equal in type and value through all of it; NaN is NaN."""
    if isinstance(a, dict) and isinstance(b, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, float) and isinstance(b, float) and math.isnan(a):
        return math.isnan(b)
    return type(a) is type(b) and a == b


def by_dvc(text: str, folder: Path) -> object:
    """The content as `dvc repro` reads params.yaml."""
    path = folder / "params.yaml"
    path.write_bytes(text.encode("utf-8"))
    return load_yaml(str(path))


def read_or_refuse(text: str) -> dict[str, Any] | None:
    """None for a text that is refused in one line."""
    content, message = None, ""
    try:
        content = parse_mapping(text, "p.yaml")
    except InputError as error:
        message = str(error)
    assert message.isprintable()
    assert len(message) < 300
    return content


def refusal(text: str) -> str:
    with pytest.raises(InputError) as caught:
        parse_mapping(text, "p.yaml")
    message = str(caught.value)
    assert message.startswith("p.yaml")
    assert message.isprintable()
    assert len(message) < 300
    return message


@pytest.mark.parametrize("value", ALIKE)
def test_a_value_is_what_dvc_reads(tmp_path: Path, value: str) -> None:
    text = f"key: {value}\n"
    try:
        expected = by_dvc(text, tmp_path)
    except Exception:
        refusal(text)
    else:
        assert same(parse_mapping(text, "p.yaml"), expected)


def test_these_values_are_read_but_for_two_that_dvc_refuses_too() -> None:
    assert len(ALIKE) > 120
    refused = [value for value in ALIKE if read_or_refuse(f"key: {value}\n") is None]
    assert refused == ["-", "%x%"]


@pytest.mark.parametrize(
    ("reason", "value"), [(reason, value) for reason in REFUSED for value in REFUSED[reason]]
)
def test_another_value_is_refused_in_one_line(reason: str, value: str) -> None:
    assert reason in refusal(f"key: {value}")


TOPS = [
    "1: a",
    "~: a",
    ": a",
    "a: 1\na: 2",
    "<<: {a: 1}",
    "%YAML 1.1\n---\na: 010",
    "- a",
    "a",
    "",
    "# a",
    "---",
]
TOPS += ["...", "%YAML 1." + "9" * 5000, "a: 1\n--- b", "&a a: 1", "|-\n#a", "[a]", "2026-01-02"]


@pytest.mark.parametrize("text", TOPS)
def test_another_top_is_refused_in_one_line(text: str) -> None:
    refusal(text)


def test_a_refusal_names_the_line() -> None:
    assert refusal("a: 1\nb:\n  c: 2026-13-45\n").startswith("p.yaml, line 3: '2026-13-45' is read in")
    assert refusal("a: 1\r\nb: \0").startswith("p.yaml, line 2: has the character '\\x00'")


def test_an_alias_bomb_is_refused_before_it_is_expanded(monkeypatch: pytest.MonkeyPatch) -> None:
    levels = [f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 9)}]" for i in range(1, 40)]
    composed = 0
    compose = SafeLoader.compose_node

    def counting(*arguments: object) -> object:
        nonlocal composed
        composed += 1
        return compose(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(SafeLoader, "compose_node", counting)
    assert "line 1: &'l0', an anchor" in refusal("\n".join(["l0: &l0 [x, x]", *levels]))
    assert composed < 5


FRAGMENTS = [
    "a",
    "b",
    ": ",
    ":",
    "- ",
    "\n",
    "\n  ",
    "\n    ",
    " ",
    "[",
    "]",
    "{",
    "}",
    ",",
    ", ",
    "? ",
    "#",
    " #",
]
FRAGMENTS += [
    "'",
    '"',
    "|",
    "|-",
    "|2",
    ">",
    "&a ",
    "*a",
    "!t ",
    "---\n",
    "...\n",
    "%",
    "1",
    "0x1",
    "1e3",
    ".5",
    "_",
]
FRAGMENTS += [
    "\u3000",
    "\xa0",
    "\ufeff",
    "\r\n",
    "\t",
    "\\",
    "\\n",
    "\\x85",
    "=",
    "<<",
    "~",
    "-",
    "true",
    "2001-01-01",
]


@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(st.sampled_from(FRAGMENTS), max_size=14).map("".join),
        st.lists(st.sampled_from(FRAGMENTS), max_size=10).map(lambda parts: "k: " + "".join(parts)),
        st.text("0123456789+-._eExoabAFinf:=<~T", max_size=7).map(lambda text: f"k: {text}"),
    )
)
@example("k: [---\\x85 :]\r")  # these four are read in another way by ruamel.yaml than by PyYAML
@example("{a :}")
@example("{a: b, c :}")
@example("|-\n#a")
def test_any_text_is_read_as_dvc_reads_it_or_refused(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    content = read_or_refuse(text)
    if content is not None:
        with contextlib.suppress(YAMLFileCorruptedError):  # DVC stops with it, before any stage runs
            assert same(content, by_dvc(text, tmp_path_factory.getbasetemp()))


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(content)
    for read in (read_mapping, read_experiments):
        with contextlib.suppress(InputError):
            read(path)


TEXTS = [
    "yes",
    "010",
    "1e3",
    "1_000",
    "2026-01-01",
    "=",
    "<<",
    "~",
    "",
    "null",
    "a: b",
    "a #b",
    "a b " * 60,
    "\t",
]
TEXTS += [
    "x" * 200,
    "a\nb\n",
    " a ",
    "😀",
    "!x",
    "&x",
    "*x",
    "%x",
    "- a",
    "?",
    "'",
    '"',
    "\\",
    "1:30",
    ".inf",
    "\ufeff",
]
OTHERS = [math.inf, math.nan, 1e-40, 3e-5, 1e22, 10**30, True, None, [1, [2, "a"]], {"a": {"b": 1}}, {}, []]


@pytest.mark.parametrize("value", [*TEXTS, *OTHERS])
def test_what_dvc_writes_for_a_changed_parameter_is_read_back(tmp_path: Path, value: object) -> None:
    """`dvc exp run -S` goes through this writer of DVC's."""
    path = tmp_path / "params.yaml"
    path.write_text("# c\na:\n  k: 1   # one\n  l: 2   # two\n", encoding="utf-8")
    with modify_yaml(str(path)) as content:
        content["a"]["k"] = value
    assert same(read_mapping(path), {"a": {"k": value, "l": 2}})


def test_a_file_is_no_longer_than_it_may_be(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_bytes(b"a: 1\n".ljust(MAX_BYTES))
    assert read_mapping(path) == {"a": 1}
    path.write_bytes(b"a: 1\n".ljust(MAX_BYTES + 1))
    with pytest.raises(InputError, match="more than 65,536 bytes"):
        read_mapping(path)


def test_what_is_no_readable_file_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    with pytest.raises(InputError, match="is missing: run this from the repository's root"):
        read_mapping(path)
    path.mkdir()
    with pytest.raises(InputError, match="is no file"):
        read_mapping(path)
    with pytest.raises(InputError, match="is no file"):
        read_mapping(Path("/dev/zero"))
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("a: 1\nb: año\n".encode("latin-1"))
    with pytest.raises(InputError, match="line 2: no UTF-8; save"):
        read_mapping(latin)
    latin.write_bytes("\ufeffa: 1\n".encode())
    assert read_mapping(latin) == {"a": 1}
    with pytest.raises(InputError, match="cannot be read: File name too long"):
        read_mapping(tmp_path / ("x" * 300))


def test_broken_pieces_of_params_yaml_are_read_or_refused() -> None:
    text = (Path(__file__).parent.parent / "params.yaml").read_text(encoding="utf-8")
    chance = random.Random(1)
    read = 0
    for _ in range(100):
        start = chance.randrange(len(text) - 400)
        piece = text[text.index("\n", start) + 1 : start + 400]
        at = chance.randrange(len(piece))
        read += read_or_refuse(piece[:at] + chance.choice(FRAGMENTS) + piece[at + 1 :]) is not None
    assert 0 < read < 100
