"""Write a checkpoint as a folder that transformers loads: `python -m tools.export checkpoints/best FOLDER`.

`AutoModelForCausalLM.from_pretrained(FOLDER)` and `AutoTokenizer.from_pretrained(FOLDER)` read it back.
Which shapes are known architectures is said in minillm/model/export.py.
"""

import argparse
import shutil
import sys
from pathlib import Path

import torch

from minillm.errors import InputError
from minillm.files import write_json
from minillm.model.export import to_transformers
from minillm.tokens.tokenizer import check_tokenizer, load_tokenizer
from minillm.training.checkpoints import WEIGHTS, load_checkpoint, write_tensors

TOKENIZER = Path("data/vocab/tokenizer.json")


def main() -> None:
    """Read the checkpoint, write config.json, model.safetensors and the tokenizer."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("checkpoint", type=Path, help="such as checkpoints/best")
    parser.add_argument("folder", type=Path, help="is made if it is missing")
    arguments = parser.parse_args()
    try:
        export(arguments.checkpoint, arguments.folder)
    except (InputError, OSError) as error:
        sys.exit(f"error: {error}")


def export(checkpoint: Path, folder: Path) -> None:
    """Raises InputError for a checkpoint that cannot be read, or is of another tokenizer or architecture."""
    loaded = load_checkpoint(checkpoint, torch.device("cpu"))
    check_tokenizer(load_tokenizer(TOKENIZER), checkpoint, loaded.metadata)
    config, weights = to_transformers(loaded.model)
    write_json(folder / "config.json", config)
    write_tensors(folder / WEIGHTS, weights, {"format": "pt"})
    shutil.copyfile(TOKENIZER, folder / "tokenizer.json")
    special = {"bos_token": "[BOS]", "eos_token": "[EOS]", "pad_token": "[PAD]", "unk_token": "[UNK]"}
    write_json(folder / "tokenizer_config.json", {"tokenizer_class": "PreTrainedTokenizerFast", **special})


if __name__ == "__main__":
    main()
