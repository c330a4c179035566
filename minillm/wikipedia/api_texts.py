"""Texts of revisions out of a wiki's API, 50 a request, each one verified and kept at once.

By revision id, never by title: titles move, redirect, and come in several Unicode forms; a revision is the
same for ever. What the wiki says about a revision is final in four cases (`Unavailable`). Whatever else is
lacking in a reply was cut off at the wiki's size limit and is asked for again in halves, until what is
still lacking is a single revision that alone is over the limit.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import TypeVar

from minillm.wikipedia.api import WikiApi
from minillm.wikipedia.cache import RevisionText, TextCache
from minillm.wikipedia.replies import Unavailable, revision_texts

BATCH = 50
"""Ids a request: the limit for everyone. With 51 the wiki answers 200 and returns nothing."""

Texts = dict[int, RevisionText | Unavailable]
Item = TypeVar("Item")


def batches(items: Iterable[Item], size: int = BATCH) -> Iterator[list[Item]]:
    """Yield the items in lists of `size`, the last one shorter."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def fetch_texts(api: WikiApi, cache: TextCache, revision_ids: Sequence[int]) -> Texts:
    """The texts of at most 50 revisions: what the cache has from there, the rest from the wiki into it."""
    assert len(revision_ids) <= BATCH
    texts: Texts = {}
    absent = []
    for revision_id in revision_ids:
        cached = cache.get(revision_id)
        if cached:
            texts[revision_id] = cached
        else:
            absent.append(revision_id)
    fetched = _ask(api, cache, absent) if absent else {}
    # A text that is not the one declared was spoilt on its way, or is so in the wiki: a second try tells.
    spoilt = [revision_id for revision_id, text in fetched.items() if text == "sha1_mismatch"]
    return texts | fetched | (_ask(api, cache, spoilt) if spoilt else {})


def _ask(api: WikiApi, cache: TextCache, revision_ids: Sequence[int]) -> Texts:
    texts: Texts = {}
    for found in api.read(
        partial(revision_texts, asked=set(revision_ids)),
        prop="revisions",
        rvprop="ids|timestamp|slotsha1|slotsize|content",
        rvslots="main",
        revids="|".join(map(str, revision_ids)),
    ):
        cache.put(*(text for text in found.values() if isinstance(text, RevisionText)))
        texts |= found
    lacking = [revision_id for revision_id in revision_ids if revision_id not in texts]
    if len(lacking) == 1 == len(revision_ids):
        return {lacking[0]: "too_large"}
    for half in batches(lacking, max(1, (len(lacking) + 1) // 2)):
        texts |= _ask(api, cache, half)
    return texts
