"""Stages and tools where standard output is not UTF-8 (a terminal's code page, a locale of C), or closed."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import LOCALE_OF_C, REPRODUCED, ROOT, Project, environment
from tests.wikipedia.dumps import dump, page
from tests.wikipedia.stage import prepare

NO_UTF_8 = {
    "cp1252": {"PYTHONIOENCODING": "cp1252"},
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "C": LOCALE_OF_C,
}
PROSE = "El faro número {n} de la isla se ve desde el mar, y la luz del año {n} es la de los barcos de {n}. "


def run(folder: Path, module: str, encoding: str, *arguments: str) -> str:
    """What a module prints that has to succeed."""
    result = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=folder,
        env=environment() | {"PYTHONPATH": str(ROOT)} | NO_UTF_8[encoding],
        capture_output=True,
        check=False,
    )
    assert result.returncode == 0, (result.stdout + result.stderr).decode(errors="replace")
    return result.stdout.decode("cp1252")


@pytest.mark.parametrize("encoding", NO_UTF_8)
def test_stages_and_a_command_print_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    pages = (page(n, PROSE.format(n=n * n) * 9, title=f"Faro → {n}") for n in range(1, 41))
    (tmp_path / "dump.xml").write_bytes(dump(*pages))
    prepare(tmp_path, dump="dump.xml", articles=0)
    params = (tmp_path / "params.yaml").read_text(encoding="utf-8")
    params = params.replace("_similarity: 0.8", "_similarity: 1")
    (tmp_path / "params.yaml").write_text(params, encoding="utf-8")
    for stage in ("extract", "clean"):
        assert r" \u2192 data" in run(tmp_path, f"stages.{stage}", encoding)
    assert r"\u2501\u2501 Faro \u2192 " in run(
        tmp_path, "minillm", encoding, "inspect", "--kept", "1", "--seed", "3"
    )


def test_a_stage_whose_output_is_closed_does_its_work(tmp_path: Path) -> None:
    (tmp_path / "dump.xml").write_bytes(dump(*(page(n, PROSE.format(n=n) * 9) for n in range(1, 6))))
    prepare(tmp_path, dump="dump.xml", articles=0)
    command = ["sh", "-c", 'exec "$0" -m stages.extract >&- 2>&-', sys.executable]
    subprocess.run(command, cwd=tmp_path, env=environment() | {"PYTHONPATH": str(ROOT)}, check=True)
    assert (tmp_path / "data/raw/articles.parquet").exists()


@pytest.mark.system
@pytest.mark.slow
def test_the_pipeline_prints_in_a_locale_of_c(elsewhere: Project) -> None:
    printed = (elsewhere.root / REPRODUCED).read_text(encoding="utf-8")
    for folder in ("raw", "clean", "vocab", "splits"):
        assert rf" \u2192 data/{folder}" in printed
    assert "\nepoch  2/2 " in printed
    assert "\nevaluate: tables \\u2026 " in printed


@pytest.mark.system
@pytest.mark.slow
def test_tools_print_in_a_locale_of_c(project: Project) -> None:
    for module in ("tools.summary", "tools.plots"):
        assert run(project.root, module, "C")
    assert "report" in run(project.root, "tools.report", "C", "--reference", "HEAD")
    assert "report" in run(project.root, "tools.ci_report", "C", "--base", "HEAD")
