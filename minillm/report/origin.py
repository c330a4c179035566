"""Where the articles come from, under which licence, and who has to be named.

The embedded corpus was written for this project, under CC0. Of anything else is known what it says of itself
(minillm/wikipedia/wiki.py): the licence where that is a Wikimedia project; elsewhere it is `extract.licence`,
or what the wiki's API said, or unknown. Each revision is linked where its wiki's address is known, since its
history names the authors. Files say nothing of themselves: what they are stands in `extract.origin`.
Articles of several wikis have all their licences and authors.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from minillm.languages.loading import load_language
from minillm.params import ExtractParams, Params
from minillm.parquet import read_rows
from minillm.tokens.assignment import split_of
from minillm.wikipedia.wiki import WIKI_FILE, Wiki, web_address

TEXTS = Path("data/clean/articles.parquet")
WIKI = Path("data/raw") / WIKI_FILE
_COLUMNS: dict[str, pa.DataType] = {
    "id": pa.string(),
    "title": pa.string(),
    "revision_id": pa.int64(),
    "url": pa.string(),
}
_CC0 = ("CC0 1.0", "https://creativecommons.org/publicdomain/zero/1.0/deed.es")
_SEVERAL_LANGUAGES = "mul"  # ISO 639-2
_CC_BY_SA = ("CC BY-SA 4.0", "https://creativecommons.org/licenses/by-sa/4.0/deed.es")


@dataclass(frozen=True)
class Origin:
    """A source of articles. All of it is text that has to be escaped, the addresses are safe."""

    embedded: bool
    name: str
    language: str
    """BCP 47; empty where it is unknown."""
    licence: str
    """Empty where it is unknown."""
    licence_url: str
    """Empty where there is none."""
    card_licence: str
    """The identifier in a model card's head."""
    statement: str
    """What a reader has to know to use the text rightly."""
    revision_url: str
    """To which the number of a revision is appended; empty where ids are invented or the wiki is unknown."""
    rules: str
    """Code of the language whose rules of cleaning, function words and grammar were taken."""
    files: bool = False
    """Whether the articles are somebody's own files, and no wiki's."""
    several: bool = False
    """Whether they are of several wikis."""

    @property
    def fits_the_rules(self) -> bool:
        """Whether it is said to be in that language."""
        return self.language.lower().split("-")[0] == self.rules

    @property
    def language_of_the_rules(self) -> str:
        """Its name: "Spanish"."""
        return load_language(self.rules).name


def origin_of(wiki: Wiki, params: ExtractParams, language: str) -> Origin:
    """The origin of what was extracted; `params` say what the wiki does not. `language`: of the rules."""
    if wiki.others:
        wikis = (replace(wiki, others=()), *wiki.others)
        return _of_several([origin_of(each, params, language) for each in wikis])
    if wiki.embedded:
        return Origin(
            embedded=True,
            name="the embedded corpus, original articles in the look of Wikipedia's",
            language=wiki.language,
            licence=_CC0[0],
            licence_url=_CC0[1],
            card_licence="mit",
            statement="Written for this project, nothing is copied from Wikipedia. No source of facts: ids, "
            "times and references are made up.",
            revision_url="",
            rules=language,
        )
    licence, licence_url = _licence(wiki, params)
    return Origin(
        embedded=False,
        name=(params.origin or "files whose origin is not said") if wiki.files else _name(wiki),
        language=wiki.language or (language if wiki.files else ""),  # of files params.yaml says it
        licence=licence,
        licence_url=licence_url,
        card_licence="cc-by-sa-4.0" if wiki.is_wikimedia else "other",
        statement=_statement(wiki, params, licence),
        revision_url=wiki.revision_url,
        rules=language,
        files=wiki.files,
    )


def _of_several(origins: Sequence[Origin]) -> Origin:
    """What holds for all, and else what each one is; a licence is known where all are."""
    first = origins[0]
    languages, licences, urls, of_cards, statements = (
        list(dict.fromkeys(getattr(each, name) for each in origins))
        for name in ("language", "licence", "licence_url", "card_licence", "statement")
    )
    return Origin(
        embedded=False,
        name="; ".join(each.name for each in origins),
        language=languages[0] if len(languages) == 1 else _SEVERAL_LANGUAGES,
        licence=" and ".join(licences) if all(licences) else "",
        licence_url=urls[0] if len(urls) == len(licences) == 1 else "",
        card_licence=of_cards[0] if len(of_cards) == 1 else "other",
        statement=first.statement
        if len(statements) == 1
        else " ".join(f"{each.name}: {each.statement}" for each in origins),
        revision_url="",
        rules=first.rules,
        several=True,
    )


def _licence(wiki: Wiki, params: ExtractParams) -> tuple[str, str]:
    if wiki.is_wikimedia:
        return _CC_BY_SA
    if params.licence or params.licence_url:
        return params.licence or params.licence_url, web_address(params.licence_url)
    return wiki.licence or wiki.licence_url, wiki.licence_url


def _name(wiki: Wiki) -> str:
    name = f"«{wiki.sitename or wiki.dbname}»" if wiki.sitename or wiki.dbname else "a wiki without a name"
    return f"{name}, by its own account {f'at {wiki.host}' if wiki.host else 'nowhere on the web'}"


def _statement(wiki: Wiki, params: ExtractParams, licence: str) -> str:
    authors = params.attribution or (
        "the wiki's authors, whom the history of each article names" if wiki.host else "authors unknown here"
    )
    duty = (
        "Whoever passes the text on names them and keeps the licence."
        if licence
        else "Ask who made the text before you pass it on."
    )
    changed = "" if params.plain else "The markup was removed. "
    return f"By {authors}. {changed}{duty}"


class Learnt(NamedTuple):
    """An article that was trained on."""

    title: str
    revision_id: int
    url: str


def training_articles(root: Path, params: Params, most: int) -> list[Learnt]:
    """The first `most` articles of the training split."""
    return list(islice(_training_articles(root / TEXTS, params), most))


def _training_articles(path: Path, params: Params) -> Iterator[Learnt]:
    for article_id, title, revision_id, url in read_rows(path, pa.schema(_COLUMNS), "clean"):
        if split_of(article_id, params.seed, params.split) == "train":
            yield Learnt(title, revision_id, web_address(url))
