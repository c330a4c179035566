"""Templates of a real MediaWiki: asked of it as its own dump has them, and rendered as it expands them."""

import json
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from minillm.wikipedia.api import WikiApi
from minillm.wikipedia.api_extraction import extract_api
from minillm.wikipedia.extraction import extract_dump
from minillm.wikipedia.templates import Definitions, read_definitions
from minillm.wikitext.transclusion import Transclusions
from tests.mediawiki.wiki import Wiki
from tests.spanish import SPANISH, read_page
from tests.wikipedia.dumps import dump, page
from tests.wikipedia.settings import extract_params

pytestmark = pytest.mark.mediawiki

CONTACT = "prueba@example.org"
PAGES = {
    "Plantilla:Ud": "#REDIRECCIÓN [[Plantilla:Unidad de prueba]]",
    "Plantilla:Udd": "#REDIRECT [[Template:Ud#Uso]]",
    "Plantilla:Unidad de prueba": "{{{1}}} {{dentro|{{{2|m}}}}}<noinclude>{{nadie}}</noinclude>",
    "Plantilla:Dentro": "'''{{{1}}}'''",
    "Plantilla:Larga": "x" * 3000,
    "Plantilla:Fuera": "#REDIRECCIÓN [[Usuario:Ana]]",
    "Plantilla:Sola": "#REDIRECCIÓN [[Plantilla:Sola]]",
    "Plantilla:Nadie la llama": "x",
    "Faro de prueba": "'''Faro''' {{udd|3}} {{larga}} {{fuera}} {{sola}} {{no hay}} {{Ñandú_1}} "
    + "Una luz. " * 60,
}
EXPECTED = Definitions(
    {"Ud": "Unidad de prueba", "Udd": "Ud"},
    {name: PAGES[f"Plantilla:{name}"] for name in ("Unidad de prueba", "Dentro")},
)


def import_pages(wiki: Wiki, folder: Path, texts: dict[str, str]) -> None:
    pages = [
        page(9000 + number, text, title=title, ns=10 * title.startswith("Plantilla:"))
        for number, (title, text) in enumerate(texts.items())
    ]
    (folder / "pages.xml").write_bytes(dump(*pages))
    wiki.maintain("importDump.php", "--quiet", str(folder / "pages.xml"))


def expanded(wiki: Wiki, wikitext: str) -> str:
    """What the wiki itself makes of the templates."""
    asked = {"action": "expandtemplates", "format": "json", "formatversion": "2", "prop": "wikitext"}
    with urlopen(f"{wiki.url}?{urlencode(asked | {'text': wikitext})}") as reply:
        return str(json.load(reply)["expandtemplates"]["wikitext"])


def test_the_api_and_the_wikis_own_dump_give_the_same_templates(wiki: Wiki, tmp_path: Path) -> None:
    import_pages(wiki, tmp_path, PAGES)
    given = extract_params(source="api", contact=CONTACT, articles=10_000, min_chars=500)
    api = WikiApi(wiki.url, CONTACT)
    extract_api(given, 42, [], tmp_path / "api.parquet", api, tmp_path / "state")
    asked = (tmp_path / "templates.json").read_bytes()
    extract_dump(
        extract_params(dump=str(wiki.dump(tmp_path / "dump.xml")), articles=0), 42, tmp_path / "d.parquet"
    )
    assert (tmp_path / "templates.json").read_bytes() == asked
    found = read_definitions(tmp_path / "templates.json")
    assert found.redirects.items() >= EXPECTED.redirects.items()
    assert found.sources == EXPECTED.sources
    assert "Fuera" not in found.redirects

    requests = [request for request in wiki.requests if "titles" in request.params]
    names = [name for request in requests for name in request.params["titles"].split("|")]
    assert len(names) == len(set(names)) > 50
    assert len(requests) < 3 * len(names) / 25
    assert all(len(request.params["titles"].split("|")) <= 50 for request in requests)
    assert all(len(request.path) < 2200 for request in requests)
    assert {"maxlag": "5", "redirects": "1"}.items() <= requests[0].params.items()
    assert not (tmp_path / "state" / "draw").exists()  # pages of templates may be edited: to be asked anew


SIMPLE = {
    "Uno": "{{{1}}}",
    "Negra": "'''{{{1}}}'''<noinclude>{{documentación}}</noinclude>",
    "Con defecto": "<includeonly>{{{1|{{{alto|tres}}}}}}&nbsp;m</includeonly>",
    "Enlace": "[[{{{1}}}|{{{2|{{{1}}}}}}]]",
    "Color de prueba": "a<onlyinclude><span style='color:{{{1}}}'>{{{2}}}</span></onlyinclude>b",
    "Doble": "{{uno|{{{1}}}}} y {{negra|{{{2}}}}}",
    "Nada": "<noinclude>x</noinclude>",
    "Pequeña": "<small>{{{1}}}</small><!-- fin -->",
}
CALLS = [
    "{{uno|luz}}", "{{ uno | luz }}", "{{uno|1=luz}}", "{{Uno|a|b}}", "{{negra|luz}}", "{{Negra|''luz''}}",
    "{{con defecto}}", "{{con defecto|5}}", "{{con defecto|alto=7}}", "{{Con_defecto||alto=7}}",
    "{{enlace|Lora}}", "{{enlace|Lora (río)|Lora}}", "{{color de prueba|red|rojo}}", "{{doble|uno|dos}}",
    "{{nada}}", "{{nada|x}}", "{{pequeña|[[luz]]}}", "{{uno|{{negra|luz}}}}", "{{uno|a=b}}", "{{uno}}",
    "{{doble|uno}}",
]  # fmt: skip


def test_simple_templates_read_as_what_mediawiki_expands(wiki: Wiki, tmp_path: Path) -> None:
    import_pages(wiki, tmp_path, {f"Plantilla:{name}": text for name, text in SIMPLE.items()})
    transclusions = Transclusions(Definitions({}, SIMPLE), SPANISH)
    compared = 0
    for call in CALLS:
        sentence = f"Crece en la {call} sierra."
        ours = read_page(sentence, transclusions=transclusions).text
        theirs = expanded(wiki, sentence)
        if "{{{" in theirs:  # an argument that is missing
            assert ours == ""
        else:
            assert ours == read_page(theirs).text
            compared += 1
    assert compared >= 18
