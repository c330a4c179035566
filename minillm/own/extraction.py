"""The extract stage from files: their articles, drawn as from a dump, and a count of what was left out."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from tqdm import tqdm

from minillm.errors import InputError
from minillm.files import Metrics, temporary_folder
from minillm.own.seen import SeenTexts
from minillm.own.texts import SKIPPED, read_texts
from minillm.params import ExtractParams
from minillm.wikipedia.articles import Article
from minillm.wikipedia.dump import MAX_TEXT_CHARACTERS
from minillm.wikipedia.extraction import write_drawn
from minillm.wikipedia.templates import NO_DEFINITIONS, TEMPLATES_FILE, write_definitions
from minillm.wikipedia.wiki import WIKI_FILE, Wiki, write_wiki


def extract_files(files: Sequence[Path], params: ExtractParams, seed: int, out: Path) -> Metrics:
    """Write the articles of the files, or a sample of them, to `out`, and beside it that they are files'.

    Counts as `extract_dump` does: `pages_read` are the texts. A text that was there before, in whatever file,
    is skipped as `repeated`. Raises InputError if a file cannot be read or no text is left.
    """
    counts = Counter[str]()
    skipped: dict[str, int] = dict.fromkeys((*SKIPPED, "too_short", "repeated"), 0)

    def eligible(seen: SeenTexts) -> Iterator[Article]:
        for text in tqdm(read_texts(files, params), desc="extract", unit=" texts", disable=None):
            counts["pages_read"] += 1
            if not isinstance(text, Article):
                skipped[text] += 1
            elif len(text.wikitext) < params.min_chars:
                skipped["too_short"] += 1
            elif not seen.add(text.page_id):
                skipped["repeated"] += 1
            else:
                counts["eligible"] += 1
                yield text
        if not counts["eligible"]:
            raise InputError(_no_texts(files, params, counts["pages_read"], skipped))

    with temporary_folder(out) as folder, SeenTexts(folder / "seen") as seen:
        articles, characters = write_drawn(eligible(seen), params.articles, seed, out)
    write_wiki(out.with_name(WIKI_FILE), Wiki(files=True))
    write_definitions(out.with_name(TEMPLATES_FILE), NO_DEFINITIONS)
    return {
        "pages_read": counts["pages_read"],
        "skipped": skipped,
        "eligible": counts["eligible"],
        "articles": articles,
        "characters": characters,
    }


def _no_texts(files: Sequence[Path], params: ExtractParams, read: int, skipped: dict[str, int]) -> str:
    reasons = ", ".join(f"{reason} {count}" for reason, count in skipped.items() if count) or "there is none"
    if skipped["too_large"]:
        reasons += (
            f" (of more than {MAX_TEXT_CHARACTERS} characters: cut them, at their chapters for example)"
        )
    return (
        f"extract.files = {params.files}: none of the {read} texts in {len(files)} files has at least "
        f"extract.min_chars = {params.min_chars} characters: {reasons}; use other files or lower min_chars"
    )
