"""Settings and data so small that figures are missing: the evaluation's readers do without them."""

import json
from pathlib import Path

import pytest

from minillm.evaluation.summary import summarize
from minillm.report.card import render_card
from minillm.report.page import render_page
from minillm.report.results import PARAMS, read_results
from stages.evaluate import main
from tests.evaluation.test_evaluate import params, prepare
from tests.report.files import write_results
from tests.report.html import Element, read_html
from tests.report.test_page import rows


def evaluated(root: Path, articles: int = 50, **settings: object) -> Element:
    """The page of an evaluation in `root`, the current folder; the card and the summary are made too."""
    curve = write_results(root) / "metrics/plots/training.tsv"
    written = curve.read_bytes()
    prepare(root, articles=articles)
    curve.write_bytes(written)  # with the columns that only the report reads
    main(params(**settings))
    results = read_results(root)
    page = render_page(results, None, (root / PARAMS).read_text(encoding="utf-8"))
    card = render_card(results, root)
    summary = summarize(json.loads((root / "metrics/evaluate.json").read_text(encoding="utf-8")))
    assert all("None" not in text and "nan" not in text for text in (page, card, summary))
    return read_html(page)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_one_prompt_has_no_chance_and_no_interval(here: Path) -> None:
    tree = evaluated(here, bleu_prompts=1)
    section = tree.one("bleu-section")
    assert "Of 1 test article: " in section.text
    assert "another article’s text" not in section.text.replace("'", "’")
    assert [row[2:] for row in rows(tree, "BLEU by largest n-gram order")] == [["–", "–", "–"]] * 4


@pytest.mark.parametrize(("tokens", "orders"), [(1, 1), (2, 2), (3, 3), (4, 4)])
def test_continuations_of_few_words_have_the_orders_that_they_can_have(
    here: Path, tokens: int, orders: int
) -> None:
    tree = evaluated(here, bleu_continuation_tokens=tokens)
    assert len(rows(tree, "BLEU by largest n-gram order")) == orders
    glance = {row[0]: row[1] for row in rows(tree, "Figures at a glance")}
    assert (glance["BLEU-4"] == "–") == (tokens < 4)
    # However short they are for BLEU, what the model writes is long enough to repeat and to copy.
    copying = rows(tree, "Continuations of test articles")
    assert all("–" not in row for row in copying)
    assert "⚠ Alarm: Repetition." in tree.one("alarms").text


def test_a_single_test_article_has_no_intervals(here: Path) -> None:
    tree = evaluated(here, articles=9)
    glance = {row[0]: row[1:] for row in rows(tree, "Figures at a glance")}
    assert glance["Loss, nats per token"][1] == "–"
    assert "fewer than 6 test articles have no interval" in tree.one("baselines").text
    written = (here / "metrics/tables/intervals.tsv").read_text(encoding="utf-8")
    assert "train.loss" in written
    assert "test.loss" not in written


def test_a_vocabulary_without_a_whole_pair_has_no_grammar(here: Path) -> None:
    tree = evaluated(here)
    section = tree.one("grammar-section")
    assert (
        "Pairs that were asked: 0; left out because the vocabulary lacks a word of theirs: 1,792."
        in section.text
    )
    assert not list(section.all("svg"))
    assert {tuple(row[1:7]) for row in rows(tree, "Minimal pairs")} == {(*["–"] * 5, "0")}


def test_a_single_run_of_the_clock_has_no_deviation(here: Path) -> None:
    tree = evaluated(here, latency_runs=1)
    assert all("±" not in row[1] for row in rows(tree, "Latency"))
