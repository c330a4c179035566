import csv
import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from minillm.files import write_tsv
from minillm.report.comparison import Reference, flat_params
from minillm.report.page import render_page
from minillm.report.results import PARAMS, parse_figures, read_results
from tests.report.files import HOSTILE, METRICS, change_figure, use_wiki, write_results
from tests.report.html import Element, read_html


def page_of(root: Path, reference: Reference | None = None) -> str:
    return render_page(read_results(root), reference, (root / PARAMS).read_text(encoding="utf-8"))


def reference_of(root: Path, name: str = "main") -> Reference:
    """The results in `root` as those of another revision."""
    metrics = {
        file: parse_figures(path, path.read_text(encoding="utf-8"))
        for file in METRICS
        for path in [root / "metrics" / f"{file}.json"]
    }
    params = flat_params((root / PARAMS).read_text(encoding="utf-8"))
    return Reference(name, metrics, params, read_results(root).tables["tables/articles"])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_results(tmp_path)


@pytest.fixture
def tree(root: Path) -> Element:
    return read_html(page_of(root))


def rows(tree: Element, caption: str) -> list[list[str]]:
    """The body of the table with this caption."""
    (table,) = (
        table for table in tree.all("table") if next(iter(table.all("caption"))).text.startswith(caption)
    )
    (body,) = table.all("tbody")
    return [[cell.text for cell in row.all("th", "td")] for row in body.all("tr")]


def test_the_same_files_give_the_same_bytes_and_times_change_the_section_of_speed_only(root: Path) -> None:
    first = page_of(root)
    assert page_of(root) == first
    assert first.startswith("<!DOCTYPE html>\n")
    change_figure(root, "machine/performance", "evaluation_seconds", 77.75)
    change_figure(root, "machine/performance", "memory.peak_resident_bytes", 2**31)
    second = page_of(root)
    assert "took 78 seconds and 2,048 MiB at its peak" in second
    start = first.index('<section id="speed"')
    assert second[:start] == first[:start]


def test_the_page_says_whose_the_articles_are_and_in_which_language(root: Path, tree: Element) -> None:
    assert "Licence: CC0 1.0. Written for this project" in tree.one("data").text
    assert "Language of the articles" not in tree.text
    use_wiki(root, sitename=HOSTILE, base="", language="en")
    page = page_of(root)
    other = read_html(page)
    data = other.one("data")
    assert "Licence: unknown. By authors unknown here." in data.text
    assert "Language of the articles: en." in data.text
    assert list(data.all("a")) == list(data.all("script")) == []
    assert HOSTILE in data.text
    assert '<p lang="en">' in page
    tokens_and_titles = [each.attributes for each in other.all("th") if each.text == HOSTILE]
    assert [each["lang"] for each in tokens_and_titles] == ["en", "en", "en"]
    use_wiki(root)
    assert "<script>alert" not in page
    data = read_html(page_of(root)).one("data")
    assert [link.attributes["href"] for link in data.all("a")] == [
        "https://creativecommons.org/licenses/by-sa/4.0/deed.es"
    ]


def test_speed_is_told_only_where_this_model_was_measured(root: Path, tree: Element) -> None:
    assert rows(tree, "Latency")[0] == [
        "forward pass, one sequence",
        "3.25 ± 0.50",
        "3.00",
        "4.50",
        "1,234",
    ]
    change_figure(root, "machine/performance", "weights", "0" * 12)  # those of an experiment's model
    other = page_of(root)
    (root / "metrics/machine/performance.json").unlink()  # results that `dvc pull` brought
    assert page_of(root) == other
    speed = read_html(other).one("speed")
    assert "restored and not computed here. dvc repro -f -s evaluate measures them." in speed.text
    assert not list(speed.all("svg", "table"))


def test_nothing_that_a_file_holds_becomes_markup(root: Path) -> None:
    page = page_of(root, reference_of(root, name=HOSTILE))
    tree = read_html(page)
    tags = {element.tag for element in tree.all()}
    assert tags.isdisjoint({"script", "img", "iframe", "object", "form"})
    assert not any(name.startswith("on") for element in tree.all() for name in element.attributes)
    whole = " ".join(HOSTILE.split())
    for section in ("alarms", "samples", "grammar-section", "bias", "bleu-section", "copying", "changes"):
        assert whole in tree.one(section).text
    assert page.count("<script") == 0
    assert page.count("alert(1)") > 10


