"""params.yaml and experiments.yaml, read as YAML 1.2's core schema and nothing beyond it.

PyYAML's safe loader, narrowed: mappings with text keys, lists, str, int, float, bool and null. DVC reads the
same files with ruamel.yaml, which knows more (dates, 1_000, 0b11) and differs from the core schema in a few
numbers (.5e3, -0x1f). What DVC would read as another value is therefore refused, never read: whatever comes
back here is what DVC compares and writes into dvc.lock. A file that a person did not write must not stop the
program either, so depth and lengths are bounded, and aliases, which make 1 kB into gigabytes, are refused
before they are expanded. (YAML 1.2.2, section 10.3: https://yaml.org/spec/1.2.2/#103-core-schema)
"""

import re
from pathlib import Path
from typing import Any, NoReturn

import yaml
from yaml.error import MarkedYAMLError, YAMLError
from yaml.events import AliasEvent, Event, MappingStartEvent, NodeEvent
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.tokens import DirectiveToken

from minillm.errors import InputError, shown

MAX_BYTES = 2**16
"""Of a file; params.yaml has 8 kB. PyYAML reads some 100 kB a second."""
MAX_DEPTH = 16
"""Mappings and lists within each other; params.yaml has three. Python's recursion ends at some 200."""
MAX_TEXT = 10_000
"""Characters of a text."""
MAX_NUMBER = 40
"""Characters of a number; Python refuses to convert more than 4,300 digits."""

