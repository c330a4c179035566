from pathlib import Path
from typing import Any

import pytest

from minillm.evaluation.alarms import raise_alarms
from minillm.evaluation.comparison import Interval, verdict
from minillm.evaluation.summary import alarm_line, summarize
from tools.summary import METRICS, main


def metrics(lead: float = 0.2, *, causal: bool = True) -> dict[str, Any]:
    """Those of a model with so many bits per byte fewer than the byte n-gram."""
    split = {
        "loss": 4.5,
        "perplexity": 90.0,
        "accuracy": 0.25,
        "accuracy_known": 0.125,
        "accuracy_limit": 0.55,
        "bits_per_byte": 2.0,
        "spelling_bits_per_byte": 0.75,
    }

    return {
        "train": split,
        "validation": split,
        "test": split,
        "overfitting": {"ratio": 1.25},
        "bleu": {"bleu_4": 1.5, "chance_4": 0.75, "prompts": 77},
        "bias": {
            "total_variation": 0.5,
            "top_token": ",",
            "top_token_predicted": 0.1,
            "top_token_true": 0.06,
        },
        "generated": {
            "rep_4": {"greedy": 0.2, "sampled": 0.01, "human": 0.01},
            "copied_share": {"greedy": 0.03, "sampled": 0.01, "human": 0.02},
        },
        "grammar": {"minigpt": 0.725, "ngram": 0.625, "unigram": 0.5, "pairs": 990, "skipped": 10},
        "near_test_articles": 0.0,
        "baseline": {
            "unigram": {"perplexity": 200.0, "bits_per_byte": 2.9},
            "ngram": {"perplexity": 148.4, "bits_per_byte": 2.4},
            "byte_ngram": {"bits_per_byte": 2 + lead},
            "ppmd": {"bits_per_byte": 2.3},
            "strongest": "byte_ngram",
            "lead": {"mean": lead, "low": lead - 0.01, "high": lead + 0.01},
            "verdict": verdict(Interval(lead, lead - 0.01, lead + 0.01)),
        },
        "causal": causal,
        "causal_difference": 0.5,
    }


def test_the_table_has_a_column_per_split_and_baselines_on_test() -> None:
    lines = summarize(metrics()).splitlines()
    assert lines[0].split() == ["train", "validation", "test"]
    rows = {line[:26].strip(): line[26:].split() for line in lines[1:13]}
    assert rows["perplexity"] == ["90", "90", "90"]
    assert rows["… of the token n-gram"] == ["–", "–", "148.4"]
    assert rows["… of them for spelling"] == ["0.75", "0.75", "0.75"]
    assert rows["… as a share"] == ["0.375", "0.375", "0.375"]
    assert rows["… by the byte n-gram"] == ["–", "–", "2.2"]
    assert rows["… by PPMd"] == ["–", "–", "2.3"]
    assert len({len(line) for line in lines[:13]}) == 1


def test_where_a_part_was_scored_a_row_says_so() -> None:
    assert "scored" not in summarize(metrics())
    found = metrics()
    for split, share in (("train", 0.125), ("test", 0.5)):
        found[split] = {**found[split], "scored_share": share}  # type: ignore[dict-item]
    assert "share that was scored            0.125           –         0.5" in summarize(found).splitlines()


def test_a_good_model_gets_no_warning() -> None:
    text = summarize(metrics())
    assert "WARNING" not in text
    assert "not measured" not in text
    assert (
        "better than the strongest baseline, the byte n-gram, which needs 0.200 bits per byte "
        "more on the test text (95% interval of the difference: 0.190 to 0.210)"
    ) in text
    assert "validation loss is 1.250 × the train loss" in text
    assert "likelier in 72.5% of 990 minimal pairs (50% by chance, n-gram 62.5%)" in text
    assert "BLEU-4 1.50 over 77 continued test articles" in text


def test_a_model_that_counting_beats_is_named_as_such() -> None:
    text = summarize(metrics(lead=-0.1))
    assert (
        "WARNING: worse than the strongest baseline, the byte n-gram, which needs 0.100 bits "
        "per byte fewer on the test text (95% interval of the difference: 0.090 to 0.110): counting or comp"
    ) in text
    assert text.count("WARNING") == 1


