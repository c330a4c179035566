"""The extract stage from dumps: articles, their wiki and templates, a count of all that was left out."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

from tqdm import tqdm

from minillm.errors import InputError
from minillm.files import Metrics, temporary_folder
from minillm.params import ExtractParams
from minillm.shards import Part, Shards, states_folder
from minillm.wikipedia.articles import Article, write_articles
from minillm.wikipedia.dump import SKIPPED
from minillm.wikipedia.dump_ranges import CutError
from minillm.wikipedia.dump_shards import dump_shards, make_shards, read_pages
from minillm.wikipedia.dumps import Dump, find_dumps, told_apart, wikis_of
from minillm.wikipedia.sampling import sample_articles
from minillm.wikipedia.seen_ids import SeenIds
from minillm.wikipedia.templates import TEMPLATES_FILE, TemplatePages, write_definitions
from minillm.wikipedia.wiki import WIKI_FILE, write_wiki


def extract_dump(
    params: ExtractParams, seed: int, out: Path, *, threads: int = 1, at_end: ExitStack | None = None
) -> Metrics:
    """Write the articles of the dump or dumps, or a sample of them, to `out`; return the counts.

    Beside it go their wiki and the templates that they call, as far as the dumps have those. `threads`: how
    many unpack bzip2, or processes that read. With `at_end` all of large dumps is read in shards, which a run
    goes on with after one that was killed, and which go when that stack is closed, after whatever is
    written beside `out`. `pages_read` = `eligible` + all of `skipped`; `characters` are those of the
    `articles` written. An article with the page id or the revision of an earlier one is skipped as
    `repeated`, a count that is there only if there is one: the number asked for is the number of rows, and
    these are pins that are accepted. Raises InputError if the dump cannot be read or has no eligible article.
    """
    dumps = _dumps(params)
    if len(dumps) > 1:
        names = ", ".join(dict.fromkeys(dump.wiki.dbname or dump.wiki.host for dump in dumps))
        tqdm.write(f"extract.dump = {params.dump}: {len(dumps)} dumps, of {names}")
    counts: Counter[str] = Counter()
    skipped: dict[str, int] = dict.fromkeys((*SKIPPED, "too_short"), 0)
    pages, revisions = SeenIds(), SeenIds()
    templates = TemplatePages()
    shards: Shards | None = None
    # For a sample there is no need to keep all of them.
    if at_end and not params.articles and (shards := dump_shards(dumps, states_folder("extract"))):
        at_end.enter_context(shards.used_up())

    def eligible() -> Iterator[Article]:
        for page in read_pages(dumps, templates, shards, threads):
            counts["pages_read"] += 1
            if not isinstance(page, Article):
                skipped[page] += 1
            elif len(page.wikitext) < params.min_chars:
                skipped["too_short"] += 1
            elif page.page_id in pages or page.revision_id in revisions:
                skipped["repeated"] = skipped.get("repeated", 0) + 1
            else:
                pages.add(page.page_id)
                revisions.add(page.revision_id)
                counts["eligible"] += 1
                yield page
        if not counts["eligible"]:
            raise InputError(_no_articles(params, counts["pages_read"], skipped))

    articles, characters = write_drawn(eligible(), params.articles, seed, out, templates)
    write_wiki(out.with_name(WIKI_FILE), wikis_of(dumps))
    write_definitions(out.with_name(TEMPLATES_FILE), templates.called())
    if templates.left_out:
        tqdm.write(
            f"{templates.left_out} pages of templates are left out: there are too many in "
            f"{params.dump_url or params.dump}"
        )
    return {
        "pages_read": counts["pages_read"],
        "skipped": skipped,
        "eligible": counts["eligible"],
        "articles": articles,
        "characters": characters,
    }


def extract_part(params: ExtractParams, part: Part, workers: int) -> str:
    """Have the shards of a part of the dumps made, for a later run to merge; return what was done.

    Raises InputError if they cannot be read, or not in shards.
    """
    if params.articles:
        raise InputError(
            f"--shard: only all of a dump is read in shards, and extract.articles is {params.articles}; set "
            f"it to 0, or run `dvc repro extract` on one computer"
        )
    dumps = _dumps(params)
    shards = dump_shards(dumps, states_folder("extract"))
    if shards is None:
        raise InputError(
            f"--shard: {dumps[0].path} is read as one, since it is small or packed in one stream; run "
            f"`dvc repro extract` on one computer"
        )
    try:
        made = make_shards(dumps, shards, workers, part)
    except CutError as error:
        raise InputError(
            f"{error.dump}: {error.reason} in a shard; `dvc repro extract` reads it as one"
        ) from None
    return f"{made} of {shards.count} shards made → {shards.folder}"


def write_drawn(
    articles: Iterable[Article], number: int, seed: int, out: Path, templates: TemplatePages | None = None
) -> tuple[int, int]:
    """Write so many of the articles to `out`, drawn by the seed (0: all); return how many and characters.

    `templates` hears which of them those articles call.
    """
    characters = 0

    def counted(drawn: Iterable[Article]) -> Iterator[Article]:
        nonlocal characters
        for article in drawn:
            characters += len(article.wikitext)
            if templates is not None:
                templates.call(article.wikitext)
            yield article

    with temporary_folder(out) as folder:
        drawn = sample_articles(articles, number, seed, folder / "spool") if number else articles
        written = write_articles(out, counted(drawn))
    return written, characters


def _dumps(params: ExtractParams) -> list[Dump]:
    """The files to read, downloaded if they have to be."""
    if not params.dump_url:
        return told_apart(find_dumps(Path(params.dump)))
    # Here, so that a file is read without requests and its certificates.
    from minillm.wikipedia.dump_download import download
    from minillm.wikipedia.state import state_folder

    dump = download(params.dump_url, params.dump_checksum, state_folder("dumps"), params.contact)
    return told_apart([dump])


def _no_articles(params: ExtractParams, pages_read: int, skipped: dict[str, int]) -> str:
    reasons = ", ".join(f"{reason} {count}" for reason, count in skipped.items() if count) or "it has no page"
    if skipped["sha1_mismatch"]:
        reasons += " (a stub dump has hashes without texts: take pages-articles)"
    dump = f"dump_url = {params.dump_url}" if params.dump_url else f"dump = {params.dump}"
    return (
        f"extract.{dump}: none of its {pages_read} pages is an article of at least "
        f"extract.min_chars = {params.min_chars} characters: {reasons}; "
        f"use another dump or a smaller min_chars"
    )
