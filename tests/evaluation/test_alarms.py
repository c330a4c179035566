"""Each alarm is raised for a model made to deserve it, and for no honest one."""

import math
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from minillm.evaluation.alarms import accuracy_limit, raise_alarms
from minillm.evaluation.evaluate import Sources, evaluate
from minillm.model.minigpt import CausalSelfAttention, MiniGPT
from minillm.report.page import ALARM_TITLES
from minillm.tokens.assignment import split_of
from minillm.tokens.batches import evaluation_batches
from minillm.tokens.shards import Shard, open_shard
from minillm.tokens.splitting import write_shards
from minillm.tokens.tokenizer import PAD, load_tokenizer
from tests.evaluation.models import random_model
from tests.evaluation.test_evaluate import RATIOS, ROOT, params, prepare, save_model
from tests.evaluation.test_summary import metrics as honest_metrics
from tests.tokens.corpus import WORDS, write_texts

pytestmark = pytest.mark.usefixtures("few_draws")

LONG = {"bleu_continuation_tokens": 24, "temperature": 1.0, "top_k": 0}


def corpus(folder: Path, train: Callable[[int], str], test: Callable[[int], str]) -> Sources:
    """What the stages before evaluate write, given the text of each training and each other article."""
    sources = prepare(folder)
    split = {number: split_of(str(number), 7, RATIOS) for number in range(1, 61)}
    texts = [train(number) if name == "train" else test(number) for number, name in split.items()]
    write_texts(sources.texts, texts)
    write_shards(sources.texts, load_tokenizer(sources.tokenizer), RATIOS, 7, sources.splits)
    return sources


def cycle(number: int) -> str:
    """WORDS in their order, from any beginning."""
    return " ".join(WORDS[(number + place) % len(WORDS)] for place in range(40))


def walk(number: int) -> str:
    """A random walk: the next word of the cycle with probability 0.4, otherwise any."""
    random = np.random.default_rng(number)
    place, words = number, []
    for _ in range(40):
        place = place + 1 if random.random() < 0.4 else int(random.integers(len(WORDS)))
        words.append(WORDS[place % len(WORDS)])
    return " ".join(words)