def test_the_page_refers_to_nothing_but_licences_and_its_own_sections(tree: Element) -> None:
    ids = [element.attributes["id"] for element in tree.all() if "id" in element.attributes]
    assert len(ids) == len(set(ids)) > 20
    for element in tree.all():
        assert "src" not in element.attributes
        target = element.attributes.get("href", "#alarms")
        if target.startswith("#"):
            assert target[1:] in ids
        else:
            assert target == "data:," or (element.tag == "a" and "creativecommons.org" in target)
    style = next(iter(tree.all("style"))).raw
    assert "url(" not in style
    assert "@import" not in style


def test_raised_alarms_come_first_and_are_named_in_words(tree: Element) -> None:
    main = next(iter(tree.all("main")))
    first = next(iter(main.all("section")))
    assert first.attributes["id"] == "alarms"
    assert next(iter(first.all("h2"))).text == "1 of 3 alarms is raised"
    items = [item.text for item in first.all("li")]
    assert items[0].startswith("⚠ Alarm: One dominating token. The token predicted most,")
    assert items[1] == "✓ No alarm: Leak from the future. Causal: all is well."
    assert items[2] == "✓ No alarm: A new alarm. Nothing."


def test_an_alarm_of_which_nothing_is_known_is_no_silent_one(root: Path) -> None:
    path = root / "metrics/tables/alarms.tsv"
    text = path.read_text(encoding="utf-8").replace(
        "a_new_alarm\tFalse\tnothing", "copying\t\tnot measured: few"
    )
    path.write_text(text, encoding="utf-8")
    alarms = read_html(page_of(root)).one("alarms")
    items = [item.text for item in alarms.all("li")]
    assert items[1] == "? Not known: Copying from the training text. Not measured: few."
    assert "1 of 3 alarms is raised" in alarms.text
    assert "1 could not be measured." in alarms.text