@pytest.mark.parametrize(
    ("lead", "said"),
    [
        (
            Interval(0.004, -0.01, 0.018),
            "which needs 0.004 bits per byte more on the test text "
            "(95% interval of the difference: -0.010 to 0.018)",
        ),
        (
            Interval(-0.004, -0.018, 0.01),
            "which needs 0.004 bits per byte fewer on the test text "
            "(95% interval of the difference: -0.010 to 0.018)",
        ),
        (
            Interval(0.5, None, None),
            "which needs 0.500 bits per byte more on the test text "
            "(fewer than 6 test articles have no interval)",
        ),
    ],
)
def test_a_difference_that_may_be_chance_is_told_as_none(lead: Interval, said: str) -> None:
    figures = metrics()
    figures["baseline"] |= {"lead": lead.metrics(), "verdict": verdict(lead)}
    line = f"no clear difference to the strongest baseline, the byte n-gram, {said}"
    assert line in summarize(figures).splitlines()
    assert f"WARNING: {line}: counting or compressing" in summarize(figures)


def test_what_could_not_be_measured_is_said_to_be_so() -> None:
    figures = metrics()
    figures["bleu"] = {"bleu_4": 1.5, "chance_4": "not measured", "prompts": 1}
    figures["grammar"] = {"pairs": 0, "skipped": 1000}
    figures["generated"]["rep_4"]["greedy"] = "not measured"
    text = summarize(figures)
    assert "BLEU-4 1.50 over 1 continued test article (no chance to compare with: a single article)" in text
    assert "grammar not measured: each of 1000 minimal pairs has an unknown word" in text
    assert "repetition: not measured: what the model writes has no 4 tokens together" in text
    assert "WARNING" not in text
    figures["grammar"] = {"minigpt": 1.0, "ngram": 0.0, "pairs": 1, "skipped": 999}
    assert "likelier in 100.0% of 1 minimal pair (50%" in summarize(figures)
    figures["minimal_pairs"] = {"minigpt": 0.745, "ngram": 0.712, "unigram": 0.64, "pairs": 8, "skipped": 2}
    said = "likelier in 74.5% of 8 minimal pairs (n-gram 71.2%, unigram 64.0%; 2 left out)"
    assert f"pairs of a file: the right sentence is {said}" in summarize(figures).splitlines()
    figures["bleu"] = {"bleu_4": "not measured", "chance_4": "not measured", "prompts": 7}
    said = "BLEU-4 not measured: no continuation of a test article has four known words together"
    assert said in summarize(figures).splitlines()


def test_each_alarm_is_a_warning_with_its_finding() -> None:
    text = summarize(metrics(-0.1, causal=False))
    assert "WARNING: not causal: changing later tokens moves a logit by 0.5" in text
    assert text.count("WARNING") == 2


def test_one_line_says_how_many_alarms_are_raised_and_which() -> None:
    def said(figures: dict[str, Any]) -> str:
        return alarm_line(raise_alarms(figures))

    assert said(metrics()) == "none of 9 alarms is raised"
    assert said(metrics(causal=False)) == "1 of 9 alarms is raised: leak"
    assert said(metrics(-0.1, causal=False)) == "2 of 9 alarms are raised: leak, baseline"
    unknown = metrics(causal=False)
    unknown["near_test_articles"] = "not measured"
    assert said(unknown) == "1 of 9 alarms is raised: leak; not measured: near_test_articles"


@pytest.mark.parametrize("content", ["", "<<<<<<< HEAD\n{}\n", "[]", '"text"', '{"test": {"loss": 4.5}}'])
def test_the_tool_says_in_a_line_that_a_file_holds_something_else(
    content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    METRICS.parent.mkdir()
    METRICS.write_text(content, encoding="utf-8")
    said = rf"^error: {METRICS} does not hold what evaluate writes .*; run `dvc repro`$"
    with pytest.raises(SystemExit, match=said):
        main()
    assert capsys.readouterr().out == ""
