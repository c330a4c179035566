"""docs/tutorial.ipynb: its cells run as a script; `make notebook` runs them in a kernel."""

import json

import pytest

from tests.conftest import ROOT, Project

NOTEBOOK = json.loads((ROOT / "docs/tutorial.ipynb").read_text(encoding="utf-8"))


def code() -> list[str]:
    return ["".join(cell["source"]) for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]


def test_it_is_kept_without_what_a_run_printed() -> None:
    assert NOTEBOOK["nbformat"] == 4
    assert len(code()) >= 5
    for cell in NOTEBOOK["cells"]:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@pytest.mark.system
@pytest.mark.slow
def test_its_cells_lead_from_the_parameters_to_a_plot(project: Project) -> None:
    (project.root / "cells.py").write_text("\n\n".join(code()), encoding="utf-8")
    said = project.run("python", "cells.py")
    assert said.returncode == 0, said.stdout[-3000:] + said.stderr[-3000:]
    for expected in (
        "dropout=0.1",
        "Running stage 'train'",
        "validation ",
        "characters of SVG",
        "perplexity",
    ):
        assert expected in said.stdout
    assert "Running stage 'vocab'" not in said.stdout
    assert "La capital de" in said.stdout
