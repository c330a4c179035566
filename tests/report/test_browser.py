"""The report in a real Chromium: nothing is loaded, nothing complains, everything can be read."""

import json
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from minillm.report.svg import WIDTH
from tests.report.files import HOSTILE, write_results
from tests.report.test_page import page_of, reference_of
from tools.plots import TEMPLATE, write_template

pytestmark = pytest.mark.slow
# Text of a chart that leaves its drawing is cut off.
OVERFLOWING = """
[...document.querySelectorAll("svg text")].filter(text => {
  const box = text.getBBox(), frame = text.ownerSVGElement.viewBox.baseVal;
  if (text.hasAttribute("transform")) return false;
  return box.x < -1 || box.x + box.width > frame.width + 1 || box.y + box.height > frame.height + 1;
}).map(text => text.textContent)
"""


@pytest.fixture(scope="module", params=["alone", "compared"])
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = write_results(tmp_path_factory.mktemp("results"))
    reference = reference_of(root, HOSTILE) if request.param == "compared" else None
    path = root / "report.html"
    path.write_text(page_of(root, reference), encoding="utf-8")
    return path


def opened(browser: Browser, path: Path, *, width: int = 1100, scheme: str = "light") -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    page.goto(path.as_uri())
    return page


def test_no_request_leaves_and_no_error_is_logged(browser: Browser, report: Path) -> None:
    page = browser.new_page()
    requests: list[str] = []
    messages: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.on("dialog", lambda dialog: messages.append(dialog.message))
    page.goto(report.as_uri())
    for summary in page.locator("summary").all():
        summary.click()
    page.wait_for_load_state("networkidle")
    assert page.locator("details[open]").count() > 3
    assert requests == [report.as_uri()]
    assert messages == []
    page.close()


def test_a_page_that_loads_something_would_be_noticed(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("<img src='http://127.0.0.1:9/x.png'><script>console.log('here')</script>")
    page = browser.new_page()
    requests: list[str] = []
    messages: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: messages.append(message.text))
    page.goto(path.as_uri())
    page.close()
    assert len(requests) == 2
    assert "here" in messages


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1100])
def test_axe_finds_nothing_to_complain_about(browser: Browser, report: Path, scheme: str, width: int) -> None:
    page = opened(browser, report, width=width, scheme=scheme)
    page.locator("details").evaluate_all("all => all.forEach(details => details.open = true)")
    results = Axe().run(page, options={"resultTypes": ["violations", "passes"]})
    assert results.violations_count == 0, results.generate_report()
    passed = {rule["id"] for rule in results.response["passes"]}
    assert {"color-contrast", "heading-order", "svg-img-alt", "html-has-lang", "list"} <= passed
    page.context.close()


@pytest.mark.parametrize("width", [320, 360, 800, 1100])
def test_the_page_never_scrolls_sideways_and_no_chart_is_cut(
    browser: Browser, report: Path, width: int
) -> None:
    page = opened(browser, report, width=width)
    page.locator("details").evaluate_all("all => all.forEach(details => details.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("svg text").count() > 50
    assert page.evaluate(OVERFLOWING) == []
    narrowest = page.evaluate(
        "Math.min(...[...document.querySelectorAll('svg')].map(svg => svg.getBoundingClientRect().width))"
    )
    assert 13 * narrowest / WIDTH > 8.5  # pixels that the text of a chart is high
    page.context.close()


def test_dark_and_print_have_colours_of_their_own(browser: Browser, report: Path) -> None:
    colours = []
    page = opened(browser, report, scheme="dark")
    for media in ("screen", "print"):
        page.emulate_media(media="print" if media == "print" else "screen")
        colours.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert colours == ["rgb(20, 23, 27)", "rgb(255, 255, 255)"]
    assert page.locator("nav").evaluate("nav => getComputedStyle(nav).display") == "none"
    pdf = page.pdf(format="A4")
    assert pdf.startswith(b"%PDF")
    page.context.close()


@pytest.fixture(scope="module")
def plots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of `make plots` with a drawing as DVC's templates make them: two legends beside it."""
    folder = tmp_path_factory.mktemp("plots")
    values = [{"step": n, "loss": 1 / n, "rev": "a-long-name-of-a-branch", "field": "train"} for n in (1, 2)]
    colors = {"field": "rev", "scale": {"domain": ["a-long-name-of-a-branch"], "range": ["#945dd6"]}}
    spec = {
        "data": {"values": values},
        "title": "Loss (train with dropout, validation without)",
        "width": 300,
        "height": 300,
        "mark": "line",
        "encoding": {
            "x": {"field": "step", "type": "quantitative"},
            "y": {"field": "loss", "type": "quantitative"},
            "color": colors,
            "strokeDash": {
                "field": "field",
                "scale": {"domain": ["train_perplexity", "validation_perplexity"]},
            },
        },
    }
    drawing = (
        f"<div id='Loss'><script>var spec = {json.dumps(spec)}; vegaEmbed('#Loss', spec);</script></div>"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        write_template()
    page = (folder / TEMPLATE).read_text(encoding="utf-8").replace("{plot_divs}", drawing)
    (folder / "index.html").write_text(page, encoding="utf-8")
    return folder / "index.html"


@pytest.mark.parametrize("width", [320, 360, 1100])
def test_the_plots_never_scroll_sideways_and_have_room_enough_to_be_read(
    browser: Browser, plots: Path, width: int
) -> None:
    page = opened(browser, plots, width=width)
    page.locator("#Loss svg.marks text", has_text="validation_perplexity").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    shown, drawn = page.locator("#Loss svg.marks").evaluate(
        "svg => [svg.getBoundingClientRect().width, svg.viewBox.baseVal.width]"
    )
    assert shown <= width
    assert shown / drawn > 0.65  # of the 10 pixels that its text is high
    page.context.close()


def test_the_plots_are_dark_where_the_reader_is_and_light_on_paper(browser: Browser, plots: Path) -> None:
    page = opened(browser, plots, scheme="dark")
    text = page.locator("#Loss svg.marks .role-axis-title text").first
    text.wait_for()
    colours = []
    for media in ("screen", "print"):
        page.emulate_media(media="print" if media == "print" else "screen")
        behind = page.evaluate("getComputedStyle(document.body).backgroundColor")
        colours.append((behind, text.evaluate("text => getComputedStyle(text).fill")))
    assert colours == [("rgb(20, 23, 27)", "rgb(231, 234, 238)"), ("rgb(255, 255, 255)", "rgb(0, 0, 0)")]
    behind = page.locator("#Loss svg.marks").evaluate("svg => getComputedStyle(svg).backgroundColor")
    assert behind == "rgba(0, 0, 0, 0)"
    page.context.close()
