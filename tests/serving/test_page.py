"""The page in a real Chromium: typing, streaming, stopping, what is at fault, and who reads it how."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from minillm.serving.request import Limits
from minillm.tokens.tokenizer import EOS
from tests.conftest import ROOT
from tests.interface.project import make_project
from tests.serving.servers import ENDLESS, Running, biased, running, wait_until

pytestmark = pytest.mark.slow
PATIENCE_MILLISECONDS = 120_000  # which only a page that hangs reaches
expect.set_options(timeout=PATIENCE_MILLISECONDS)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Two models, one of words and one of bytes, whose texts do not end by themselves."""
    words = make_project(tmp_path_factory.mktemp("words"))
    pieces = make_project(tmp_path_factory.mktemp("pieces"), "bpe")
    folders = {"modelo-1": words / "checkpoints" / "best", "abierto": pieces / "checkpoints" / "best"}
    with (
        running(folders, Limits(tokens=ENDLESS)) as found,
        biased(found.models["modelo-1"], EOS, -1e9),
        biased(found.models["abierto"], EOS, -1e9),
    ):
        yield found


@pytest.fixture
def page(browser: Browser, server: Running) -> Iterator[Page]:
    page, messages = opened(browser, server)
    yield page
    page.context.close()
    assert messages == []


def opened(
    browser: Browser, server: Running, *, width: int = 1100, scheme: str = "light", locale: str = "es-ES"
) -> tuple[Page, list[str]]:
    """The page when it is ready, and what the browser complains of."""
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
        locale=locale,
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MILLISECONDS)
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.on("request", lambda request: request.url.startswith(server.url) or messages.append(request.url))
    page.goto(server.url)
    expect(page.locator("html")).to_have_attribute("data-ready", "true")
    return page, messages


def filled(page: Page) -> None:
    """Texts in all four cards."""
    page.locator("#tokens").fill("6")
    page.locator("#go").click()
    page.locator("#text").fill("el río")
    page.locator("#measure").click()
    expect(page.locator(".token")).not_to_have_count(0)
    expect(page.locator("[aria-busy=true]")).to_have_count(0)


def test_a_typed_prompt_is_continued_by_each_model_with_the_text_that_others_get(
    page: Page, server: Running
) -> None:
    page.locator("#prompt").fill("el río")
    page.locator("#tokens").fill("30")
    page.locator("#temperature").fill("0")
    page.locator("#prompt").press("Control+Enter")
    for name, card in zip(("modelo-1", "abierto"), page.locator("#continuations .card").all(), strict=True):
        text = server.models[name].generate("el río", tokens=30, temperature=0)
        expect(card.locator("h3")).to_have_text(name)
        expect(card.locator(".text")).to_have_text(f"el río{text}", use_inner_text=False)
        expect(card.locator(".summary")).to_contain_text("30 tokens")
    assert page.locator("#said").text_content()
    expect(page.locator("#stop")).to_be_disabled()


def test_the_same_seed_gives_the_same_text_and_another_one_another(page: Page) -> None:
    text = page.locator("#continuations .text").first
    expect(page.locator("#seed")).to_have_value("42")
    page.locator("#tokens").fill("10")
    found = []
    for seed in ("1", "1", "2"):
        page.locator("#seed").fill(seed)
        page.locator("#go").click()
        expect(page.locator("#stop")).to_be_disabled()
        found.append(text.text_content())
    assert found[0] == found[1] != found[2]


