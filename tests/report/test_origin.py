from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from minillm.errors import InputError
from minillm.params import ExtractParams, read_params
from minillm.report.origin import TEXTS, origin_of, training_articles
from minillm.tokens.assignment import split_of
from minillm.wikipedia.wiki import UNKNOWN, Wiki
from tests.report.files import ROOT

PARAMS = read_params(ROOT / "params.yaml")
WIKIPEDIA = Wiki("Wikipedia", "eswiki", "https://es.wikipedia.org/wiki/Wikipedia:Portada", "es")
OTHER = Wiki("Recetario", "recetas", "https://recetas.example.org/wiki/Portada", "es")


def extract(**changes: object) -> ExtractParams:
    return PARAMS.extract.model_copy(update=changes)


def test_the_embedded_corpus_asks_for_no_attribution_whatever_the_parameters_say() -> None:
    wiki = Wiki("Muestra", "eswiki_sample", language="es", embedded=True)
    origin = origin_of(wiki, extract(dump="x.xml", licence="GFDL", attribution="Ana"), "es")
    assert origin == origin_of(wiki, extract(), "es")
    assert (origin.embedded, origin.licence, origin.card_licence) == (True, "CC0 1.0", "mit")
    assert origin.revision_url == ""  # its revisions are made up


def test_wikipedias_licence_is_known_and_its_revisions_are_linked() -> None:
    origin = origin_of(WIKIPEDIA, extract(licence="mine"), "es")
    assert (origin.licence, origin.card_licence) == ("CC BY-SA 4.0", "cc-by-sa-4.0")
    assert origin.name == "«Wikipedia», by its own account at es.wikipedia.org"
    assert origin.revision_url == "https://es.wikipedia.org/w/index.php?oldid="
    assert "names them and keeps the licence" in origin.statement


@pytest.mark.parametrize("wiki", [UNKNOWN, OTHER])
def test_the_licence_of_another_wiki_is_unknown_until_somebody_says_it(wiki: Wiki) -> None:
    unknown = origin_of(wiki, extract(), "es")
    assert (unknown.licence, unknown.licence_url, unknown.card_licence) == ("", "", "other")
    assert "Ask who made the text before you pass it on" in unknown.statement
    said = extract(licence="CC BY 4.0", licence_url="https://example.org/by", attribution="Ana y Luis")
    known = origin_of(wiki, said, "es")
    assert (known.licence, known.licence_url) == ("CC BY 4.0", "https://example.org/by")
    assert known.statement.startswith("By Ana y Luis. ")
    assert known.card_licence == "other"


def test_what_the_wikis_api_says_of_its_licence_stands_where_the_parameters_are_silent() -> None:
    wiki = Wiki("A", base=OTHER.base, licence="GFDL", licence_url="https://example.org/gfdl")
    assert origin_of(wiki, extract(), "es").licence == "GFDL"
    assert origin_of(wiki, extract(licence="CC0"), "es").licence_url == ""
    assert origin_of(Wiki(licence_url="https://example.org/gfdl"), extract(), "es").licence == (
        "https://example.org/gfdl"
    )


def test_a_wiki_that_names_nothing_is_said_to_be_unknown_and_nothing_is_linked() -> None:
    origin = origin_of(UNKNOWN, extract(), "es")
    assert origin.name == "a wiki without a name, by its own account nowhere on the web"
    assert (origin.revision_url, origin.language, origin.fits_the_rules) == ("", "", False)
    assert "By authors unknown here." in origin.statement


def test_of_files_is_known_what_the_parameters_say() -> None:
    unknown = origin_of(Wiki(files=True), extract(source="files"), "es")
    assert (unknown.name, unknown.licence, unknown.revision_url) == ("files whose origin is not said", "", "")
    assert unknown.files
    assert (unknown.language, unknown.fits_the_rules) == ("es", True)
    assert unknown.statement == "By authors unknown here. Ask who made the text before you pass it on."
    said = extract(
        source="files", markup="wikitext", origin="Un recetario", licence="GFDL", attribution="Ana"
    )
    known = origin_of(Wiki(files=True), said, "es")
    assert (known.name, known.licence, known.card_licence) == ("Un recetario", "GFDL", "other")
    assert known.statement.startswith("By Ana. The markup was removed. ")


def test_of_several_wikis_is_said_what_holds_for_all_and_else_what_each_is() -> None:
    source = Wiki("Wikisource", "eswikisource", "https://es.wikisource.org/wiki/Portada", "es")
    both = origin_of(replace(WIKIPEDIA, others=(source,)), extract(), "es")
    one = origin_of(WIKIPEDIA, extract(), "es")
    name = "«Wikipedia», by its own account at es.wikipedia.org; «Wikisource», by its own account at"
    assert both == replace(one, name=f"{name} es.wikisource.org", revision_url="", several=True)
    three = origin_of(replace(WIKIPEDIA, others=(source, replace(OTHER, language="gl"))), extract(), "es")
    assert (three.language, three.fits_the_rules, three.licence, three.licence_url) == ("mul", False, "", "")
    assert (three.card_licence, three.statement.count("Ask who made the text")) == ("other", 1)
    said = extract(licence="GFDL", attribution="Ana")
    known = origin_of(replace(WIKIPEDIA, others=(OTHER,)), said, "es")
    assert (known.licence, known.licence_url, known.language) == ("CC BY-SA 4.0 and GFDL", "", "es")
    assert known.statement.startswith("By Ana. ")


@pytest.mark.parametrize(
    ("language", "fits"), [("es", True), ("es-419", True), ("ES", True), ("est", False), ("en", False)]
)
def test_whether_the_rules_fit_is_told_by_the_languages_tag(language: str, fits: bool) -> None:
    assert origin_of(Wiki(language=language), extract(), "es").fits_the_rules is fits


def write_texts(root: Path, count: int, url: str = "") -> None:
    (root / TEXTS).parent.mkdir(parents=True)
    rows = [
        {
            "id": str(n),
            "title": f"Título {n}",
            "revision_id": 1000 + n,
            "url": url and f"{url}{n}",
            "text": "x",
        }
        for n in range(count)
    ]
    pq.write_table(pa.Table.from_pylist(rows), root / TEXTS)


def test_the_articles_that_were_learnt_from_are_listed_and_no_others(tmp_path: Path) -> None:
    write_texts(tmp_path, 2500)  # three batches
    expected = [
        (f"Título {n}", 1000 + n, "")
        for n in range(2500)
        if split_of(str(n), PARAMS.seed, PARAMS.split) == "train"
    ]
    assert 1500 < len(expected) < 2000
    assert training_articles(tmp_path, PARAMS, most=9999) == expected
    assert training_articles(tmp_path, PARAMS, most=3) == expected[:3]


def test_missing_and_foreign_articles_are_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"articles\.parquet is missing; run `dvc repro clean`"):
        training_articles(tmp_path, PARAMS, most=3)
    (tmp_path / TEXTS).parent.mkdir(parents=True)
    (tmp_path / TEXTS).write_bytes(b"no parquet at all")
    with pytest.raises(InputError, match="is no readable Parquet file"):
        training_articles(tmp_path, PARAMS, most=3)
    pq.write_table(pa.table({"id": ["1"]}), tmp_path / TEXTS)
    with pytest.raises(InputError, match=r"has the columns id \(string\) and not id"):
        training_articles(tmp_path, PARAMS, most=3)


def test_the_language_of_the_rules_is_the_one_that_params_yaml_names() -> None:
    origin = origin_of(Wiki(language="en-GB"), extract(), "en")
    assert (origin.fits_the_rules, origin.language_of_the_rules) == (True, "English")
