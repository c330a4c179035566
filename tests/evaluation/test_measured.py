"""A new measurement is its module, a line in evaluate.py and its outputs in dvc.yaml: the rest follows."""

import json
from pathlib import Path

import pytest
from dvc.repo.metrics.show import _extract_metrics

from minillm.evaluation.comparison import Interval
from minillm.evaluation.measured import DETAILS, INTERVALS, Measured, Table, divided, flatten, put_together
from minillm.files import write_metrics, write_tsv
from tests.conftest import ROOT
from tests.evaluation.test_evaluate import PIPELINE, TABLES

TABLE = Table(("a", "b"), [(1, None)])
PART = Measured(
    {"novelty": {"share": 0.5}, "unknown": None},
    {"tables/novelty": TABLE},
    {"novelty.share": Interval(0.5, 0.25, 0.75), "of_one_article": Interval(0.5, None, None)},
)


def test_what_a_measurement_gives_is_in_the_metrics_the_tables_and_the_intervals(tmp_path: Path) -> None:
    metrics, tables = put_together([Measured({"other": True}), PART])
    assert metrics == {"other": True, "novelty": {"share": 0.5}, "unknown": "not measured"}
    assert tables["tables/novelty"] == TABLE
    assert tables[INTERVALS].rows == [("novelty.share", 0.5, 0.25, 0.75)]
    write_metrics(tmp_path / "evaluate.json", metrics)
    for table in tables.values():
        write_tsv(tmp_path / "table.tsv", table.columns, table.rows)


def test_figures_that_nobody_compares_are_left_out_by_dvc_and_read_by_all_others(tmp_path: Path) -> None:
    metrics = {"test": {"loss": 4.5, "limit": 0.5}, "alarms": {"leak": False}, "signature": "x"}
    compared, details = divided(metrics, {"test.loss", "alarms", "of_another_measurement"})
    write_metrics(tmp_path / "evaluate.json", compared, {DETAILS: [details]})
    content = json.loads((tmp_path / "evaluate.json").read_text(encoding="utf-8"))
    assert _extract_metrics(content, "evaluate.json") == {"test": {"loss": 4.5}, "alarms": {"leak": False}}
    assert flatten(content) == flatten(metrics)
    assert flatten(metrics) == {
        "test.loss": 4.5, "test.limit": 0.5, "alarms.leak": False, "signature": "x",
    }  # fmt: skip


@pytest.mark.parametrize("part", [Measured({"novelty": 1}), Measured(tables={"tables/novelty": TABLE})])
def test_no_measurement_takes_the_name_of_another(part: Measured) -> None:
    with pytest.raises(AssertionError, match="novelty"):
        put_together([PART, part])


def test_only_the_evaluation_and_its_own_module_know_a_measurement() -> None:
    makers = [path for path in (ROOT / "minillm/evaluation").glob("*.py") if "Measured(" in path.read_text()]
    assert len(makers) > 10
    importers = {
        maker.stem: {
            path.stem
            for path in (ROOT / "minillm/evaluation").glob("*.py")
            if f"minillm.evaluation.{maker.stem} import" in path.read_text(encoding="utf-8")
        }
        for maker in makers
    }
    for name in (
        "bias",
        "calibration",
        "causality",
        "contamination",
        "generated",
        "grammar",
        "articles",
        "samples",
    ):
        assert importers[name] == {"evaluate"}, name


def test_each_plot_of_a_measurement_is_drawn() -> None:
    """Tables need no block: the report shows those that it has no section for (tests/report/test_page.py)."""
    drawn = {
        source.removeprefix("metrics/").removesuffix(".tsv")
        for plot in PIPELINE["plots"]
        for settings in plot.values()
        if isinstance(settings["y"], dict)
        for source in settings["y"]
    }
    assert {"plots/grammar", "tables/alarms"} <= TABLES
    assert {name for name in TABLES if name.startswith("plots/")} <= drawn
