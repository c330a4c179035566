"""Pages of templates: what is kept of a dump's, which of it the articles lead to, and the file of it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minillm.errors import InputError
from minillm.wikipedia import templates
from minillm.wikipedia.articles import Article
from minillm.wikipedia.dump import read_dump
from minillm.wikipedia.extraction import extract_dump
from minillm.wikipedia.templates import (
    MOST_SOURCE_CHARACTERS,
    MOST_STEPS,
    NO_DEFINITIONS,
    Definitions,
    TemplatePages,
    called_names,
    read_definitions,
    template_name,
    write_definitions,
)
from tests.wikipedia.dumps import dump, page, revision, text_element
from tests.wikipedia.settings import extract_params


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("unidad_de  medida", "Unidad de medida"),
        (" ñandú ", "Ñandú"),
        ("дата", "Дата"),
        ("ßx", "ẞx"),  # one character for one, by pinned tables
        ("AC", "AC"),
        ("", ""),
        (" _ ", ""),
        ("é" * 127, "É" + "é" * 126),
        ("é" * 128, ""),  # 256 bytes are no title
    ],
)
def test_a_name_is_written_as_mediawiki_titles_it(written: str, name: str) -> None:
    assert template_name(written) == name


@pytest.mark.parametrize(
    ("wikitext", "names"),
    [
        ("{{a}} {{b|x}} {{ c_d \n| x = {{e}} }}", {"A", "B", "C d", "E"}),
        ("{{{1}}} {{{n|x}}} {{#if:x|{{y}}}} {{formatnum:3}} {{PAGENAME:x}}", {"Y"}),
        ("{{a<!-- -->}} {{[[x]]}} {{a{{b}}}} {{a", {"B"}),
        ("{{" + "x" * 256 + "}} {{|}} {{}} {{ }}", set()),
    ],
)
def test_the_names_that_a_text_calls(wikitext: str, names: set[str]) -> None:
    assert called_names(wikitext) == names


@given(st.text(alphabet="{}|a_ \n#:[", max_size=60))
def test_any_text_calls_names_that_are_titles(wikitext: str) -> None:
    assert all(template_name(name) == name for name in called_names(wikitext))


def kept(*pages: tuple[str, str, str | None], called: str) -> Definitions:
    collected = TemplatePages()
    for title, wikitext, redirect in pages:
        collected.add(title, wikitext, redirect)
    collected.call(called)
    return collected.called()


@pytest.mark.parametrize("namespace", ["Plantilla", "Template", "Vorlage", "Modèle", "Шаблон"])
def test_what_articles_lead_to_is_kept_whatever_the_namespace_is_called(namespace: str) -> None:
    found = kept(
        (f"{namespace}:Cr", "", f"{namespace}:Cita requerida"),
        (f"{namespace}:Cita requerida", "<sup>[cita requerida]</sup>", None),
        (f"{namespace}:Otra", "x", None),
        (f"{namespace}:Envuelve", "{{nowrap|{{{1}}}}} {{dentro}}", None),
        (f"{namespace}:Dentro", "luz", None),
        called="Un faro{{cr}} {{envuelve|x}} {{nadie}}",
    )
    assert found.redirects == {"Cr": "Cita requerida"}
    assert set(found.sources) == {"Cita requerida", "Envuelve", "Dentro"}


@pytest.mark.parametrize("target", ["Wikipedia:A", "Unidad", "plantilla:A", "Plantilla:", ":Plantilla:A", ""])
def test_a_redirect_out_of_the_namespace_is_none(target: str) -> None:
    assert kept(("Plantilla:X", "", target), called="{{x}}") == NO_DEFINITIONS


def test_redirects_in_a_circle_and_long_chains_end() -> None:
    circle = [("Plantilla:A", "", "Plantilla:B"), ("Plantilla:B", "", "Plantilla:A")]
    assert kept(*circle, called="{{a}}").redirects == {"A": "B", "B": "A"}
    assert kept(("Plantilla:A", "", "Plantilla:A"), called="{{a}}").redirects == {"A": "A"}
    chain = [(f"Plantilla:C{n}", "", f"Plantilla:C{n + 1}") for n in range(20)]
    assert kept(*chain, called="{{c0}}").redirects == {f"C{n}": f"C{n + 1}" for n in range(MOST_STEPS)}


def test_long_templates_and_those_that_call_functions_are_not_kept() -> None:
    long, function = "x" * (MOST_SOURCE_CHARACTERS + 1), "{{#if:{{{1|}}}|x}}"
    pages = [("Plantilla:A", long, None), ("Plantilla:B", function, None), ("Plantilla:C", long[1:], None)]
    assert set(kept(*pages, called="{{a}}{{b}}{{c}}").sources) == {"C"}


def test_the_first_page_of_a_name_counts() -> None:
    pages = [("Plantilla:A", "uno", None), ("Plantilla:A", "dos", None), ("Plantilla:A", "", "Plantilla:B")]
    assert kept(*pages, called="{{a}}") == Definitions({}, {"A": "uno"})


@pytest.mark.parametrize(("bound", "value"), [("MOST_PAGES", 2), ("MOST_CHARACTERS", 5)])
def test_of_very_many_pages_the_later_ones_are_left_out(
    monkeypatch: pytest.MonkeyPatch, bound: str, value: int
) -> None:
    monkeypatch.setattr(templates, bound, value)
    collected = TemplatePages()
    for name in "ABCD":
        collected.add(f"Plantilla:{name}", "x", None)
    collected.call("{{a}}{{b}}{{c}}{{d}}")
    assert collected.called().sources == {"A": "x", "B": "x"}
    assert collected.left_out == 2


# In a dump


def extracted(folder: Path, *pages: str, articles: int = 0) -> Definitions:
    path = folder / "dump.xml"
    path.write_bytes(dump(*pages))
    extract_dump(extract_params(dump=str(path), articles=articles, min_chars=0), 1, folder / "raw.parquet")
    return read_definitions(folder / "templates.json")


def test_a_dumps_templates_stand_beside_the_articles_in_whatever_order_they_come(
    tmp_path: Path,
) -> None:
    pages = [
        page(1, "Un faro {{cr}} de {{altura|3}}."),
        page(2, title="Plantilla:Cr", ns=10, redirect="Plantilla:Cita requerida"),
        page(3, "{{{1}}} m", title="Plantilla:Altura", ns=10),
        page(4, "nadie la usa", title="Plantilla:Nadie", ns=10),
        page(5, title="Wikipedia:Altura", ns=4, redirect="Plantilla:Otra"),
    ]
    expected = Definitions({"Cr": "Cita requerida"}, {"Altura": "{{{1}}} m"})
    assert extracted(tmp_path, *pages) == expected
    written = (tmp_path / "templates.json").read_bytes()
    assert extracted(tmp_path, *reversed(pages)) == expected
    assert (tmp_path / "templates.json").read_bytes() == written


def test_only_the_articles_of_a_sample_call_templates(tmp_path: Path) -> None:
    pages = [page(n, f"{{{{t{n}}}}}") for n in range(1, 9)]
    pages += [page(10 + n, "x", title=f"Plantilla:T{n}", ns=10) for n in range(1, 9)]
    assert len(extracted(tmp_path, *pages, articles=3).sources) == 3


def test_pages_without_their_text_hold_no_template(tmp_path: Path) -> None:
    hidden = revision("", element='<text bytes="9" deleted="deleted" />', sha1="")
    wrong = revision("a", element=text_element("a", "0" * 31))
    found = extracted(
        tmp_path,
        page(1, "{{a}} {{b}} {{c}} {{sin}}"),
        page(2, title="Plantilla:A", ns=10, revisions=hidden),
        page(3, title="Plantilla:B", ns=10, revisions=wrong),
        page(4, "", title="Plantilla:C", ns=10),
        page(5, "x", title="Sin", ns=10),
    )
    assert found == Definitions({}, {"C": ""})


def test_pages_of_templates_are_still_counted_as_no_articles(tmp_path: Path) -> None:
    path = tmp_path / "dump.xml"
    path.write_bytes(
        dump(page(1, "x"), page(2, title="Plantilla:A", ns=10), page(3, title="Módulo:A", ns=828))
    )
    with_templates, without = (list(read_dump(path, templates=t)) for t in (TemplatePages(), None))
    assert with_templates == without
    assert [item for item in without if not isinstance(item, Article)] == ["other_namespace"] * 2


# The file


def test_a_file_without_templates_is_the_one_that_is_committed(tmp_path: Path) -> None:
    write_definitions(tmp_path / "templates.json", NO_DEFINITIONS)
    committed = Path(__file__).parents[2] / "data" / "templates.json"
    assert (tmp_path / "templates.json").read_bytes() == committed.read_bytes()


def test_the_file_is_sorted_and_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "templates.json"
    both = Definitions({"Ñ": "B", "A": "C"}, {"Z": "«x»\n", "B": ""})
    write_definitions(path, both)
    assert read_definitions(path) == both
    text = path.read_text(encoding="utf-8")
    assert text.index('"A"') < text.index('"Ñ"') < text.index('"B": ""') < text.index('"Z"')


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"redirects": {}}', '{"redirects": [], "sources": {}}', "[" * 100_000,
     '{"redirects": {"a": 1}, "sources": {}}', '{"redirects": {}, "sources": {}, "x": {}}'],
)  # fmt: skip
def test_another_file_is_refused_in_one_line(tmp_path: Path, content: str) -> None:
    path = tmp_path / "templates.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"does not hold templates; run `dvc repro -f extract`\Z"):
        read_definitions(path)
    path.unlink()
    with pytest.raises(InputError, match=r"is missing; run `dvc repro -f extract`\Z"):
        read_definitions(path)
