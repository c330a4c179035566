"""`minillm export`: a checkpoint as a folder that transformers loads.

`AutoModelForCausalLM.from_pretrained(FOLDER)` and `AutoTokenizer.from_pretrained(FOLDER)` read it back.
Which shapes are known architectures is said in minillm/model/export.py.
"""

import argparse
import shutil
from pathlib import Path

from minillm.files import write_json
from minillm.interface.language_model import load_model
from minillm.model.export import to_transformers
from minillm.training.checkpoints import WEIGHTS, write_tensors


def run(arguments: argparse.Namespace) -> None:
    """Write the folder and say how it is loaded."""
    folder = arguments.folder
    export(arguments.checkpoint, folder, arguments.tokenizer)
    print(f"{folder}: AutoModelForCausalLM.from_pretrained({str(folder)!r}), and AutoTokenizer's")


def export(checkpoint: Path, folder: Path, tokenizer: Path | None = None) -> None:
    """Write config.json, model.safetensors and the tokenizer.

    Raises InputError for a checkpoint that cannot be read, or is of another tokenizer or architecture.
    """
    loaded = load_model(checkpoint, tokenizer, "cpu")
    config, weights = to_transformers(loaded.model)
    write_json(folder / "config.json", config)
    write_tensors(folder / WEIGHTS, weights, {"format": "pt"})
    shutil.copyfile(loaded.tokenizer_path, folder / "tokenizer.json")
    special = {"bos_token": "[BOS]", "eos_token": "[EOS]", "pad_token": "[PAD]", "unk_token": "[UNK]"}
    write_json(folder / "tokenizer_config.json", {"tokenizer_class": "PreTrainedTokenizerFast", **special})
