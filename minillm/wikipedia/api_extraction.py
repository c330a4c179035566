"""The extract stage from a wiki's API: pinned revisions if there are any, else articles drawn by seed."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path
from typing import Never, get_args

from tqdm import tqdm

from minillm.errors import InputError
from minillm.files import Metrics
from minillm.params import ExtractParams
from minillm.wikipedia.api import WikiApi
from minillm.wikipedia.api_sampling import (
    IDS_PER_ARTICLE,
    MAX_IDS_WITHOUT_ARTICLE,
    NoArticle,
    PageInfos,
    draw_pages,
)
from minillm.wikipedia.api_templates import fetch_definitions
from minillm.wikipedia.api_texts import BATCH, batches, fetch_texts
from minillm.wikipedia.articles import Article, write_articles
from minillm.wikipedia.cache import RevisionText, TextCache, read_entry, write_entry
from minillm.wikipedia.replies import Unavailable, printable, wiki_site
from minillm.wikipedia.revisions import Revision
from minillm.wikipedia.state import turn
from minillm.wikipedia.templates import (
    NO_DEFINITIONS,
    TEMPLATES_FILE,
    Definitions,
    called_names,
    write_definitions,
)
from minillm.wikipedia.wiki import WIKI_FILE, Wiki, write_wiki

_REASONS = tuple(dict.fromkeys((*get_args(NoArticle), *get_args(Unavailable))))
_NAMED = 10  # revisions that an error lists by name


def extract_api(
    params: ExtractParams,
    seed: int,
    pins: Sequence[Revision],
    out: Path,
    api: WikiApi,
    state: Path,
    pinned_definitions: Definitions = NO_DEFINITIONS,
) -> Metrics:
    """Write the articles to `out`, in the order of their page ids; return the counts.

    Beside it go their wiki and the templates that they call, those that are pinned if the revisions are:
    templates are edited, too. The bytes are a function of the pins, or without any of the seed, the
    parameters and the wiki's state; what is cached in `state` only saves requests. Two runs on one `state`
    take turns, so that the wiki still sees one request at a time. Raises InputError if the wiki cannot be
    read, a pin is gone and `extract.allow_missing` is false, or there is no article.
    """
    if not (pins or params.articles):
        raise InputError(
            "extract.articles = 0: the API is not for a whole wiki; set it to how many articles to draw, or "
            "take a dump (extract.source = dump): https://dumps.wikimedia.org/eswiki/"
        )
    with turn(state):
        cache = TextCache(state / "texts")
        infos = PageInfos(api, state / "draw")
        skipped = Counter[str]()
        if pins:
            revisions = _fetch_pinned(api, cache, pins, skipped, params.allow_missing)
        else:
            revisions = _draw(api, cache, infos, params, seed, skipped)
        if not revisions:
            raise InputError(_no_articles(params, skipped))
        revisions.sort(key=lambda revision: revision.page_id)
        characters = Counter[str]()
        called: set[str] = set()
        wiki = _wiki(api, state / WIKI_FILE)
        written = write_articles(out, _articles(cache, wiki, revisions, characters, called))
        write_wiki(out.with_name(WIKI_FILE), wiki)
        asked = state / "draw" / "templates"
        definitions = pinned_definitions if pins else fetch_definitions(api, asked, called)
        write_definitions(out.with_name(TEMPLATES_FILE), definitions)
        infos.forget()
    return {
        "pages_read": written + skipped.total(),
        "skipped": {reason: skipped[reason] for reason in _REASONS},
        "articles": written,
        "characters": characters.total(),
    }


def _draw(
    api: WikiApi, cache: TextCache, infos: PageInfos, params: ExtractParams, seed: int, skipped: Counter[str]
) -> list[Revision]:
    revisions: list[Revision] = []
    drawn: set[int] = set()  # revisions
    skipped_before = 0  # the latest article

    def skip(reason: str) -> None:
        skipped[reason] += 1
        if skipped.total() - skipped_before > MAX_IDS_WITHOUT_ARTICLE:
            raise InputError(
                f"{_no_articles(params, skipped)}; given up after {MAX_IDS_WITHOUT_ARTICLE} page ids in a row"
            )

    pages = draw_pages(infos, seed, IDS_PER_ARTICLE * params.articles, params.min_chars, skip)
    with _progress(params.articles) as progress:
        while batch := list(islice(pages, min(BATCH, params.articles - len(revisions)))):
            texts = fetch_texts(api, cache, [page.revision_id for page in batch])
            for page in batch:
                text = texts[page.revision_id]
                if page.revision_id in drawn:
                    raise InputError(
                        f"extract.api_url = {params.api_url}: page {page.page_id} is said to have revision "
                        f"{page.revision_id}, as another page; no MediaWiki does: take another wiki or a dump"
                    )
                drawn.add(page.revision_id)
                if not isinstance(text, RevisionText):
                    skip(text)
                elif len(text.wikitext) < params.min_chars:  # in characters; before, it was in bytes
                    skip("too_short")
                else:
                    skipped_before = skipped.total()
                    identity = (page.page_id, page.revision_id, text.timestamp, text.sha1, page.title)
                    revisions.append(Revision(*identity))
                    progress.update()
    return revisions


def _fetch_pinned(
    api: WikiApi, cache: TextCache, pins: Sequence[Revision], skipped: Counter[str], allow_missing: bool
) -> list[Revision]:
    revisions: list[Revision] = []
    gone: list[str] = []
    with _progress(len(pins)) as progress:
        for batch in batches(pins):
            texts = fetch_texts(api, cache, [pin.revision_id for pin in batch])
            for pin in batch:
                text = texts[pin.revision_id]
                if isinstance(text, RevisionText):
                    _check_pin(pin, text)
                    revisions.append(pin)
                else:
                    skipped[text] += 1
                    gone.append(f"{pin.revision_id} of «{printable(pin.title)}» ({text})")
                progress.update()
    if gone:
        named = ", ".join(gone[:_NAMED]) + (" …" if len(gone) > _NAMED else "")
        message = f"{len(gone)} of {len(pins)} pinned revisions are gone from the wiki: {named}"
        if not allow_missing:
            raise InputError(
                f"{message}; to go on without them: dvc exp run -S extract.allow_missing=true, or remove "
                "their rows from data/revisions.csv"
            )
        tqdm.write(message)
    return revisions


def _check_pin(pin: Revision, text: RevisionText) -> None:
    if text.sha1 != pin.sha1:
        raise InputError(
            f"data/revisions.csv: revision {pin.revision_id} («{printable(pin.title)}») has sha1 {pin.sha1} "
            f"there and {text.sha1} on this wiki: is it another wiki's revision? check extract.api_url and "
            "the row"
        )


def _wiki(api: WikiApi, kept: Path) -> Wiki:
    """What the wiki says of itself; asked once and then kept, as the texts are.

    That it is at another host than it was asked at is not believed.
    """
    with suppress(TypeError):  # there is none, or it has other fields
        return Wiki(**read_entry(kept))
    wiki = next(api.read(wiki_site, meta="siteinfo", siprop="general|rightsinfo"))
    if wiki.host != api.hostname:
        wiki = replace(wiki, base="")
    write_entry(kept, asdict(wiki))
    return wiki


def _articles(
    cache: TextCache,
    wiki: Wiki,
    revisions: Sequence[Revision],
    characters: Counter[str],
    called: set[str],
) -> Iterator[Article]:
    for revision in revisions:
        text = cache.get(revision.revision_id)
        if text is None:
            raise InputError(
                f"{cache.path(revision.revision_id)} has changed since it was written a moment ago: "
                "check the disk, then run it again; it is the only one to be downloaded again"
            )
        characters["wikitext"] += len(text.wikitext)
        called |= called_names(text.wikitext)
        yield Article(
            page_id=revision.page_id,
            revision_id=revision.revision_id,
            timestamp=revision.timestamp,
            title=revision.title,
            url=wiki.article_url(revision.title, revision.revision_id),
            wikitext=text.wikitext,
            sha1=text.sha1,
        )


def _progress(total: int) -> "tqdm[Never]":
    return tqdm(total=total, desc="articles", unit="article", disable=None)


def _no_articles(params: ExtractParams, skipped: Counter[str]) -> str:
    reasons = ", ".join(f"{reason} {count}" for reason, count in skipped.items() if count) or "it has no page"
    return (
        f"extract.api_url = {params.api_url}: no article of at least extract.min_chars = {params.min_chars} "
        f"characters: {reasons}; use another wiki or a smaller min_chars"
    )
