"""checkpoints/best/README.md: the model card, for whoever gets the checkpoint without the rest.

It lies beside the weights, but is no part of the checkpoint's hash (.dvcignore): the numbers of a card come
from the evaluation, which comes after the training that owns the folder. A new training removes the card with
the weights; it names the SHA-256 of those that it is about.
"""

import re
from pathlib import Path

from minillm.report import details, glance
from minillm.report.origin import TEXTS, training_articles
from minillm.report.page import alarms, environment
from minillm.report.results import CHECKPOINT, Results
from minillm.tokens.tokenizer import check_tokenizer, load_tokenizer

TOKENIZER = Path("data/vocab/tokenizer.json")
CARD = CHECKPOINT / "README.md"
LISTED_ARTICLES = 1000
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~&!])")


def render_card(results: Results, root: Path) -> str:
    """The whole card. Articles of the training split are linked, the first LISTED_ARTICLES of them.

    Raises InputError if checkpoint and tokenizer, which it tells how to load, do not belong together.
    """
    check_tokenizer(load_tokenizer(root / TOKENIZER), CHECKPOINT, results.checkpoint)
    origin = results.origin
    first = [] if origin.embedded else training_articles(root, results.params, LISTED_ARTICLES)
    # The title of somebody's file is nobody's business; where there is an address, it has to be named.
    listed = [article for article in first if article.url] if origin.files else first
    made = environment()
    made.filters["md"] = escape
    return made.get_template("card.md").render(
        lead=glance.lead(results),
        alarms=alarms(results),
        glance=glance.glance_table(results, None),
        baseline_sentences=glance.baseline_sentences(results),
        settings=details.settings_table(results),
        metrics=results.metrics,
        model=results.checkpoint["model"],
        origin=origin,
        articles=listed,
        more=int(results.metrics["split"].number("train.articles")) - len(first),
        texts=TEXTS.as_posix(),
        weights=results.weights_sha256,
        checkpoint=CHECKPOINT.as_posix(),
        tokenizer=TOKENIZER.as_posix(),
    )


def escape(text: object) -> str:
    """One line of plain text in Markdown, also inside a table."""
    return _MARKDOWN.sub(r"\\\1", re.sub(r"\s+", " ", str(text)))
