"""The rule of tests/skips.py, on tests of its own in a pytest of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.skips import VARIABLE

SKIPPING = """
import pytest

@pytest.fixture
def wiki():
    pytest.skip("no PHP or no MediaWiki here; install both")

@pytest.mark.skipif(True, reason="needs a GPU")
def test_marked(): pass

def test_fixture(wiki): pass

@pytest.mark.xfail(reason="a known fault")
def test_known(): assert False
"""


def outcome(folder: Path, expected: str | None, text: str = SKIPPING) -> tuple[int, str]:
    """Status and last line of pytest on such a file."""
    (folder / "test_skipping.py").write_text(text, encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if name != VARIABLE}
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.skips", "-c", os.devnull, str(folder)],
        cwd=ROOT,
        env=kept if expected is None else kept | {VARIABLE: expected},
        capture_output=True,
        text=True,
        check=False,
    )
    return result.returncode, result.stdout


@pytest.mark.parametrize(
    ("expected", "counts"),
    [
        (None, "2 skipped, 1 xfailed"),
        ("needs a GPU\nno PHP or no MediaWiki\n", "2 skipped, 1 xfailed"),
        ("needs a GPU\n", "1 skipped, 1 xfailed, 1 error"),
        ("", "1 xfailed, 2 errors"),
    ],
)
def test_a_skip_for_another_reason_than_the_expected_ones_fails(
    tmp_path: Path, expected: str | None, counts: str
) -> None:
    status, printed = outcome(tmp_path, expected)
    assert counts in printed.splitlines()[-1]
    assert status == (1 if "error" in counts else 0)
    if expected == "needs a GPU\n":
        assert "no PHP or no MediaWiki here; install both" in printed
        assert f"That is not expected here ({VARIABLE})." in printed


def test_a_module_that_skips_itself_is_judged_too(tmp_path: Path) -> None:
    text = 'import pytest\n\npytest.skip("no network", allow_module_level=True)\n'
    assert outcome(tmp_path, "no network", text)[0] == 5  # nothing was run
    status, printed = outcome(tmp_path, "", text)
    assert status == 2
    assert "no network" in printed
