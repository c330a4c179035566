"""What the holes of templates cost: counted where they are mended, and in a table of the whole corpus."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minillm.corpus import losses
from minillm.corpus.losses import TemplateLosses
from minillm.wikipedia.articles import Article, text_sha1, write_articles
from minillm.wikitext.layout import NO_TEMPLATE, Loss
from tests.corpus.test_corpus import PARAMS
from tests.spanish import clean_articles, read_page


@pytest.mark.parametrize(
    ("wikitext", "expected"),
    [
        ("Un faro alto.", []),
        ("Un faro {{insignia}} alto.", [("insignia", 1, 0)]),
        ("Mide {{Altura_exacta|3}} de alto. Luce.", [("altura exacta", 0, 1)]),
        ("Un faro ({{a}}; 1900) alto.", [("a", 0, 1)]),
        ("Un faro (blanco {{a}}, 1900) luce. Es bello {{b}} y alto {{a}}.", [("a", 2, 0), ("b", 1, 0)]),
        ("Uno ({{a}}), de {{b}}. Dos {{c}} más. Es {{a}} m.", [("a", 0, 2), ("b", 0, 1), ("c", 1, 0)]),
        ("Los {{x}} y {{x}} lucen. Los {{x}} y {{y}} lucen.", [("x", 0, 2), ("y", 0, 1)]),
        ("Tiene {{#expr: 2 + 2}} luces.", [("#expr", 0, 1)]),
        ("Es de {{lang|ru|{{a}}}}.", [("a", 0, 1)]),
        ("Luce http://a.es/b aquí. Es <math>\\int_0^1</math>.", [(NO_TEMPLATE, 1, 1)]),
        ("{{caja}}\nTexto.", []),  # alone on its line it is no hole
        ("Texto.\n\n== Referencias ==\n* Es de {{a}}.", []),
        ("* Es de {{a}}.\n\n== Luz ==\n* De {{b}}.\nTexto.", [("a", 0, 1), ("b", 0, 1)]),
    ],
)  # fmt: skip
def test_each_template_has_the_holes_that_closed_and_the_sentences_that_went(
    wikitext: str, expected: list[tuple[str, int, int]]
) -> None:
    assert list(read_page(wikitext).losses) == [Loss(*row) for row in expected]


def test_the_characters_that_went_are_counted() -> None:
    page = read_page("El faro luce. Mide {{a}} de alto. Fin (de {{b}}, 1900).")
    assert page.text == "El faro luce. Fin (1900)."
    assert page.lost_characters == len("Mide ◌ de alto. ") + len("de ◌,")


@given(
    st.lists(
        st.sampled_from(["faro ", "de ", "{{a}}", "{{b|1}}", "(", ")", ". El ", ", ", "{{lang|fr|", "}}"])
    )
)
def test_no_number_of_a_template_reaches_the_text_and_each_hole_is_counted_once(parts: list[str]) -> None:
    page = read_page("".join(parts))
    assert page.text.replace("\n", "").isprintable()
    closed = sum(loss.closed for loss in page.losses)
    assert closed <= sum(part.startswith("{{") for part in parts)


def article(page_id: int, title: str, wikitext: str) -> Article:
    return Article(page_id, 1, "2026-01-02T03:04:05Z", title, "", wikitext, text_sha1(wikitext))


def test_the_table_has_the_costliest_first_with_an_example(tmp_path: Path) -> None:
    start = "El faro de la villa luce en la noche para los barcos que van a la mar por el canal. "
    raw, clean, rejected, table = (tmp_path / name for name in ("raw", "clean", "rejected", "templates.tsv"))
    texts = ["Mide {{a}} de alto.", "Un faro {{b}} alto. De {{c}} es.", "Es de {{a}} y luce.", "corto {{d}}"]
    articles = [article(n, f"Faro {n}", start * (n < 3) + text) for n, text in enumerate(texts)]
    write_articles(raw, articles)
    metrics = clean_articles(raw, clean, rejected, PARAMS, templates=table)
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t"))
    assert rows == [
        ["template", "sentences", "holes", "articles", "example"],
        ["a", "2", "0", "2", "Faro 0"],
        ["c", "1", "0", "1", "Faro 1"],
        ["b", "0", "1", "1", "Faro 1"],
    ]  # d is in a rejected one
    found = metrics["losses"]
    assert isinstance(found, dict)
    assert (found["sentences"], found["holes_closed"]) == (3, 1)
    assert 0.1 < found["characters_share"] < 0.3


def test_names_without_end_are_counted_together(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(losses, "MOST_TEMPLATES", 2)
    table = TemplateLosses()
    table.add("Faro", [Loss(name, 1, 2) for name in "abcd"])
    table.write(tmp_path / "t.tsv")
    lines = (tmp_path / "t.tsv").read_text(encoding="utf-8").splitlines()
    assert lines[1:] == ["(others)\t4\t2\t2\tFaro", "a\t2\t1\t1\tFaro", "b\t2\t1\t1\tFaro"]
