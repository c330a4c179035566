"""`make verify` finds each thing that it is there to find."""

import json
from pathlib import Path

import pytest

from minillm.evaluation.alarms import ONE_TOKEN_RATIO, raise_alarms
from tests.conftest import ROOT, Project
from tools.verify import (
    differences_from_commit,
    differing_metrics,
    differing_outs,
    differing_value,
    outs,
    stale_stages,
)


def test_equal_and_different_outputs() -> None:
    assert differing_outs({"a x": "1"}, {"a x": "1"}) == []
    assert differing_outs({"a x": "1", "a y": "2"}, {"a x": "3"}) == ["a x: 1 and 3", "a y: 2 and missing"]


@pytest.mark.parametrize(
    ("name", "expected", "found", "fine"),
    [
        ("metrics/clean.json:kept", 559, 559, True),
        ("metrics/clean.json:kept", 559, 560, False),
        ("metrics/evaluate.json:test.perplexity", 70.0, 70.3, True),
        ("metrics/evaluate.json:test.perplexity", 70.0, 70.4, False),
        ("metrics/evaluate.json:test.perplexity", 70.0, float("nan"), False),
        ("metrics/evaluate.json:test.perplexity", 70.0, "70", False),
        ("metrics/evaluate.json:bleu.bleu_4", 19.0, 17.0, True),
        ("metrics/evaluate.json:causal", True, False, False),
        ("metrics/evaluate.json:baseline.ngram.perplexity", 70.25, 70.35, False),
        ("metrics/evaluate.json:alarms.one_token", True, False, True),
        ("metrics/evaluate.json:baseline.verdict", "better", "worse", True),
        ("metrics/evaluate.json:bleu.signature", "a", "b", False),
        ("metrics/train.json:parameters", 100, 101, False),
        ("metrics/unknown.json:x", 1.0, 1.0001, False),
    ],
)
def test_a_value_is_held_against_its_tolerance(
    name: str, expected: object, found: object, fine: bool
) -> None:
    assert (differing_value(name, expected, found, exact=False) == "") == fine
    assert (differing_value(name, expected, found, exact=True) == "") == (expected == found)


def test_alarms_are_judged_by_the_figures_found(tmp_path: Path) -> None:
    committed = json.loads((ROOT / "metrics/evaluate.json").read_text(encoding="utf-8"))
    bias = committed["details"][0]["bias"]
    limit = bias["top_token_true"] * ONE_TOKEN_RATIO
    for share in (limit * 1.001, limit * 0.999):  # on both sides of the threshold, and within tolerance
        bias["top_token_predicted"] = share
        committed["alarms"] = {alarm.name: alarm.raised for alarm in raise_alarms(committed)}
        path = tmp_path / f"{committed['alarms']['one_token']}.json"
        path.write_text(json.dumps(committed), encoding="utf-8")
    assert {path.name for path in tmp_path.iterdir()} == {"True.json", "False.json"}
    name = "metrics/evaluate.json"
    assert differing_metrics(name, committed, tmp_path / "True.json", exact=False) == []
    assert len(differing_metrics(name, committed, tmp_path / "True.json", exact=True)) == 2
    committed["alarms"]["one_token"] = True  # which is not what its figures say
    path.write_text(json.dumps(committed), encoding="utf-8")
    [problem] = differing_metrics(name, committed, path, exact=False)
    assert "its alarms are not those of its figures" in problem


def test_a_missing_file_a_missing_key_and_bad_json_are_named(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    assert differing_metrics("m.json", {"a": 1}, path, exact=True) == ["m.json: missing"]
    path.write_text("{", encoding="utf-8")
    assert differing_metrics("m.json", {"a": 1}, path, exact=True)[0].startswith("m.json: not JSON")
    path.write_text(json.dumps({"b": {"c": 2}}), encoding="utf-8")
    assert differing_metrics("m.json", {"a": 1}, path, exact=True) == [
        "m.json: a: missing",
        "m.json: b.c: not in the committed metrics",
    ]


@pytest.mark.system
@pytest.mark.slow
def test_a_finished_project_passes_and_each_change_is_found(project: Project) -> None:
    assert stale_stages(project.root) == []
    assert differences_from_commit(project.root, project.root, exact=True) == []
    assert len(outs(project.root)) > 15
    metrics = project.root / "metrics" / "evaluate.json"
    content = json.loads(metrics.read_text(encoding="utf-8"))
    content["test"]["loss"] *= 1.000001
    metrics.write_text(json.dumps(content), encoding="utf-8")
    (project.root / "metrics" / "clean.json").unlink()
    found = differences_from_commit(project.root, project.root, exact=True)
    assert [line.split(" ")[0] for line in found] == ["metrics/clean.json:", "metrics/evaluate.json:"]
    with (project.root / "minillm/evaluation/bleu.py").open("a", encoding="utf-8") as file:
        file.write("# a comment\n")
    assert [line.split(":")[0] for line in stale_stages(project.root)] == ["evaluate"]
