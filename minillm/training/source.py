"""A digest of what a module of Python says, whatever its comments, docstrings and formatting.

It is a hash of the syntax tree without positions and without strings that stand alone. Python's own
`ast.dump` would be another one in another version: 3.12 gave nodes new fields, 3.13 leaves out empty ones.
Here fields that are empty are left out, so that the same source has the same digest in every version.
"""

import ast
import hashlib
from functools import cache
from pathlib import Path

from minillm.errors import InputError


def source_digest(path: Path) -> str:
    """64 hexadecimal digits. Raises InputError for a file that is missing or no Python."""
    try:
        return _digest(path.read_bytes())
    except FileNotFoundError:
        raise InputError(f"{path} is missing; bring it back, then run `dvc repro`") from None
    except (SyntaxError, ValueError) as error:
        raise InputError(f"{path} is no Python ({error}); mend it, then run `dvc repro`") from None


@cache  # a training asks twice, and at its end the files are the same as a rule
def _digest(source: bytes) -> str:
    return hashlib.sha256(_said(ast.parse(source)).encode()).hexdigest()


def _said(value: object) -> str:
    """A node, a list of nodes or a constant as text."""
    if isinstance(value, list):
        return f"[{', '.join(_said(item) for item in value if not _is_lone_string(item))}]"
    if not isinstance(value, ast.AST):
        return repr(value)
    fields = ((name, _said(field)) for name, field in ast.iter_fields(value) if field not in (None, []))
    return f"{type(value).__name__}({', '.join(f'{name}={text}' for name, text in fields)})"


def _is_lone_string(node: object) -> bool:
    """A docstring, or one that explains the name above it."""
    if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
        return False
    return isinstance(node.value.value, str)
