"""A small language model, of Spanish or another language, from wikitext to an honest evaluation."""

from typing import TYPE_CHECKING

from minillm.arithmetic import limit_instructions

if TYPE_CHECKING:
    from os import PathLike

    from minillm.interface.language_model import LanguageModel
    from minillm.params import Device

limit_instructions()


def load(
    checkpoint: "str | PathLike[str]",
    tokenizer: "str | PathLike[str] | None" = None,
    device: "Device" = "auto",
) -> "LanguageModel":
    """Load a trained model, such as checkpoints/best, to generate and to score text.

    `tokenizer` is the path of its tokenizer.json, by default that of the project that the checkpoint stands
    in. Raises minillm.errors.InputError for files that are missing, damaged or do not belong together.
    """
    from pathlib import Path

    from minillm.interface.language_model import load_model  # torch: only whoever calls this waits for it

    return load_model(Path(checkpoint), None if tokenizer is None else Path(tokenizer), device)
