"""`minillm export`: a checkpoint as a folder that other tools load.

transformers  `AutoModelForCausalLM.from_pretrained(FOLDER)`, `AutoTokenizer` (minillm/model/export.py)
onnx          model.onnx and config and tokenizer beside it (minillm/model/onnx_export.py)
gguf          model.gguf for llama.cpp (minillm/model/gguf_export.py)

Everything is made in a folder beside FOLDER and then put into it, config.json last: whoever finds that one
finds a whole export.
"""

import argparse
import shutil
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from tokenizers.processors import TemplateProcessing

from minillm.errors import InputError, shown_path
from minillm.files import temporary_folder, write_json, write_text
from minillm.interface.export_card import render_card
from minillm.interface.language_model import CONFIG, LanguageModel, load_model
from minillm.model.export import MODELLING_FILE, config_of, to_transformers
from minillm.tokens.detokenizing import BANNED
from minillm.tokens.tokenizer import BOS, SPECIAL_TOKENS, save_tokenizer
from minillm.training.checkpoints import METADATA, WEIGHTS, write_tensors

FORMATS = {
    "transformers": "AutoModelForCausalLM.from_pretrained({folder}{trust}), and AutoTokenizer's",
    "onnx": "model.onnx, with keys and values of the past, and model_without_past.onnx, for onnxruntime",
    "gguf": "model.gguf, for llama.cpp",
}
"""What is said of a folder when it is there."""
CARD, TOKENIZER_FILE, GGUF = "README.md", "tokenizer.json", "model.gguf"
MADE = {
    *(CONFIG, CARD, TOKENIZER_FILE, "tokenizer_config.json", "generation_config.json", MODELLING_FILE.name),
    *(WEIGHTS, "model.onnx", "model_without_past.onnx", GGUF),
}
"""What an export can consist of."""
_PACKAGES = {"onnx": ("onnx", "onnxscript"), "gguf": ("gguf",)}


def run(arguments: argparse.Namespace) -> None:
    """Write the folder and say how it is loaded."""
    folder = arguments.folder
    trust = export(arguments.checkpoint, folder, arguments.tokenizer, arguments.format, arguments.dtype)
    print(f"{folder}: {FORMATS[arguments.format].format(folder=repr(str(folder)), trust=trust)}")


def export(
    checkpoint: Path,
    folder: Path,
    tokenizer: Path | None = None,
    form: str = "transformers",
    dtype: str = "float32",
) -> str:
    """Write the folder; return what from_pretrained has to be told besides its name.

    Raises InputError for a checkpoint that cannot be read or is of another tokenizer, for a folder with
    files of that name that no export has made, and for what the format does not take.
    """
    missing = [package for package in _PACKAGES.get(form, ()) if find_spec(package) is None]
    if missing:
        raise InputError(
            f"--format {form} needs {' and '.join(missing)}: "
            ".venv/bin/pip install -c constraints.txt -e '.[export]'"
        )
    loaded = load_model(checkpoint, tokenizer, "cpu")
    check_folder(folder)
    model, trust = loaded.model, ""
    with temporary_folder(folder) as made:
        if form == "gguf":
            from minillm.model.gguf_export import write_gguf

            write_gguf(made / GGUF, model, loaded.tokenizer, dtype)
        elif form == "onnx":
            from minillm.model.onnx_export import write_onnx

            write_onnx(made, model, dtype)
            _write_settings(made, loaded, config_of(model.config))
        else:
            trust = _write_transformers(made, loaded, dtype)
        write_text(made / CARD, render_card(loaded, checkpoint, form, trust))
        _put(made, folder)
    return trust


def check_folder(folder: Path) -> None:
    """Raises InputError where files would be lost that no export has made, or there can be no folder."""
    place = next(path for path in (folder, *folder.parents) if path.exists())
    if not place.is_dir():
        raise InputError(f"FOLDER {shown_path(folder)}: {shown_path(place)} is no folder; name a new one")
    there = [name for name in sorted({METADATA, *MADE}) if (folder / name).exists()]
    if there and (METADATA in there or not _has_our_card(folder)):
        raise InputError(f"{shown_path(folder)} holds a {there[0]} that is no export's; name a new folder")


def _has_our_card(folder: Path) -> bool:
    """Whether an export has written the folder's card."""
    card = folder / CARD
    return card.is_file() and "tags: [minillm" in card.read_text(encoding="utf-8", errors="replace")


def _write_transformers(folder: Path, loaded: LanguageModel, dtype: str) -> str:
    config, weights = to_transformers(loaded.model)
    kind: torch.dtype = getattr(torch, dtype)
    write_tensors(
        folder / WEIGHTS, {name: value.to(kind) for name, value in weights.items()}, {"format": "pt"}
    )
    _write_settings(folder, loaded, config | {"dtype": dtype})
    if "auto_map" not in config:
        return ""
    shutil.copyfile(MODELLING_FILE, folder / MODELLING_FILE.name)
    return ", trust_remote_code=True"


def _write_settings(folder: Path, loaded: LanguageModel, config: Mapping[str, Any]) -> None:
    """What stands beside weights or graphs: config, generation config and tokenizer."""
    write_json(folder / CONFIG, config)
    ids = {name: value for name, value in config.items() if name.endswith("_token_id")}
    write_json(folder / "generation_config.json", ids | {"suppress_tokens": list(BANNED)})
    save_tokenizer(_beginning_with_bos(loaded.tokenizer), folder / TOKENIZER_FILE)
    names = ("pad_token", "unk_token", "bos_token", "eos_token")
    write_json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            **dict(zip(names, SPECIAL_TOKENS, strict=True)),
            "split_special_tokens": True,  # a text that quotes "[EOS]" holds five characters
            "clean_up_tokenization_spaces": False,
            "padding_side": "left",
            "model_input_names": ["input_ids", "attention_mask"],
            "model_max_length": loaded.model.config.context,
        },
    )


def _beginning_with_bos(tokenizer: Tokenizer) -> Tokenizer:
    """The same, but that it puts [BOS] before a text, as every article began in training."""
    same = Tokenizer.from_str(tokenizer.to_str())
    bos = SPECIAL_TOKENS[BOS]
    same.post_processor = TemplateProcessing(
        single=f"{bos} $A", pair=f"{bos} $A {bos} $B", special_tokens=[(bos, BOS)]
    )
    return same


def _put(made: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in sorted(MADE, key=lambda name: name != CONFIG):  # an earlier export, in whatever format
        (folder / name).unlink(missing_ok=True)
    for path in sorted(made.iterdir(), key=lambda path: path.name == CONFIG):
        path.replace(folder / path.name)
