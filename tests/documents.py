"""The commands of a document, for tests that type them."""

import re

from tests.conftest import ROOT


def command_blocks(document: str, heading: str) -> list[str]:
    """The code blocks under a heading, without their comments: shell scripts."""
    text = (ROOT / document).read_text(encoding="utf-8")
    (section,) = re.findall(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    blocks: list[str] = re.findall(r"^```\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)
    return [re.sub(r"\s+# .*", "", block) for block in blocks]
