"""What a wiki may answer to the names of templates, honest or not."""

import hashlib
from pathlib import Path

import pytest

from minillm.errors import InputError
from minillm.wikipedia import api_templates
from minillm.wikipedia.api import WikiApi
from minillm.wikipedia.api_extraction import extract_api
from minillm.wikipedia.api_templates import fetch_definitions
from minillm.wikipedia.articles import text_sha1
from minillm.wikipedia.replies import ReplyError, template_pages
from minillm.wikipedia.revisions import Revision
from minillm.wikipedia.templates import MOST_STEPS, NO_DEFINITIONS, Definitions, read_definitions
from tests.wikipedia.faulty_server import Answer, FaultyServer, Request, json_answer
from tests.wikipedia.test_api_sampling import FakeWiki, params


def page(title: str, wikitext: str, **changes: object) -> dict[str, object]:
    main = {
        "content": wikitext,
        "size": len(wikitext.encode()),
        "sha1": hashlib.sha1(wikitext.encode(), usedforsecurity=False).hexdigest(),
    }
    return {"ns": 10, "title": title, "revisions": [{"slots": {"main": main | changes}}]}


class Templates:
    """A wiki that knows nothing but templates: `pages` by name, a redirect as `→Target`."""

    def __init__(self, **pages: str) -> None:
        self.pages = pages
        self.asked: list[list[str]] = []
        self.server = FaultyServer(self.answer)

    def answer(self, request: Request) -> Answer:
        names = [title.removeprefix("Template:") for title in request.params["titles"].split("|")]
        self.asked.append(names)
        redirects, found = [], []
        for name in names:
            for _ in range(5):
                text = self.pages.get(name, "")
                if not text.startswith("→"):
                    break
                redirects.append({"from": f"Plantilla:{name}", "to": f"Plantilla:{text[1:]}"})
                name = text[1:]
            if name in self.pages:
                found.append(page(f"Plantilla:{name}", text))
        return json_answer({"query": {"redirects": redirects, "pages": found}})

    def fetch(self, folder: Path, *called: str, times: int = 1) -> Definitions:
        with self.server.running():
            api = WikiApi(self.server.url, "prueba@example.org", sleep=lambda _seconds: None)
            return [fetch_definitions(api, folder, called) for _ in range(times)][-1]


def test_nothing_is_asked_where_no_template_is_called(tmp_path: Path) -> None:
    wiki = Templates()
    assert wiki.fetch(tmp_path) == NO_DEFINITIONS
    assert wiki.asked == []


def test_redirects_and_what_templates_call_are_followed_and_no_name_is_asked_twice(tmp_path: Path) -> None:
    wiki = Templates(A="→B", B="{{c}} {{a}}", C="luz", D="nadie")
    found = Definitions({"A": "B"}, {"B": "{{c}} {{a}}", "C": "luz"})
    assert wiki.fetch(tmp_path, "A", "X", times=2) == found
    assert wiki.asked == [["A", "X"], ["C"]]  # once: the replies were kept


def test_circles_and_endless_chains_end(tmp_path: Path) -> None:
    endless = Templates(**{f"C{n}": f"{{{{c{n + 1}}}}}" for n in range(50)}, A="→B", B="→A")
    assert len(endless.fetch(tmp_path, "C0", "A").sources) == MOST_STEPS
    assert len(endless.asked) == MOST_STEPS


@pytest.mark.parametrize("is_pinned", [True, False])
def test_with_pinned_revisions_the_templates_are_the_pinned_ones_and_none_is_asked_for(
    tmp_path: Path, is_pinned: bool
) -> None:
    text = "Un faro {{a}}."
    wiki, out = FakeWiki({7: text}), tmp_path / "articles.parquet"
    pins = [Revision(7, 1007, "2026-01-02T03:04:05Z", text_sha1(text), "Faro")] if is_pinned else []
    pinned = Definitions({"A": "Unidad"}, {})
    with wiki.server.running():
        api = WikiApi(wiki.server.url, "prueba@example.org")
        extract_api(params(1), 1, pins, out, api, tmp_path / "state", pinned)
    asked = [request.params["titles"] for request in wiki.server.requests if "titles" in request.params]
    assert asked == ([] if is_pinned else ["Template:A"])
    assert read_definitions(tmp_path / "templates.json") == (pinned if is_pinned else NO_DEFINITIONS)


def test_of_very_many_names_the_first_ones_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_templates, "MOST_ASKED", 3)
    wiki = Templates(A="{{z}}", B="b", C="c", D="d")
    assert set(wiki.fetch(tmp_path, *"DCBA").sources) == {"A", "B", "C"}
    assert wiki.asked == [["A", "B", "C"]]


def test_an_address_has_its_bounds(tmp_path: Path) -> None:
    wiki = Templates()
    wiki.fetch(tmp_path, *(f"Ñ{n:02} " + "ñ" * 100 for n in range(60)), *(f"A{n}" for n in range(200)))
    assert sum(map(len, wiki.asked)) == 260
    assert max(map(len, wiki.asked)) == 50
    assert all(len(request.path) < 2200 for request in wiki.server.requests)


@pytest.mark.parametrize(
    "query",
    [
        {"redirects": [{"from": "Plantilla:A", "to": "Wikipedia:B"}]},
        {"pages": [page("Plantilla:A", "x") | {"ns": 0}]},
        {"pages": [page("Plantilla:A", "x", sha1="0" * 40)]},
        {"pages": [page("Plantilla:A", "x", size=7)]},
        {"pages": [page("Plantilla:A", "\ud800".encode("utf-8", "replace").decode(), content="\ud800")]},
        {"pages": [{"ns": 10, "title": "Plantilla:A", "missing": True}]},
        {"pages": [{"title": "Plantilla:A<", "invalid": True}]},
        {"pages": [page("Plantilla:A", "x" * 3000)]},
        {"pages": [page("Plantilla:Otra", "x")]},  # not asked for
        {},
    ],
)
def test_what_is_no_template_that_was_asked_for_is_none(tmp_path: Path, query: dict[str, object]) -> None:
    wiki = Templates()
    wiki.server.answer = lambda _request: json_answer({"query": query})
    assert wiki.fetch(tmp_path, "A") == NO_DEFINITIONS


@pytest.mark.parametrize(
    "query",
    [
        {"redirects": {}}, {"redirects": [3]}, {"redirects": [{"from": "a"}]},
        {"redirects": [{"from": 1, "to": "a"}]}, {"pages": "x"}, {"pages": [[]]},
        {"pages": [{"revisions": 3}]},
        {"pages": [{"revisions": [{"slots": []}]}]},
        {"pages": [{"ns": 10, "title": 3, "revisions": page("", "x")["revisions"]}]},
        {"pages": [{"ns": 10, "revisions": [{"slots": {"main": {"content": 3}}}]}]},
    ],
)  # fmt: skip
def test_a_reply_that_no_mediawiki_gives_is_a_reply_error_in_one_line(query: dict[str, object]) -> None:
    with pytest.raises(ReplyError, match=r"\A.+\Z"):
        template_pages(query)


def test_a_reply_of_another_kind_ends_the_run_in_one_line(tmp_path: Path) -> None:
    wiki = Templates()
    wiki.server.answer = lambda _request: json_answer({"query": {"pages": 3}})
    with pytest.raises(InputError, match=r"\Aextract\.api_url = .*Template:A.*\Z"):
        wiki.fetch(tmp_path, "A")
