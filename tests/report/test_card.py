import hashlib
import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from minillm.errors import InputError
from minillm.report import card as card_module
from minillm.report.card import escape, render_card
from minillm.report.results import read_results
from minillm.wikipedia.wiki import Wiki
from tests.report.files import HOSTILE, change_figure, use_files, use_wiki, write_results, write_tokenizer
from tests.report.test_origin import write_texts


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_results(tmp_path)


def card_of(root: Path) -> str:
    return render_card(read_results(root), root)


def front_matter(card: str) -> dict[str, object]:
    found: dict[str, object] = YAML(typ="safe").load(card.split("---\n")[1])
    return found


def test_a_card_of_the_embedded_corpus_names_its_licence_and_links_no_invented_revision(root: Path) -> None:
    card = card_of(root)
    assert card == card_of(root)
    assert front_matter(card)["language"] == "es"
    assert front_matter(card)["license"] == "mit"
    assert "[CC0 1.0](https://creativecommons.org/publicdomain/zero/1.0/deed.es)" in card
    assert "oldid" not in card
    assert hashlib.sha256(b"weights").hexdigest() in card
    assert "| Loss, nats per token | 4.250 | 4.125 to 4.375 |" in card
    assert "**1 of 3 alarms is raised:**" in card
    assert "it predicts 25.0% of the tokens, 12.5% if" in card