def test_a_token_shows_its_alternatives_to_the_mouse_and_to_the_keyboard(page: Page) -> None:
    filled(page)
    tip = page.locator("#tip")
    expect(tip).to_be_hidden()
    tokens = page.locator("#surprises .card").first.locator(".token")
    tokens.nth(1).hover()
    expect(tip).to_be_visible()
    assert 5 <= tip.locator("li").count() <= 6
    expect(tip.locator("li.own")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    tokens.first.focus()
    first = tokens.first.get_attribute("aria-label")
    expect(tip).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(tokens.nth(1)).to_be_focused()
    expect(tokens.nth(1)).to_have_attribute("aria-describedby", "tip")
    assert tokens.nth(1).get_attribute("aria-label") != first
    page.keyboard.press("End")
    expect(tokens.last).to_be_focused()
    page.keyboard.press("Tab")  # a text is a single stop
    expect(page.locator("#surprises .card").nth(1).locator(".token").first).to_be_focused()


def test_a_word_outside_the_vocabulary_is_marked_where_there_is_one(page: Page) -> None:
    page.locator("#text").fill("el ornitorrinco")
    page.locator("#measure").click()
    words, pieces = page.locator("#surprises .card").all()
    expect(words.locator(".token")).to_have_count(2)
    expect(words.locator(".unknown")).to_have_text("ornitorrinco")
    expect(words.locator(".unknown")).to_have_attribute(
        "aria-label", re.compile(r"^ornitorrinco = \[UNK\]: ")
    )
    expect(words.locator(".summary")).to_have_text(re.compile(r"^2 tokens · .* · 1 \[UNK\]$"))
    expect(pieces.locator(".text")).to_have_text("el ornitorrinco")
    expect(pieces.locator(".summary")).not_to_contain_text("[UNK]")


def test_stop_ends_the_texts_and_their_computation(page: Page, server: Running) -> None:
    page.evaluate(f"document.getElementById('tokens').max = {ENDLESS}")
    page.locator("#tokens").fill(str(ENDLESS))
    page.locator("#go").click()
    for card in page.locator("#continuations .card").all():
        expect(card.locator(".token").nth(20)).to_be_attached()
    page.locator("#stop").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    expect(page.locator("#continuations .summary").first).to_contain_text("detenido")
    expect(page.locator("#go")).to_be_focused()
    wait_until(lambda: not any(engine.is_busy for engine in server.engines.values()))


def test_a_text_that_is_begun_anew_is_not_said_to_be_stopped(page: Page, server: Running) -> None:
    page.evaluate(f"document.getElementById('tokens').max = {ENDLESS}")
    page.locator("#tokens").fill(str(ENDLESS))
    for _ in range(2):
        page.locator("#go").click()  # which clears the cards
        for card in page.locator("#continuations .card").all():
            expect(card.locator(".token").nth(20)).to_be_attached()
    expect(page.locator("#continuations [aria-busy=true]")).to_have_count(2)
    for summary in page.locator("#continuations .summary").all():
        expect(summary).not_to_contain_text("detenido")
    expect(page.locator("#said")).to_be_empty()
    page.locator("#stop").click()
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    expect(page.locator("#continuations .summary").first).to_contain_text("detenido")
    expect(page.locator("#said")).to_contain_text("detenido")
    wait_until(lambda: not any(engine.is_busy for engine in server.engines.values()))


def test_what_is_at_fault_is_said_beside_the_form(browser: Browser, server: Running) -> None:
    page, messages = opened(browser, server)
    error = page.locator("#continue-error")
    for seed in ("", "uno", "-1", "1.5", "9" * 17):
        page.locator("#seed").fill(seed)
        page.locator("#go").click()
        expect(error).to_contain_text("La semilla")
        expect(page.locator("#seed")).to_be_focused()
    page.locator("#text").fill(" \n")
    page.locator("#measure").click()
    expect(page.locator("#surprise-error")).to_contain_text("Escriba un texto")
    assert messages == []
    page.locator("#seed").fill("1")
    page.locator("#prompt").fill("mar " * 5000)
    page.locator("#go").click()
    expect(error).to_contain_text("El servidor dice: the prompt has")
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    page.locator("#prompt").fill("<img src=x onerror=alert(1)><b>mar</b>")
    page.locator("#go").click()
    expect(error).to_be_hidden()
    expect(page.locator("#continuations .given").first).to_have_text("<img src=x onerror=alert(1)><b>mar</b>")
    page.route("**/v1/completions", lambda route: route.fulfill(status=429, body="{}"))
    page.locator("#go").click()
    expect(error).to_contain_text("ocupado")
    page.route("**/v1/completions", lambda route: route.abort())
    page.locator("#go").click()
    expect(error).to_contain_text("no responde")
    page.context.close()


@pytest.mark.parametrize(("locale", "language"), [("es-MX", "es"), ("en-GB", "en"), ("de-DE", "en")])
def test_the_page_speaks_the_browsers_language_or_the_chosen_one(
    browser: Browser, server: Running, locale: str, language: str
) -> None:
    page, messages = opened(browser, server, locale=locale)
    expect(page.locator("html")).to_have_attribute("lang", language)
    filled(page)
    for chosen, go, numbers in (("en", "Continue", "bits per token"), ("es", "Continuar", "bits por token")):
        page.locator(f"[data-language={chosen}]").click()
        expect(page.locator("html")).to_have_attribute("lang", chosen)
        expect(page.locator("#go")).to_have_text(go)
        expect(page.locator(".summary").first).to_contain_text(numbers)
    assert messages == []
    page.context.close()


def test_both_languages_have_the_words_that_are_used_and_no_others(page: Page) -> None:
    spanish, english = page.evaluate("[Object.keys(WORDS.es), Object.keys(WORDS.en)]")
    assert spanish == english
    used = page.locator("[data-word], [data-label]").evaluate_all(
        "all => all.map(element => element.dataset.word ?? element.dataset.label)"
    )
    program = (ROOT / "minillm" / "serving" / "page" / "app.js").read_text(encoding="utf-8")
    assert {*used, *re.findall(r'\bword\("(\w+)"\)', program)} == set(spanish)


@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 1100)])
def test_axe_finds_nothing_to_complain_about(
    browser: Browser, server: Running, scheme: str, width: int
) -> None:
    page, _ = opened(browser, server, width=width, scheme=scheme)
    filled(page)
    page.locator("#seed").fill("x")
    page.locator("#go").click()  # an error too
    page.locator("#surprises .token").first.focus()
    expect(page.locator("#tip")).to_be_visible()
    results = Axe().run(page, options={"resultTypes": ["violations", "passes"]})
    assert results.violations_count == 0, results.generate_report()
    passed = {rule["id"] for rule in results.response["passes"]}
    assert {"color-contrast", "label", "button-name", "html-has-lang", "heading-order"} <= passed
    page.context.close()


@pytest.mark.parametrize("width", [320, 390, 800])
def test_the_page_never_scrolls_sideways(browser: Browser, server: Running, width: int) -> None:
    page, _ = opened(browser, server, width=width)
    filled(page)
    page.locator("#text").fill("r" * 300)
    page.locator("#measure").click()
    for text in page.locator("#surprises .text").all():
        expect(text).to_contain_text("r" * 300)
    page.locator("#surprises .token").last.focus()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    box = page.locator("#tip").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    page.context.close()
