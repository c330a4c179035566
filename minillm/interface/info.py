"""`minillm info`: what a checkpoint is, by its own account and that of its files."""

import argparse
import json
from collections.abc import Mapping
from typing import Any

from minillm.files import sha256
from minillm.interface.language_model import LanguageModel, load_model
from minillm.tokens.tokenizer import TOKENIZER_KEY
from minillm.training.checkpoints import WEIGHTS

_METRICS = ("train_loss", "validation_loss", "validation_perplexity", "validation_accuracy")
"""Of those in checkpoint.json."""


def run(arguments: argparse.Namespace) -> None:
    """Print a line for each fact."""
    model = load_model(arguments.checkpoint, arguments.tokenizer, "cpu")
    found = {"checkpoint": str(arguments.checkpoint), **facts(model)}
    found["sha256"] = sha256(arguments.checkpoint / WEIGHTS)
    print(json.dumps(found, ensure_ascii=False, indent=2) if arguments.json else _lines(found))


def facts(model: LanguageModel) -> dict[str, Any]:
    """Size, shape, training and tokenizer."""
    metrics = model.metadata.get("metrics", {})
    return {
        "parameters": model.model.parameter_count(),
        "model": model.model.config.as_dict(),
        "trained": {name: model.metadata[name] for name in ("epoch", "step") if name in model.metadata},
        "metrics": {name: metrics[name] for name in _METRICS if name in metrics},
        "params": model.metadata.get("params", {}),
        "tokenizer": str(model.tokenizer_path),
        TOKENIZER_KEY: model.metadata[TOKENIZER_KEY],
    }


def _lines(found: Mapping[str, Any]) -> str:
    """`name  value`, what belongs together in one line; how it was trained is left to --json."""
    width = max(map(len, found))
    return "\n".join(f"{name:{width}}  {_said(value)}" for name, value in found.items() if name != "params")


def _said(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_said(item)}" for name, item in value.items())
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
