"""The arguments of a template: "1", "2", … and names, each with its text."""

from collections.abc import Mapping

import regex

from minillm.unicode import lower

Arguments = Mapping[str, str]

BEFORE = "^"
"""Under this key stands the end of the text before the template: «3{{frac|1|2}}» is no 31/2."""

_NAME = regex.compile(r"[\w -]{1,30}")


def read_arguments(values: list[str], before: str = "") -> dict[str, str]:
    """["930", "u = km"] → {"1": "930", "u": "km"}, and `before`."""
    arguments = {BEFORE: before}
    position = 0
    for value in values:
        name, equals, rest = value.partition("=")
        if equals and _NAME.fullmatch(name.strip()):
            arguments[lower(name.strip())] = rest.strip()
        else:
            position += 1
            arguments[str(position)] = value.strip()
    return arguments


def positional(arguments: Arguments) -> list[str]:
    """Arguments 1, 2, … up to the first that is not given, without empty ones at the end."""
    values: list[str] = []
    while (value := arguments.get(str(len(values) + 1))) is not None:
        values.append(value)
    while values and not values[-1]:
        values.pop()
    return values


def first_given(arguments: Arguments, *names: str) -> str:
    """The first of these arguments that is not empty, or ""."""
    return next(filter(None, map(arguments.get, names)), "")