def trained(shard: Shard, steps: int) -> MiniGPT:
    """A small model fitted to the shard, each row an article's beginning."""
    model = random_model(vocab_size=18, context=16, dropout=0.0, std=0.1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    batch = next(evaluation_batches(shard, 16, 128))
    for _ in range(steps):
        loss = F.cross_entropy(model(batch.inputs).flatten(0, 1), batch.targets.flatten(), ignore_index=PAD)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model


def raised(sources: Sources, model: MiniGPT | None = None) -> set[str]:
    """Names of the alarms of an evaluation."""
    if model is not None:
        save_model(sources, model)
    evaluation = evaluate(params(**LONG), sources)
    return {alarm.name for alarm in evaluation.alarms if alarm.raised}


def test_an_honest_model_raises_none_but_what_is_true_here(tmp_path: Path) -> None:
    sources = corpus(tmp_path, walk, walk)
    # The next word depends on the last one alone: no model can be better than counting pairs, and the
    # likeliest text goes around the cycle of 16 words.
    found = raised(sources, trained(open_shard(sources.splits, "train"), 60))
    assert found <= {"baseline", "repetition"}


def test_a_model_without_a_causal_mask_raises_leak(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        return F.scaled_dot_product_attention(query, key, value)

    sources = corpus(tmp_path, walk, walk)
    assert "leak" not in raised(sources)
    monkeypatch.setattr(sys.modules[CausalSelfAttention.__module__], "attention", attention)
    assert "leak" in raised(sources)


def test_a_constant_predictor_raises_one_token_repetition_and_baseline(tmp_path: Path) -> None:
    model = random_model(vocab_size=18, context=16)
    for parameter in (model.head.weight, model.head.bias):
        torch.nn.init.zeros_(parameter)
    model.head.bias.data[9] = 5.0
    found = raised(corpus(tmp_path, walk, walk), model)
    assert {"one_token", "repetition", "baseline"} <= found
    assert not found & {"leak", "overfitting", "copying", "impossible_accuracy"}


def test_a_memorizer_raises_copying_and_overfitting(tmp_path: Path) -> None:
    sources = corpus(tmp_path, cycle, walk)
    found = raised(sources, trained(open_shard(sources.splits, "train"), 60))
    assert {"copying", "overfitting"} <= found
    assert "near_test_articles" not in found


def test_test_articles_out_of_training_raise_near_test_articles(tmp_path: Path) -> None:
    sources = corpus(tmp_path, cycle, cycle)
    found = raised(sources, trained(open_shard(sources.splits, "train"), 60))
    assert "near_test_articles" in found
    assert "copying" not in found  # what the articles really say stands in the training text as well


def test_accuracy_that_counts_padding_is_above_what_the_loss_allows() -> None:
    random = np.random.default_rng(0)
    lengths = [60, *[3] * 63]
    articles = [[2, *random.integers(4, 30, length).tolist(), 3] for length in lengths]
    shard = Shard(np.concatenate(articles), np.cumsum([0, *map(len, articles)]))
    batch = next(evaluation_batches(shard, 64, 64))
    padding = batch.targets == PAD
    loss = math.log(30)  # a model that knows nothing but where padding is
    padded, honest = float(padding.float().mean()), 1 / 30
    assert padded > 0.9
    for accuracy, expected in ((padded, True), (honest, False)):
        figures = honest_metrics()
        figures["test"] = figures["test"] | {
            "loss": loss,
            "accuracy": accuracy,
            "accuracy_limit": accuracy_limit(loss, 30, most_frequent_share=0.05),
        }
        alarms = {alarm.name: alarm.raised for alarm in raise_alarms(figures)}
        assert alarms["impossible_accuracy"] is expected


class TestAccuracyLimit:
    def test_is_reached_by_one_sure_guess_and_equal_rests(self) -> None:
        for error in (0.01, 0.3, 0.9):
            distribution = [1 - error, *[error / 99] * 99]
            entropy = -sum(p * math.log(p) for p in distribution)
            assert accuracy_limit(entropy, 100, 0.0) == pytest.approx(1 - error)

    def test_no_distribution_is_above_it(self) -> None:
        random = np.random.default_rng(0)
        for concentration in (0.01, 0.1, 1.0, 10.0):
            for distribution in random.dirichlet(np.full(50, concentration), 50):
                entropy = -float(np.sum(distribution * np.log(distribution + 1e-300)))
                assert distribution.max() <= accuracy_limit(entropy, 50, 0.0) + 1e-9

    def test_at_its_ends(self) -> None:
        assert accuracy_limit(0.0, 50, 0.0) == pytest.approx(1)
        assert accuracy_limit(math.log(50), 50, 0.0) == pytest.approx(1 / 50, abs=1e-6)
        assert accuracy_limit(100.0, 50, 0.0) == pytest.approx(1 / 50)
        assert accuracy_limit(100.0, 50, 0.2) == 0.2  # always guessing the most frequent token


ONE_BAD_FIGURE = [
    ("causal", False, "leak", "moves a logit by 0.5"),
    ("overfitting.ratio", 1.4, "overfitting", "1.40 × the train loss"),
    ("near_test_articles", 0.02, "near_test_articles", "2.0% of the test articles"),
    ("bias.top_token_predicted", 0.4, "one_token", "most, «,», makes up 40.0% of the predictions"),
    ("generated.rep_4.greedy", 0.5, "repetition", "50.0% (greedy)"),
    ("generated.rep_4.sampled", 0.2, "repetition", "20.0% (sampled)"),
    ("generated.copied_share.greedy", 0.2, "copying", "20.0% (greedy)"),
    ("generated.copied_share.sampled", 0.2, "copying", "20.0% (sampled)"),
    ("baseline.verdict", "worse", "baseline", "counting or compressing the training text does as well"),
    ("baseline.verdict", "no clear difference", "baseline", "no clear difference to the strongest"),
    ("train.accuracy", 0.7, "impossible_accuracy", "accuracy on train is 70.0%"),
    ("test.bits_per_byte", 0.5, "too_good", "test bits per byte are 0.50"),
]


@pytest.mark.parametrize(("figure", "value", "name", "told"), ONE_BAD_FIGURE)
def test_one_bad_figure_raises_its_alarm_alone_and_is_in_the_sentence(
    figure: str, value: object, name: str, told: str
) -> None:
    found = [alarm for alarm in raise_alarms(changed({figure: value})) if alarm.raised]
    assert [alarm.name for alarm in found] == [name]
    assert told in found[0].finding


def test_every_alarm_has_a_figure_that_raises_it_and_lets_an_honest_model_pass() -> None:
    honest = raise_alarms(honest_metrics())
    assert {alarm.name: alarm.raised for alarm in honest} == {name: False for _, _, name, _ in ONE_BAD_FIGURE}


def test_every_alarm_is_explained_and_has_a_title() -> None:
    names = [alarm.name for alarm in raise_alarms(honest_metrics())]
    assert list(ALARM_TITLES) == names
    explained = (ROOT / "docs/evaluation.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `([a-z_]+)` \| .+ \| .+ \|$", explained, re.MULTILINE) == names


def changed(figures: Mapping[str, object]) -> dict[str, Any]:
    """The figures of an honest model with some in place of its own, by their dotted names."""
    metrics = honest_metrics()
    for name, value in figures.items():
        *path, last = name.split(".")
        place = metrics
        for key in path:
            place[key] = dict(place[key])  # the splits share one
            place = place[key]
        place[last] = value
    return metrics


@pytest.mark.parametrize(
    ("name", "figure", "threshold", "others"),
    [
        ("overfitting", "overfitting.ratio", 1.3, {}),
        ("impossible_accuracy", "test.accuracy", 0.05, {"test.accuracy_limit": 0.0}),
        ("one_token", "bias.top_token_predicted", 0.3, {"bias.top_token_true": 0.0}),
        ("one_token", "bias.top_token_predicted", 0.5, {"bias.top_token_true": 0.25}),
        ("repetition", "generated.rep_4.sampled", 0.1, {"generated.rep_4.human": 0.0}),
        ("repetition", "generated.rep_4.sampled", 0.35, {"generated.rep_4.human": 0.25}),
        ("repetition", "generated.rep_4.greedy", 0.4, {"generated.rep_4.human": 0.0}),
        ("copying", "generated.copied_share.greedy", 0.1, {"generated.copied_share.human": 0.0}),
        ("copying", "generated.copied_share.sampled", 0.35, {"generated.copied_share.human": 0.25}),
        ("near_test_articles", "near_test_articles", 0.01, {}),
    ],
)
def test_a_threshold_is_the_last_value_without_an_alarm(
    name: str, figure: str, threshold: float, others: dict[str, object]
) -> None:
    assert name not in raised_by({**others, figure: threshold})
    assert raised_by({**others, figure: math.nextafter(threshold, 2)}) == {name}


@pytest.mark.parametrize(
    ("predicted", "true", "raised"),
    [(1.0, 0.55, True), (0.9, 0.7, True), (0.8, 0.7, False), (0.76, 0.5, True), (0.75, 0.5, False)],
)
def test_a_constant_choice_is_one_token_too_where_half_of_the_text_is_it(
    predicted: float, true: float, raised: bool
) -> None:
    figures = {"bias.top_token_predicted": predicted, "bias.top_token_true": true, "bias.top_token": "[UNK]"}
    assert ("one_token" in raised_by(figures)) is raised


def test_of_a_text_that_is_a_single_token_its_prediction_is_no_alarm() -> None:
    assert raised_by({"bias.top_token_predicted": 1.0, "bias.top_token_true": 1.0}) == set()


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_figure_that_is_no_number_cannot_pass_for_a_silent_alarm(value: float) -> None:
    for name in ("overfitting.ratio", "baseline.lead.mean", "test.bits_per_byte", "near_test_articles"):
        with pytest.raises(ValueError, match=rf"^{re.escape(name)} is {value}, which is no figure$"):
            raise_alarms(changed({name: value}))


def raised_by(figures: Mapping[str, object]) -> set[str]:
    return {alarm.name for alarm in raise_alarms(changed(figures)) if alarm.raised}


@pytest.mark.parametrize(
    ("figure", "name", "told"),
    [
        ("generated.rep_4.greedy", "repetition", "not measured: what the model writes has no 4 tokens"),
        ("generated.rep_4.sampled", "repetition", "not measured: what the model writes has no 4 tokens"),
        ("generated.copied_share.greedy", "copying", "not measured: what the model writes has no 8 tokens"),
        ("generated.copied_share.sampled", "copying", "not measured: what the model writes has no 8 tokens"),
        ("near_test_articles", "near_test_articles", "not measured: the test articles are too short"),
    ],
)
def test_an_alarm_whose_figure_could_not_be_measured_is_neither_raised_nor_silent(
    figure: str, name: str, told: str
) -> None:
    (alarm,) = (alarm for alarm in raise_alarms(changed({figure: "not measured"})) if alarm.name == name)
    assert (alarm.raised, alarm.finding.startswith(told)) == (None, True)
    assert raised_by({figure: "not measured"}) == set()


@pytest.mark.parametrize(
    ("near", "share", "raised", "told"),
    [
        (0.0, 0.5, False, "0.0% of the 50.0% of the test articles that are long enough to tell have half"),
        (0.0, 0.49, None, "not measured: 51.0% of the test articles are too short or hold too many [UNK]"),
        (0.02, 0.01, True, "2.0% of the 1.0% of the test articles that are long enough to tell have half"),
    ],
)
def test_a_few_long_articles_do_not_speak_for_all_that_are_too_short_to_search(
    near: float, share: float, raised: bool | None, told: str
) -> None:
    figures = changed({"near_test_articles": near, "near_test_measured_share": share})
    (alarm,) = (alarm for alarm in raise_alarms(figures) if alarm.name == "near_test_articles")
    assert (alarm.raised, alarm.finding.startswith(told)) == (raised, True)


STUDY = {
    "train.loss": 0.0691,
    "train.perplexity": 1.07,
    "validation.loss": 0.1905,
    "validation.perplexity": 1.21,
    "test.loss": math.log(1.20),
    "test.perplexity": 1.20,
    "train.accuracy": 0.9855,
    "validation.accuracy": 0.9736,
}


def test_the_figures_that_the_study_reported_are_too_good_to_be_true() -> None:
    (alarm,) = (alarm for alarm in raise_alarms(changed(STUDY)) if alarm.name == "too_good")
    assert alarm.raised
    for said in (
        "validation loss is 0.19 nats where an n-gram model has 5.00",
        "test loss is 0.18 nats",
        "validation accuracy is 97.4%",
        "perplexity is 1.07 on training and 1.20 on test text",
        "padding that is counted, a causal mask that is missing and test text copied from training",
    ):
        assert said in alarm.finding


LITTLE_TO_TELL = ("train.perplexity", "test.perplexity")


@pytest.mark.parametrize(
    ("figures", "raised"),
    [
        ({"test.loss": 2.49}, True),
        ({"test.loss": 2.51}, False),
        ({"validation.loss": 2.49}, True),
        ({"validation.loss": 2.51}, False),
        ({"train.loss": 0.1}, False),  # a memorizer is another alarm's
        ({"test.bits_per_byte": 1.09}, True),
        ({"test.bits_per_byte": 1.11}, False),
        ({"validation.accuracy": 0.83, "bias.top_token_true": 0.1}, True),
        ({"validation.accuracy": 0.81, "bias.top_token_true": 0.1}, False),
        ({"test.accuracy": 0.83, "bias.top_token_true": 0.1}, True),
        ({"test.accuracy": 0.9, "bias.top_token_true": 0.85}, False),  # [UNK] nearly everywhere
        ({"train.perplexity": 1.49, "test.perplexity": 1.49}, True),
        (dict.fromkeys(LITTLE_TO_TELL, 1.49) | {"baseline.ngram.perplexity": 1.5}, True),
        (dict.fromkeys(LITTLE_TO_TELL, 1.49) | {"baseline.ngram.perplexity": 1.49}, False),  # [UNK] again
        ({"train.perplexity": 1.01, "test.perplexity": 1.51}, False),
        ({"train.perplexity": 1.51, "test.perplexity": 1.01}, False),
    ],
)
def test_what_is_too_good_is_held_against_what_others_reach(figures: dict[str, object], raised: bool) -> None:
    generous = {f"{split}.accuracy_limit": 1.0 for split in ("train", "validation", "test")}
    assert ("too_good" in raised_by({**generous, **figures})) is raised


@pytest.mark.parametrize(("measure", "name"), [("rep_4", "repetition"), ("copied_share", "copying")])
def test_where_human_text_is_all_unknown_words_the_models_is_held_against_none(
    measure: str, name: str
) -> None:
    metrics = honest_metrics()
    for share, raised in ((0.1, False), (0.11, True)):
        metrics["generated"][measure] = {"greedy": 0.05, "sampled": share}
        found = {alarm.name: alarm for alarm in raise_alarms(metrics)}[name]
        assert found.raised is raised
        told = "; the human text there is too short or has too many [UNK] to compare with"
        assert found.finding.endswith(told)


@pytest.mark.parametrize(
    ("figures", "name", "told"),
    [
        (
            {},
            "baseline",
            "better than the strongest baseline, the byte n-gram, which needs 0.200",
        ),
        ({"baseline.strongest": "ppmd"}, "baseline", "better than the strongest baseline, PPMd, which needs"),
        (
            {},
            "too_good",
            "2.00 bits per byte, 0.91 of what the byte n-gram needs: within",
        ),
        ({"causal_difference": 0.0}, "leak", "causal: changing later tokens moves no logit"),
        ({"bias.top_token": "[UNK]"}, "one_token", "the token predicted most, [UNK], makes up 10.0%"),
        ({"bias.top_token": "["}, "one_token", "the token predicted most, «[», makes up 10.0%"),
    ],
)
def test_a_sentence_reads_rightly_whatever_was_found(
    figures: dict[str, object], name: str, told: str
) -> None:
    found = {alarm.name: alarm.finding for alarm in raise_alarms(changed(figures))}
    assert found[name].startswith(told)
