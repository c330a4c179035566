"""README.md of an export: the model card.

Where `make report` has written the checkpoint's own card, which says by a SHA-256 that it is about these
weights, the export has that one with another account of how it is loaded. Elsewhere a short one says what the
checkpoint knows of itself and what is known of the articles.
"""

import re
from pathlib import Path

from minillm.files import sha256
from minillm.interface.language_model import LanguageModel, project_of
from minillm.params import read_params
from minillm.report.card import escape
from minillm.report.origin import WIKI, Origin, origin_of
from minillm.report.page import environment
from minillm.report.results import PARAMS
from minillm.training.checkpoints import WEIGHTS
from minillm.wikipedia.wiki import read_wiki

_LOADING = re.compile(r"^## How to load it\n.*?(?=^## )", re.MULTILINE | re.DOTALL)


def render_card(loaded: LanguageModel, checkpoint: Path, form: str, trust: str) -> str:
    """The whole card of an export in that format."""
    made = environment()
    made.filters["md"] = escape
    weights = sha256(checkpoint / WEIGHTS)
    said = {"form": form, "trust": trust, "context": loaded.model.config.context, "weights": weights}
    loading = made.get_template("loading.md").render(said)
    own = checkpoint / "README.md"
    text = own.read_text(encoding="utf-8") if own.is_file() else ""
    if weights in text and _LOADING.search(text):
        return _LOADING.sub(lambda _: loading, text, count=1)
    return made.get_template("export.md").render(
        loading=loading,
        metrics=loaded.metadata.get("metrics", {}),
        model=loaded.model.config,
        parameters=loaded.model.parameter_count(),
        origin=_origin(loaded),
    )


def _origin(loaded: LanguageModel) -> Origin | None:
    """Of the articles of the project that the tokenizer is of; None where that is not here."""
    project = project_of(loaded.tokenizer_path)
    if project is None or not ((project / WIKI).exists() and (project / PARAMS).exists()):
        return None
    params = read_params(project / PARAMS)
    return origin_of(read_wiki(project / WIKI), params.extract, params.language)
