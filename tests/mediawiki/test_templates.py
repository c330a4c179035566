"""The templates that articles call, asked of a real MediaWiki: as its own dump has them, and politely."""

from pathlib import Path

import pytest

from minillm.wikipedia.api import WikiApi
from minillm.wikipedia.api_extraction import extract_api
from minillm.wikipedia.extraction import extract_dump
from minillm.wikipedia.templates import Definitions, read_definitions
from tests.mediawiki.wiki import Wiki
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
    "Faro": "'''Faro''' {{udd|3}} {{larga}} {{fuera}} {{sola}} {{no hay}} {{Ñandú_1}} " + "Una luz. " * 60,
}
EXPECTED = Definitions(
    {"Ud": "Unidad de prueba", "Udd": "Ud"},
    {name: PAGES[f"Plantilla:{name}"] for name in ("Unidad de prueba", "Dentro")},
)


def test_the_api_and_the_wikis_own_dump_give_the_same_templates(wiki: Wiki, tmp_path: Path) -> None:
    pages = [
        page(9000 + number, text, title=title, ns=10 * title.startswith("Plantilla:"))
        for number, (title, text) in enumerate(PAGES.items())
    ]
    (tmp_path / "pages.xml").write_bytes(dump(*pages))
    wiki.maintain("importDump.php", "--quiet", str(tmp_path / "pages.xml"))
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
