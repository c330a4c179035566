import pytest

from minillm.corpus.rules import Rejection, function_word_share, list_share, reasons, rejection
from minillm.params import CleanParams
from minillm.wikitext.layout import Page
from tests.spanish import SPANISH, read_page

PARAMS = CleanParams(
    min_chars=100,
    keep_headings=True,
    max_list_share=0.6,
    min_function_word_share=0.15,
    max_duplicate_similarity=0.8,
)
PROSE = (
    "El faro de la sierra se alzó en el siglo pasado y luce desde entonces para los barcos que pasan allí.\n"
)
GERMAN = (
    "Der Leuchtturm steht seit dem vorigen Jahrhundert auf dem Berg und leuchtet für die Schiffe des Landes. "
)
LIST = "* Lora Alta y la Baja de los Ríos del Norte\n"


def judged(wikitext: str, title: str = "Faro") -> Rejection | None:
    return rejection(title, read_page(wikitext), PARAMS, SPANISH)


def test_good_prose_is_kept() -> None:
    assert judged(PROSE) is None


@pytest.mark.parametrize(
    ("wikitext", "title", "expected"),
    [
        (PROSE, "Faro (desambiguación)", ("disambiguation", "title ends with (desambiguación)")),
        (PROSE + "{{Desambiguación}}", "Faro", ("disambiguation", "template Desambiguación")),
        (PROSE + "{{ desambig |x}}", "Faro", ("disambiguation", "template desambig")),
        (PROSE + "{{Plantilla:Desambiguación}}", "Faro", ("disambiguation", "template Desambiguación")),
        (PROSE + "{{ :template:_disambig }}", "Faro", ("disambiguation", "template disambig")),
        (PROSE + "{{Desambiguación_nombre}}", "Faro", ("disambiguation", "template Desambiguación_nombre")),
        (PROSE[:99], "Faro", ("too_short", "99 characters")),
        ("", "Faro", ("too_short", "0 characters")),
        (PROSE + LIST * 5, "Faro", ("mostly_list", "0.659 of the characters in lists and tables")),
        (GERMAN, "Faro", ("not_spanish", "0.000 of the words are Spanish function words")),
    ],
)
def test_each_rule_has_its_reason(wikitext: str, title: str, expected: tuple[str, str]) -> None:
    assert judged(wikitext, title) == expected


def test_rules_are_tried_in_their_order() -> None:
    broken = [
        judged("corto {{desambiguación}}"),
        judged("* corto"),
        judged(("* " + GERMAN + "\n") * 3),
        judged(GERMAN),
    ]
    found = [verdict.reason for verdict in broken if verdict]
    assert found == list(reasons(SPANISH)[2:6])


def test_a_threshold_is_still_allowed() -> None:
    text = PROSE.strip()
    exact = PARAMS.model_copy(update={"min_chars": len(text)})
    assert rejection("Faro", read_page(text), exact, SPANISH) is None
    shorter = PARAMS.model_copy(update={"min_chars": len(text) + 1})
    assert rejection("Faro", read_page(text), shorter, SPANISH) == (
        "too_short",
        f"{len(text)} characters",
    )


WORDS = " ".join(["de"] * 15 + ["faro"] * 85)


@pytest.mark.parametrize(
    ("within", "beyond", "reason"),
    [
        (Page("a " * 50, 0, 0), Page("a " * 50 + "a", 0, 0), ""),
        (Page("a " * 50, 0, 0), Page("a " * 49 + "a", 0, 0), "too_short"),
        (Page("a " * 50, 60, 0), Page("a " * 50, 61, 0), "mostly_list"),
        (Page("a " * 50, 20, 100), Page("a " * 50, 21, 100), "mostly_list"),
        (Page("a " * 50, 0, 150), Page("a " * 50, 0, 151), "mostly_list"),
        (Page(WORDS, 0, 0), Page(WORDS + " faro", 0, 0), "not_spanish"),
    ],
)
def test_exactly_a_threshold_is_kept_and_the_least_beyond_it_is_not(
    within: Page, beyond: Page, reason: str
) -> None:
    assert rejection("Faro", within, PARAMS, SPANISH) is None
    verdict = rejection("Faro", beyond, PARAMS, SPANISH)
    assert (verdict.reason if verdict else "") == reason


def test_tables_count_as_lists() -> None:
    row = "|-\n| Lora Alta || Ana Ruiz || 1850\n"
    verdict = judged(PROSE + '\n{| class="wikitable"\n' + row * 10 + "|}")
    assert verdict is not None
    assert verdict.reason == "mostly_list"


def test_other_templates_are_no_disambiguation() -> None:
    assert judged(PROSE + "{{Otros usos|Faro (desambiguación)}}") is None
    assert judged(PROSE + "{{desambiguación rara}}") is None


@pytest.mark.parametrize("around", ["<!-- {} -->", "<nowiki>{}</nowiki>", "<pre>{}</pre>"])
def test_what_is_no_template_is_no_disambiguation(around: str) -> None:
    assert judged(PROSE + around.format("{{desambiguación}}")) is None


@pytest.mark.parametrize(
    ("text", "share"), [("", 0.0), ("el faro", 0.5), ("El FARO de La", 0.75), ("faro blanco", 0.0)]
)
def test_function_word_share(text: str, share: float) -> None:
    assert function_word_share(text, SPANISH) == share


def test_list_share_of_nothing_is_zero() -> None:
    assert list_share(read_page("")) == 0.0