def test_a_card_of_wikipedia_links_each_revision_that_was_learnt_from(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_wiki(root)
    write_texts(root, 30)
    change_figure(root, "split", "train.articles", 23)
    monkeypatch.setattr(card_module, "LISTED_ARTICLES", 5)
    card = card_of(root)
    assert front_matter(card)["license"] == "cc-by-sa-4.0"
    assert "[CC BY-SA 4.0](https://creativecommons.org/licenses/by-sa/4.0/deed.es)" in card
    links = [line for line in card.splitlines() if line.startswith("- [Título ")]
    assert len(links) == 5
    number = int(links[0].removeprefix("- [Título ").split("]")[0])
    assert links[0].endswith(f"](https://es.wikipedia.org/w/index.php?oldid={1000 + number})")
    assert "18 more are in `data/clean/articles.parquet`" in card
    monkeypatch.setattr(card_module, "LISTED_ARTICLES", 50)
    change_figure(root, "split", "train.articles", card_of(root).count("- [Título "))
    assert "more are in" not in card_of(root)


def test_a_card_of_an_unknown_wiki_claims_nothing_and_links_nothing(root: Path) -> None:
    use_wiki(root, sitename=HOSTILE, base="", language="")
    write_texts(root, 5)
    card = card_of(root)
    assert "language" not in front_matter(card)
    assert front_matter(card)["license"] == "other"
    assert "spanish" not in str(front_matter(card)["tags"])
    assert "Licence: unknown. By authors unknown here." in card
    assert "Language of the articles: not declared." in card
    assert "ask who made the texts before you pass the weights on" in card
    for claim in ("BY-SA", "Spanish only", "oldid", HOSTILE):
        assert claim not in card
    assert not re.search(r"(?<!\\)\]\(http", card)
    assert any(line.startswith("- Título ") and "revision 100" in line for line in card.splitlines())


def test_a_card_of_several_wikis_links_the_articles_where_they_are(root: Path) -> None:
    base = "https://es.wikisource.org/wiki/Portada"
    use_wiki(root, others=(Wiki("Wikisource", "eswikisource", base, "es"),))
    write_texts(root, 20, url="https://es.wikisource.org/wiki/(x)_")
    card = card_of(root)
    assert front_matter(card)["license"] == "cc-by-sa-4.0"
    assert "at es.wikipedia.org; «Wikisource», by its own account at es.wikisource.org." in card
    links = [line for line in card.splitlines() if line.startswith("- [Título ")]
    assert len(links) > 5
    address = "https://es.wikisource.org/wiki/%28x%29_"
    assert all(line.endswith(f"]({address}{line[10:].split(']')[0]})") for line in links)
    assert "oldid" not in card
    assert "in the revision" not in card


def test_a_card_says_another_language_and_links_that_wikis_revisions(root: Path) -> None:
    use_wiki(root, base="https://recipes.example.org/wiki/Main_Page", language="en")
    write_texts(root, 5)
    card = card_of(root)
    assert front_matter(card)["language"] == "en"
    assert "Language of the articles: en." in card
    assert "](https://recipes.example.org/wiki/Main_Page?oldid=100" in card
    assert "es.wikipedia.org" not in card


def test_a_card_of_somebodys_files_claims_nothing_of_wikipedia_and_lists_no_titles(root: Path) -> None:
    use_files(root)
    write_texts(root, 5)
    unknown = card_of(root)
    assert (
        "Articles: files whose origin is not said. Licence: unknown. By authors unknown here. Ask who"
        in unknown
    )
    use_files(root, origin="Novelas *de* 1900", licence="CC0 1.0", attribution="Ana")
    known = card_of(root)
    assert r"Articles: Novelas \*de\* 1900. Licence: CC0 1.0. By Ana. Whoever passes the text on" in known
    assert "under the texts' licence, naming their authors, is on the safe side" in known
    for card in (unknown, known):
        assert front_matter(card)["license"] == "other"
        assert "in the manner of its articles" in card
        for claim in (
            "Wikipedia",
            "encyclopedia",
            "BY-SA",
            "oldid",
            "revision",
            "Título",
            "markup",
            "details",
        ):
            assert claim not in card


def test_articles_of_files_that_have_an_address_are_linked(root: Path) -> None:
    use_files(root, licence="CC BY-SA 4.0")
    write_texts(root, 20, url="https://es.wikipedia.org/wiki/")
    change_figure(root, "split", "train.articles", 2000)
    card = card_of(root)
    links = [line for line in card.splitlines() if line.startswith("- [Título ")]
    assert len(links) > 5
    assert all(line.endswith(f"](https://es.wikipedia.org/wiki/{line[10:].split(']')[0]})") for line in links)
    assert f"{2000 - len(links):,} more are in `data/clean/articles.parquet` (title, url)." in card


def test_an_alarm_of_which_nothing_is_known_is_no_silent_one(root: Path) -> None:
    assert "Not known" not in card_of(root)
    path = root / "metrics/tables/alarms.tsv"
    known = path.read_text(encoding="utf-8").replace("\tTrue\t", "\tFalse\t")
    unknown = known.replace("a_new_alarm\tFalse\tnothing", "copying\t\tnot measured: few")
    path.write_text(unknown, encoding="utf-8")
    heading = "None of 3 alarms is raised.\n\nNot known, which is no all-clear:\n\n"
    assert f"{heading}- **Copying from the training text**: Not measured: few.\n\n## How" in card_of(root)


def test_tables_and_lists_are_markdown_without_holes(root: Path) -> None:
    lines = card_of(root).splitlines()
    starts = [index for index, line in enumerate(lines) if line.startswith("|---")]
    assert len(starts) == 2
    for start in starts:
        assert lines[start - 1].startswith("| ")
        assert lines[start - 2] == ""
        columns = lines[start].count("|")
        body = lines[start + 1 : lines.index("", start)]
        assert len(body) > 5
        assert {line.count("|") for line in body} == {columns}


def test_marks_of_markdown_and_html_are_shown_and_not_obeyed(root: Path) -> None:
    card = card_of(root)
    assert "<script" not in card.replace("\\<script", "")
    assert r"\<script\>alert(1)\</script\>" in card
    assert r"\[x\](http" in card
    assert escape("a\n| b *c* ![d]") == r"a \| b \*c\* \!\[d\]"
    assert HOSTILE not in card


def test_weights_of_another_tokenizer_get_no_card(root: Path) -> None:
    write_tokenizer(root, "A B C D")
    with pytest.raises(InputError, match=r"^checkpoints/best was trained with another tokenizer \("):
        card_of(root)
