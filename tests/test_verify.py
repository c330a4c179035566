"""`make verify` finds each thing that it is there to find."""

import json
from pathlib import Path

import pytest

from tests.conftest import Project
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
        ("metrics/evaluate.json:bleu.bleu_1", 19.0, 17.0, True),
        ("metrics/evaluate.json:causal", True, False, False),
        ("metrics/evaluate.json:baseline.ngram.test.loss", 4.25, 4.26, False),
        ("metrics/performance.json:milliseconds.token.mean", 2.0, 9.0, True),
        ("metrics/performance.json:milliseconds.token.mean", 2.0, float("inf"), False),
        ("metrics/performance.json:milliseconds.token.std", 0.0, 0.1, True),
        ("metrics/performance.json:device", "cpu", "cuda", True),
        ("metrics/train.json:parameters", 100, 101, False),
        ("metrics/unknown.json:x", 1.0, 1.0001, False),
    ],
)
def test_a_value_is_held_against_its_tolerance(
    name: str, expected: object, found: object, fine: bool
) -> None:
    assert (differing_value(name, expected, found) == "") == fine


def test_a_missing_file_a_missing_key_and_bad_json_are_named(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    assert differing_metrics("m.json", {"a": 1}, path) == ["m.json: missing"]
    path.write_text("{", encoding="utf-8")
    assert differing_metrics("m.json", {"a": 1}, path)[0].startswith("m.json: not JSON")
    path.write_text(json.dumps({"b": {"c": 2}}), encoding="utf-8")
    assert differing_metrics("m.json", {"a": 1}, path) == [
        "m.json: a: missing",
        "m.json: b.c: not in the committed metrics",
    ]


@pytest.mark.system
@pytest.mark.slow
def test_a_finished_project_passes_and_each_change_is_found(project: Project) -> None:
    assert stale_stages(project.root) == []
    assert differences_from_commit(project.root, project.root) == []
    assert len(outs(project.root)) > 15
    metrics = project.root / "metrics" / "evaluate.json"
    content = json.loads(metrics.read_text(encoding="utf-8"))
    content["test"]["loss"] *= 1.1
    metrics.write_text(json.dumps(content), encoding="utf-8")
    (project.root / "metrics" / "clean.json").unlink()
    found = differences_from_commit(project.root, project.root)
    assert [line.split(" ")[0] for line in found] == ["metrics/clean.json:", "metrics/evaluate.json:"]
    with (project.root / "minillm/evaluation/bleu.py").open("a", encoding="utf-8") as file:
        file.write("# a comment\n")
    assert [line.split(":")[0] for line in stale_stages(project.root)] == ["evaluate"]