_UNREADABLE = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Control characters, halves of surrogate pairs, and line ends that are none in YAML 1.2 (U+0085, U+2028)."""

_INT, _FLOAT, _BOOL, _NULL, _UNCLEAR = "int", "float", "bool", "null", "unclear"
_PLAIN = [
    (_NULL, re.compile(r"(?:~|null|Null|NULL|)\Z")),
    (_BOOL, re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z")),
    (_UNCLEAR, re.compile(r"[-+]?\.[0-9]+[eE][0-9]+\Z")),  # .5e3: a number, and for DVC a text
    (_INT, re.compile(r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)\Z")),
    (_FLOAT, re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")),
    (_FLOAT, re.compile(r"(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z")),
    # Texts of the core schema that DVC reads as numbers or dates, or refuses.
    (_UNCLEAR, re.compile(r"[-+]?(?:0b[01_]+|0o[0-7_]+|0x[0-9a-fA-F_]+)\Z")),
    (_UNCLEAR, re.compile(r"(?:[-+][0-9_]+|[0-9][0-9_]*)\Z")),
    (_UNCLEAR, re.compile(r"[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9_]+)(?:[eE][-+]?[0-9]+)?\Z")),
    (_UNCLEAR, re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")),
    (_UNCLEAR, re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}")),
    (_UNCLEAR, re.compile(r"(?:=|<<)\Z")),
]


def read_mapping(path: Path) -> dict[str, Any]:
    """The file's content: a mapping at the top, with str, int, float, bool, None, lists and mappings in it.

    Raises InputError, in one line, for everything else.
    """
    try:
        if not path.exists():
            raise InputError(f"{path} is missing: run this from the repository's root")
        if not path.is_file():
            raise InputError(f"{path} is no file: move it away; `git checkout {path}` brings the file back")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError(f"{path} cannot be read: {reason}; see `ls -l {path}`") from None
    if len(content) > MAX_BYTES:
        raise InputError(f"{path} has more than {MAX_BYTES:,} bytes, the most allowed: shorten it")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path}, line {line}: no UTF-8; save the file as UTF-8 with your editor") from None
    return parse_mapping(text, str(path))


def parse_mapping(text: str, source: str) -> dict[str, Any]:
    """The same for a text; `source` names it in errors."""
    if len(text) > MAX_BYTES:
        raise InputError(f"{source} has more than {MAX_BYTES:,} characters, the most allowed: shorten it")
    if unreadable := _UNREADABLE.search(text):
        line = text.count("\n", 0, unreadable.start()) + 1
        raise InputError(f"{source}, line {line}: has the character {unreadable[0]!a}; remove it")
    content = _parse(text, source)
    if content is None:
        raise InputError(f"{source} is empty: `git checkout {source}` brings back the committed one")
    if not isinstance(content, dict):
        raise InputError(f"{source}: must be lines of NAME: VALUE at the top, but is {shown(content)}")
    return content


def _parse(text: str, source: str) -> object:
    loader = _CoreLoader(text, source)
    try:
        return loader.get_single_data()
    except InputError:
        raise
    except MarkedYAMLError as error:
        found = " ".join(part for part in (error.context, error.problem) if part)
        loader.refuse(error.problem_mark, f"no YAML: {shown(found, 120)}; mend it, put texts in quotes")
    except (YAMLError, ValueError, OverflowError):  # "\UFFFFFFFF" is no character
        loader.refuse(loader.get_mark(), "no YAML: an escape that is no character; mend it")
    finally:
        loader.dispose()


class _CoreLoader(yaml.SafeLoader):
    """PyYAML's safe loader without its schema, YAML 1.1."""

    yaml_implicit_resolvers = {None: _PLAIN}  # noqa: RUF012  # None: whatever the first character is
    yaml_constructors = {}  # noqa: RUF012

    def __init__(self, text: str, source: str) -> None:
        super().__init__(text)
        self._text = text
        self._source = source
        self._depth = 0

    def refuse(self, mark: Any, what: str) -> NoReturn:
        """Raise InputError with file and line."""
        where = f"{self._source}, line {mark.line + 1}" if mark else self._source
        raise InputError(f"{where}: {what}") from None

    def process_directives(self) -> Any:
        if self.check_token(DirectiveToken):
            self.refuse(self.get_mark(), "begins with %, a directive: remove it or put it in quotes")
        return super().process_directives()  # type: ignore[no-untyped-call]

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        event: Event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, AliasEvent):
            self.refuse(event.start_mark, f"*{shown(event.anchor)}, an alias: write the value out instead")
        assert isinstance(event, NodeEvent)
        if event.anchor is not None:
            self.refuse(event.start_mark, f"&{shown(event.anchor)}, an anchor: remove it")
        if (tag := getattr(event, "tag", None)) is not None:
            self.refuse(event.start_mark, f"{shown(tag)}, a tag: remove it, and put texts in quotes")
        if isinstance(event, MappingStartEvent) and event.flow_style and self._text[_index(event)] != "{":
            self.refuse(event.start_mark, "a colon in a list: put the text in quotes, or a mapping in braces")
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self.refuse(event.start_mark, f"more than {MAX_DEPTH} values within each other: make it flatter")
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def text(self, node: ScalarNode) -> str:
        """A scalar's text: bounded, and of characters that may be shown."""
        text = str(node.value)
        if len(text) > MAX_TEXT:
            self.refuse(node.start_mark, f"{len(text):,} characters, but at most {MAX_TEXT:,}: shorten it")
        if unreadable := _UNREADABLE.search(text):
            self.refuse(node.start_mark, f"{shown(text)} has the character {unreadable[0]!a}: remove it")
        return text

    def number(self, node: ScalarNode) -> str:
        """A number's text, short enough to be one."""
        text = str(node.value)
        if len(text) > MAX_NUMBER:
            self.refuse(
                node.start_mark,
                f"{shown(text)}: a number of {len(text):,} characters, but at most {MAX_NUMBER}: shorten it",
            )
        return text

    def integer(self, node: ScalarNode) -> int:
        """Decimal, 0o or 0x; a leading zero changes nothing (010 is ten)."""
        text = self.number(node)
        return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))

    def floating(self, node: ScalarNode) -> float:
        """With point, exponent, or .inf and .nan, which Python writes without the point."""
        text = self.number(node)
        return float(text.replace(".", "") if text[-1] in "fFnN" else text)

    def unclear(self, node: ScalarNode) -> NoReturn:
        """What DVC reads in another way."""
        self.refuse(
            node.start_mark,
            f"{shown(node.value)} is read in different ways: put a text or a date in quotes, "
            "write a number in digits without _ (1000, 0.5e3)",
        )

    def sequence(self, node: SequenceNode) -> list[Any]:
        """A list."""
        return [self.construct_object(item, deep=True) for item in node.value]

    def mapping(self, node: MappingNode) -> dict[str, Any]:
        """A mapping whose keys are texts, each once."""
        content: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                self.refuse(key_node.start_mark, f"the key {shown(key)} is no text: put it in quotes")
            if key in content:
                self.refuse(key_node.start_mark, f"the key {shown(key)} stands there twice: remove one")
            if node.flow_style and value_node.tag == _NULL and value_node.value == "":  # {a:1}, {a :}
                self.refuse(key_node.start_mark, f"{shown(key)} has no value: put a space after the colon")
            content[key] = self.construct_object(value_node, deep=True)
        return content


def _index(event: Event) -> int:
    assert event.start_mark is not None
    return event.start_mark.index


_CoreLoader.add_constructor(_CoreLoader.DEFAULT_SCALAR_TAG, _CoreLoader.text)
_CoreLoader.add_constructor(_INT, _CoreLoader.integer)
_CoreLoader.add_constructor(_FLOAT, _CoreLoader.floating)
_CoreLoader.add_constructor(_BOOL, lambda _loader, node: node.value[0] in "tT")
_CoreLoader.add_constructor(_NULL, lambda _loader, _node: None)
_CoreLoader.add_constructor(_UNCLEAR, _CoreLoader.unclear)
_CoreLoader.add_constructor(_CoreLoader.DEFAULT_SEQUENCE_TAG, _CoreLoader.sequence)
_CoreLoader.add_constructor(_CoreLoader.DEFAULT_MAPPING_TAG, _CoreLoader.mapping)
