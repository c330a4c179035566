"""The commands of a document, for tests that type them."""

import re

from tests.conftest import ROOT


def blocks(document: str) -> list[tuple[str, str]]:
    """All code blocks, each with the heading that it stands under."""
    text = (ROOT / document).read_text(encoding="utf-8")
    sections = re.split(r"^## (.*)\n", text, flags=re.MULTILINE)
    headed = zip(["", *sections[1::2]], sections[::2], strict=True)
    return [
        (heading, block)
        for heading, section in headed
        for block in re.findall(r"^```\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)
    ]


def command_blocks(document: str, heading: str) -> list[str]:
    """The code blocks under a heading, without their comments: shell scripts."""
    found = [without_comments(block) for place, block in blocks(document) if place == heading]
    assert found, f"{document} has no heading {heading!r} with code blocks"
    return found


def without_comments(block: str) -> str:
    """A shell script without the comments at the ends of its lines."""
    return re.sub(r"\s+# .*", "", block)