def test_headings_tables_and_charts_can_be_read_without_seeing_them(tree: Element) -> None:
    levels = [int(heading.tag[1]) for heading in tree.all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    tables = list(tree.all("table"))
    assert len(tables) > 12
    for table in tables:
        assert next(iter(table.all("caption"))).text
        assert {header.attributes["scope"] for header in table.all("th")} == {"col", "row"}
        width = len(list(next(iter(table.all("thead"))).all("th")))
        body = next(iter(table.all("tbody")))
        assert {len(list(row.all("th", "td"))) for row in body.all("tr")} == {width}
    charts = list(tree.all("svg"))
    assert len(charts) == 13
    for chart in charts:
        assert chart.attributes["role"] == "img"
        title, description = (tree.one(name) for name in chart.attributes["aria-labelledby"].split())
        assert title.tag == "title"
        assert len(description.text) > 20
    assert next(iter(tree.all("html"))).attributes["lang"] == "en"
    samples = tree.one("samples")
    assert all(text.attributes["lang"] == "es" for text in samples.all("p") if next(text.all("b"), None))


def test_what_repeats_and_what_is_copied_is_marked_by_more_than_colour(tree: Element) -> None:
    sample = next(element for element in tree.all("div") if element.attributes.get("class") == "sample")
    marks = [(mark.attributes["class"], mark.text) for mark in sample.all("mark")]
    assert marks[0] == ("repeated", "[repeated:de la ciudad]")
    assert marks[1] == ("copied", "[copied:y del reino]")
    assert marks[2][0] == "copied repeated"
    (paragraph,) = sample.all("p")
    assert paragraph.text.startswith("La capital de la ciudad [repeated:de la ciudad] [copied:y del reino]")
    style = next(iter(tree.all("style"))).raw
    assert len({part.split("}")[0].split("text-decoration: ")[1] for part in style.split("\nmark.")[1:]}) == 3


def test_the_figures_are_those_of_the_files(tree: Element) -> None:
    glance = {row[0]: row[1:] for row in rows(tree, "Figures at a glance")}
    assert glance["Loss, nats per token"] == ["4.250", "4.125 to 4.375"]
    assert glance["Bits per byte below the strongest baseline's"] == ["0.06250", "0.03125 to 0.1250"]
    assert glance["Grammar, share of pairs right"] == ["0.7500", "0.6500 to 0.8500"]
    assert glance["Parameters"] == ["4,145,032", "–"]
    assert ["loss, nats per token", "4", "4.125", "4.250"] in rows(tree, "Likelihood of each split")
    assert ["… rejected: disambiguation", "40"] in rows(tree, "From pages to articles")
    assert ["new rule", "0", ""] in rows(tree, "Rejected articles")
    assert rows(tree, "Models on the test split") == [
        ["MiniGPT", "–", "4.250", "50.50", "2", "–", "–", "–"],
        ["token n-gram", "3", "4.312", "70.50", "2.125", "0.1250", "0.06250", "0.2500"],
        ["byte n-gram", "9", "–", "–", "2.062", "0.06250", "0.03125", "0.1250"],
        ["PPMd", "8", "–", "–", "2.500", "0.5000", "–", "–"],
    ]
    assert rows(tree, "Where it is most wrong") == [["ser estar", "Está lleno.", "Es lleno.", "2.500"]]
    assert rows(tree, "Latency")[0] == ["forward pass, one sequence", "3.25 ± 0.50", "3.00", "4.50", "1,234"]
    assert rows(tree, "Likelihood of each split")[-1] == ["… as a share", *["37.5%"] * 3]
    assert rows(tree, "Test articles nearest")[1] == ["Corto", "0", "–"]
    assert "betas" in [row[0] for row in rows(tree, "Model and training")]


def test_what_the_strongest_baseline_says_is_told_with_what_it_was_held_to(root: Path) -> None:
    def section() -> str:
        return read_html(page_of(root)).one("baselines").text

    assert "MiniGPT: better than the strongest baseline, the byte n-gram, which" in section()
    assert "held to" not in section()
    change_figure(root, "evaluate", "baseline.verdict", "worse")
    change_figure(root, "evaluate", "baseline.lead", {"mean": -0.125, "low": -0.5, "high": -0.0625})
    assert "worse than the strongest baseline, the byte n-gram, which needs 0.125 bits" in section()
    path = root / "metrics/tables/baselines.tsv"
    lines = path.read_text(encoding="utf-8").replace(
        "0.0625\t0.03125\t0.125\t1\t1", "0.0625\t0.03\t0.1\t0.25\t0.5"
    )
    path.write_text(lines, encoding="utf-8")
    assert (
        "Counting was held to a part, whole articles drawn by seed: byte n-gram to 25.0% of "
        "the training text and 50.0% of the test text. MiniGPT's lead is measured on the same articles."
    ) in section()


def test_a_single_one_of_anything_is_told_in_the_singular_and_no_alarm_as_none(root: Path) -> None:
    for file, name in (
        ("train", "epochs"),
        ("train", "steps"),
        ("split", "train.articles"),
        ("split", "train.tokens"),
        ("evaluate", "bleu.prompts"),
        ("machine/performance", "threads"),
    ):
        change_figure(root, file, name, 1)
    alarms = root / "metrics/tables/alarms.tsv"
    alarms.write_text(alarms.read_text(encoding="utf-8").replace("True", "False"), encoding="utf-8")
    page = read_html(page_of(root))
    text = " ".join(element.text for element in page.all("header", "main"))
    assert "trained on 1 token of 1 article." in text
    assert "1 epoch, 1 step; the checkpoint" in text
    assert "Of 1 test article:" in text
    assert "Measured on cpu with 1 thread." in text
    assert "None of 3 alarms is raised" in text
    assert not re.search(r"\b1 (epochs|steps|articles|tokens|threads|test articles)\b", text)


def test_a_reference_stands_in_columns_of_its_own_with_what_the_change_is_worth(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = write_results(tmp_path_factory.mktemp("other"))
    change_figure(other, "evaluate", "test.loss", 4.5)
    change_figure(other, "evaluate", "test.bits_per_byte", 1.9)
    change_figure(other, "evaluate", "grammar.minigpt", 0.95)
    change_figure(other, "evaluate", "calibration_error", None)
    change_articles(other, lambda row: row | {"nll": str(float(row["nll"]) + 20 + int(row["id"]))})
    params = (other / PARAMS).read_text(encoding="utf-8")
    changed = params.replace('contact: ""', "contact: someone@example.org").replace("dim: 256", "dim: 512")
    assert changed != params
    (other / PARAMS).write_text(changed, encoding="utf-8")
    page = page_of(root, reference_of(other))
    assert "someone@example.org" not in page
    tree = read_html(page)
    glance = {row[0]: row[3:] for row in rows(tree, "Figures at a glance")}
    assert glance["Loss, nats per token"] == ["4.500", "−0.2500", "better"]
    assert glance["Bits per byte"] == ["1.900", "+0.1000", "better"]
    assert glance["Accuracy"] == ["0.2500", "0", "the same"]
    assert glance["Grammar, share of pairs right"] == [
        "0.9500",
        "−0.2000",
        "–",
    ]  # no interval of the difference
    assert glance["Calibration error"] == ["–", "", "–"]
    assert rows(tree, "Parameters that differ from main") == [["model.dim", "256", "512", "−256"]]
    assert ["evaluate: test.loss", "4.250", "4.500", "−0.2500"] in rows(tree, "All figures that differ")
    assert "Caution" not in tree.one("changes").text


def change_articles(root: Path, change: Callable[[dict[str, str]], dict[str, str] | None]) -> None:
    """Change each row of the table of test articles, or take it out."""
    path = root / "metrics/tables/articles.tsv"
    with path.open(encoding="utf-8", newline="") as file:
        changed = [change(row) for row in csv.DictReader(file, delimiter="\t")]
    kept = [row for row in changed if row]
    write_tsv(path, tuple(kept[0]), [tuple(row.values()) for row in kept])


def compared(root: Path, other: Path) -> tuple[dict[str, str], str]:
    """What each figure is judged as, and the cautions."""
    for name in ("loss", "perplexity", "accuracy", "bits_per_byte"):
        change_figure(other, "evaluate", f"test.{name}", 0.125)
    tree = read_html(page_of(root, reference_of(other)))
    judged = {row[0]: row[-1] for row in rows(tree, "Figures at a glance")}
    return judged, tree.one("changes").text


def test_other_tokens_of_the_same_texts_compare_in_bits_per_byte_alone(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = write_results(tmp_path_factory.mktemp("other"))
    change_articles(other, lambda row: row | {"tokens": "bpe", "targets": "900", "spelling_bits": "0"})
    judged, cautions = compared(root, other)
    assert judged["Bits per byte"] == "worse"  # spelling costs this one 700 bits an article
    assert {judged[name] for name in ("Loss, nats per token", "Perplexity", "Accuracy")} == {"–"}
    assert "cut into other tokens: loss, perplexity and accuracy are per token and do not compare" in cautions
    assert "different texts" not in cautions


def test_loss_and_perplexity_are_judged_alike_and_not_without_a_clear_difference(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = write_results(tmp_path_factory.mktemp("other"))
    change_articles(other, lambda row: row | {"nll": str(float(row["nll"]) + (-1) ** int(row["id"]))})
    judged, _ = compared(root, other)
    assert {judged[name] for name in ("Loss, nats per token", "Perplexity", "Bits per byte")} == {
        "no clear difference"
    }


def test_the_judgement_is_of_the_articles_that_both_have(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = write_results(tmp_path_factory.mktemp("other"))
    change_articles(
        other, lambda row: row | {"nll": "999"} if row["id"] in "012345" else row | {"bytes": "7"}
    )
    judged, cautions = compared(root, other)
    assert judged["Loss, nats per token"] == "better"
    assert "6 test articles are in both revisions, of 9 here and 9 there" in cautions
    change_articles(other, lambda row: row | {"bytes": "7"})
    judged, cautions = compared(root, other)
    assert set(judged.values()) <= {"–", "the same"}
    assert "No test article is the same here and there: the figures are of different texts." in cautions


def test_without_the_references_articles_nothing_is_judged(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = write_results(tmp_path_factory.mktemp("other"))
    change_figure(other, "evaluate", "test.loss", 9.5)
    page = page_of(root, replace(reference_of(other), articles=None))
    tree = read_html(page)
    assert {row[-1] for row in rows(tree, "Figures at a glance")} <= {"–", "the same"}
    assert "Nobody here has the test articles’ figures" in tree.one("changes").text.replace("'", "’")


def test_minimal_pairs_have_intervals_a_lead_and_a_mark_where_no_grammar_is_asked(tree: Element) -> None:
    cells = ["75.0%", "65.0 to 85.0%", "60.0%", "+15.0", "−5.0 to +25.0", "30", "100", "2"]
    assert rows(tree, "Minimal pairs: the right sentence is likelier") == [
        ["ser estar", *cells],
        ["clitics: no grammar, neighbouring words decide", *cells],
        ["all", *cells],
    ]
    assert "the bar here, 62.5% by a unigram model" in tree.one("grammar-section").text
    of_file = rows(tree, "Minimal pairs of the file")
    assert of_file[1] == ["all", "100.0%", "–", "0.0%", "+100.0", "–", "1", "1", "3"]


def test_without_a_file_of_pairs_there_is_no_word_of_one(root: Path) -> None:
    path = root / "metrics/tables/minimal_pairs.tsv"
    path.write_text(path.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    assert "evaluate.minimal_pairs" not in page_of(root)


def test_a_table_that_no_section_knows_is_shown_as_it_is(root: Path) -> None:
    assert "Other measurements" not in page_of(root)
    lines = [f"{number}\t" for number in range(99)]
    text = "\n".join(["text\tshare", f"{HOSTILE}\t0.5".replace('"', "'"), *lines])
    (root / "metrics/tables/new_figures.tsv").write_text(f"{text}\n", encoding="utf-8")
    page = page_of(root)
    assert "<script>alert" not in page
    shown = rows(read_html(page), "New figures")
    assert shown[:2] == [[HOSTILE.replace('"', "'"), "0.5"], ["0", "–"]]
    assert len(shown) == 50
    assert "New figures" in read_html(page).one("others").text


def test_without_a_reference_there_is_no_word_of_one(tree: Element) -> None:
    assert not [element for element in tree.all() if element.attributes.get("id") == "changes"]
    assert len(rows(tree, "Figures at a glance")[0]) == 3


def test_tables_that_may_be_empty_and_a_single_epoch_make_a_page_too(root: Path) -> None:
    empty = ("plots/token_bias", "tables/grammar_pairs", "tables/samples", "tables/near_articles")
    for name in (*empty, "plots/training", "plots/steps", "plots/overfitting"):
        path = root / "metrics" / f"{name}.tsv"
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(lines[: 1 if name in empty else 2]), encoding="utf-8")
    change_figure(root, "machine/performance", "memory.peak_cuda_bytes", 2**30)
    tree = read_html(page_of(root))
    assert "Where it is most wrong" not in tree.one("grammar-section").text
    assert "and 1,024 MiB on the GPU" in tree.one("speed").text
    assert len(list(tree.all("svg"))) == 13


def test_a_long_training_makes_no_long_page(root: Path) -> None:
    header, row = (root / "metrics/plots/training.tsv").read_text(encoding="utf-8").splitlines()[:2]
    rest = row.split("\t")[2:]
    lines = ["\t".join([str(10 * epoch), str(epoch), *rest]) for epoch in range(1, 5001)]
    (root / "metrics/plots/training.tsv").write_text("\n".join([header, *lines]), encoding="utf-8")
    page = page_of(root)
    assert len(page) < 200_000
    shown = rows(read_html(page), "Training, validation by validation")
    assert len(shown) == 50
    assert (shown[0][0], shown[-1][0]) == ("1", "5,000")


def test_what_was_scored_and_a_part_of_an_epoch_are_said(root: Path) -> None:
    def scored() -> list[list[str]]:
        return [row for row in rows(read_html(page_of(root)), "Likelihood of each") if "share of" in row[0]]

    assert scored() == []
    change_figure(root, "evaluate", "train.scored_share", 0.125)
    change_figure(root, "evaluate", "test.scored_share", 0.5)
    change_figure(root, "train", "epochs", 0.256)
    change_figure(root, "train", "best.epoch", 0.128)
    assert scored() == [["share of the split, articles drawn by seed", "12.5%", "–", "50.0%"]]
    assert "0.2560 epochs, 30 steps; the checkpoint is that of epoch 0.1280" in page_of(root)
