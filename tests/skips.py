"""A skip that nobody expects is a failure, where CI says which ones are expected.

MINILLM_EXPECTED_SKIPS holds the reasons, or parts of them, one a line. Where it is set, even to nothing, a
test skipped for another reason fails: a package that CI forgot to install is no green run.
"""

import os
from collections.abc import Generator
from typing import TypeVar

import pytest

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)
VARIABLE = "MINILLM_EXPECTED_SKIPS"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return _judged((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return _judged((yield))  # a module that skips itself


def _judged(report: Report) -> Report:
    expected = os.environ.get(VARIABLE)
    if expected is None or not report.skipped or hasattr(report, "wasxfail"):
        return report
    reason = report.longrepr[-1] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if not any(part.strip() in reason for part in expected.splitlines() if part.strip()):
        report.outcome = "failed"
        report.longrepr = f"{reason}\nThat is not expected here ({VARIABLE})."
    return report
