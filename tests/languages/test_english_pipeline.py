"""A small dump of an English wiki through the stages."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from minillm.corpus.corpus import clean_articles
from minillm.corpus.judging import Judging
from minillm.evaluation.grammar import all_pairs
from minillm.languages.grammar import load_grammar
from minillm.params import read_params
from minillm.wikipedia.extraction import extract_dump
from minillm.wikipedia.wiki import WIKI_FILE, read_wiki
from tests.conftest import ROOT, clone_working_tree, environment
from tests.stages import run_stage
from tests.wikipedia.dumps import head, page

LIGHTHOUSE = """{{Short description|A tower}}
{{Infobox lighthouse
| height = {{convert|12|m}}
}}
[[File:Tower.jpg|thumb|The [[tower]] by night]]
The '''Lora lighthouse''' ({{lang-la|pharus}}) is a tower of {{convert|1200|ft|m}} in the town of Lora, which
was opened on {{start date|1874|5|12}}.<ref>{{cite book|title=Towers}}</ref> It has {{lights|3}} inhabitants.

== History ==
It was built by the state in the 19<sup>th</sup> century{{citation needed|date=May 2010}} for the ships that
pass on their way to the north. The keeper was {{ill|Ann Ruiz|de|Ann Ruiz}}, who lived there with her family.

== References ==
{{reflist}}
* Smith, Ann. ''Towers''. Lora Press.

[[Category:Towers]]
"""
RIVER = """The '''Xia''' is a river in the north of the country that runs for {{cvt|45|mi}} to the sea and was
known to the Romans. There are many bridges over it, of which the oldest is from {{circa|1500}}.
"""
GERMAN = "Der Leuchtturm steht seit dem vorigen Jahrhundert auf dem Berg und leuchtet für die Schiffe. " * 8


def english_dump() -> bytes:
    pages = [
        page(1, LIGHTHOUSE, title="Lora lighthouse"),
        page(2, RIVER * 3, title="Xia"),
        page(
            3, "'''Xia''' may be a river or a town.\n{{disambiguation}}" + "\n* a" * 200, title="Xia (name)"
        ),
        page(4, GERMAN, title="Leuchtturm"),
        page(5, RIVER * 2, title="Rivers (disambiguation)"),
    ]
    siteinfo = head().replace('xml:lang="es"', 'xml:lang="en"').replace("eswiki", "enwiki")
    return (siteinfo + "".join(pages) + "</mediawiki>").encode()


def test_english_articles_become_english_text_and_the_others_say_why(tmp_path: Path) -> None:
    dump = tmp_path / "enwiki.xml"
    dump.write_bytes(english_dump())
    params = read_params(ROOT / "params.yaml")
    raw, clean, rejected = (tmp_path / name for name in ("raw.parquet", "clean.parquet", "rejected.parquet"))
    extract = params.extract.model_copy(update={"dump": str(dump), "articles": 0, "min_chars": 100})
    extract_dump(extract, params.seed, raw)
    assert read_wiki(raw.with_name(WIKI_FILE)).language == "en"
    rules = params.clean.model_copy(update={"min_chars": 100})
    metrics = clean_articles(Judging(raw, rules, "en"), clean, rejected)
    texts = {row["title"]: row["text"] for row in pq.read_table(clean).to_pylist()}
    assert texts["Lora lighthouse"] == (
        "The Lora lighthouse (Latin: pharus) is a tower of 1,200 ft in the town of Lora, which was opened on "
        "May 12, 1874.\n\nHistory\n\n"
        "It was built by the state in the 19th century for the ships that pass on their way to the north. "
        "The keeper was Ann Ruiz, who lived there with her family."
    )
    assert texts["Xia"].startswith(
        "The Xia is a river in the north of the country that runs for 45 mi to the sea"
    )
    assert metrics["kept"] == 2
    reasons = {row["title"]: row["reason"] for row in pq.read_table(rejected).to_pylist()}
    assert reasons == {
        "Xia (name)": "disambiguation",
        "Leuchtturm": "not_english",
        "Rivers (disambiguation)": "disambiguation",
    }
    assert list(metrics["rejected"]) == [  # type: ignore[call-overload]
        "parser_error", "too_much_work", "disambiguation", "too_short", "mostly_list", "not_english",
        "exact_duplicate", "near_duplicate",
    ]  # fmt: skip


@pytest.mark.system
@pytest.mark.slow
def test_language_en_runs_the_whole_pipeline(tmp_path: Path) -> None:
    project = clone_working_tree(tmp_path / "project")
    sentences = [pair.right for pair in all_pairs(load_grammar("en"))]
    pages = [page(n, " ".join(sentences[n::40]), title=f"Tower {n}") for n in range(1, 40)]
    siteinfo = head().replace('xml:lang="es"', 'xml:lang="en"')
    dump = project.root / "data" / "own" / "enwiki.xml"
    dump.write_text(siteinfo + "".join(pages) + "</mediawiki>", encoding="utf-8")
    project.set_params(
        extract={"dump": "data/own/enwiki.xml", "min_chars": 100, "articles": 0},
        clean={"min_chars": 100, "max_duplicate_similarity": 1.0},
        vocab={"vocab_size": 240},
        train={"epochs": 1},
        evaluate={"prompts": ["The tower"], "bleu_prompts": 2},
    )
    params = project.root / "params.yaml"
    params.write_text(
        params.read_text(encoding="utf-8").replace("language: es", "language: en"), encoding="utf-8"
    )
    for stage in ("extract", "clean", "vocab", "split", "train", "evaluate"):
        ended = run_stage(project.root, stage, environment())
        assert ended.returncode == 0, ended.stderr
    table = (project.root / "metrics" / "tables" / "grammar.tsv").read_text(encoding="utf-8")
    assert "article_sound\tminigpt\t" in table
    samples = (project.root / "metrics" / "samples.md").read_text(encoding="utf-8")
    assert samples.startswith("# Samples\n")
