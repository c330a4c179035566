from typing import Any

from minillm.evaluation.summary import summarize


def metrics(ngram_margin: float = 0.2, unigram_margin: float = 0.9, *, causal: bool = True) -> dict[str, Any]:
    split = {"loss": 4.5, "perplexity": 90.0, "accuracy": 0.25, "accuracy_known": 0.125, "bits_per_byte": 2.0}

    def baseline(margin: float) -> dict[str, Any]:
        held_out = {"loss": 5.0, "perplexity": 148.4, "bits_per_byte": 2.25}
        interval = {"mean": margin, "low": margin - 0.01, "high": margin + 0.01}
        return {"validation": held_out, "test": held_out, "margin": interval}

    return {
        "train": split,
        "validation": split,
        "test": split,
        "overfitting": {"ratio": 1.25, "gap": 0.9},
        "bleu": {"bleu_4": 1.5, "chance_4": 0.75, "prompts": 77},
        "bias": {"total_variation": 0.5},
        "baseline": {"ngram": baseline(ngram_margin), "unigram": baseline(unigram_margin)},
        "causal": causal,
        "causal_difference": 0.5,
    }


def test_the_table_has_a_column_per_split_and_no_baseline_on_train() -> None:
    lines = summarize(metrics()).splitlines()
    assert lines[0].split() == ["train", "validation", "test"]
    rows = {line[:26].strip(): line[26:].split() for line in lines[1:9]}
    assert rows["perplexity"] == ["90", "90", "90"]
    assert rows["n-gram perplexity"] == ["–", "148.4", "148.4"]
    assert len({len(line) for line in lines[:9]}) == 1


def test_a_good_model_gets_no_warning() -> None:
    text = summarize(metrics())
    assert "WARNING" not in text
    assert "better than the n-gram baseline on the test split by 0.200 nats per token" in text
    assert "validation loss is 1.250 × the train loss" in text
    assert "BLEU-4 1.50 over 77 continued test articles" in text


def test_a_model_that_counting_beats_is_named_as_such() -> None:
    text = summarize(metrics(ngram_margin=-0.1))
    assert "WARNING: does not beat the n-gram baseline: worse by 0.100 nats per token" in text
    assert "(95 % interval of the difference: -0.110 to -0.090)" in text
    assert text.count("WARNING") == 1
    assert summarize(metrics(-0.1, -0.2)).count("WARNING") == 2


def test_a_model_that_sees_the_future_is_named_as_such() -> None:
    text = summarize(metrics(causal=False))
    assert "WARNING: not causal: changing later tokens moves a logit by 0.5" in text
