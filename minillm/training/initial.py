"""The weights that a training starts from: random ones, or those of a checkpoint (fine-tuning).

A checkpoint fits if its weights have the shapes that params.yaml asks for and its ids mean the same words:
the tokenizer must be the one that it was trained with. Dropout and context may differ, since no
weight depends on them. Only the weights are taken; optimizer, schedule and step counter start anew.
"""

from pathlib import Path

from minillm.errors import InputError
from minillm.model.minigpt import MiniGPT
from minillm.training.named import NamedCheckpoint

RANDOM_WEIGHTS = "checkpoints/none"
"""The value of train.init_from that stands for no checkpoint: a folder, since DVC wants one to depend on."""

_FREE = ("dropout", "context")


def starts_from_random(init_from: str) -> bool:
    """Whether `train.init_from` names no checkpoint."""
    return Path(init_from) == Path(RANDOM_WEIGHTS)


def initial_files(init_from: str) -> list[Path]:
    """The files that a training from `init_from` reads, none for random weights.

    Raises InputError if one is missing.
    """
    return [] if starts_from_random(init_from) else _named(init_from).files()


def load_initial_weights(model: MiniGPT, init_from: str, tokenizer_sha256: str) -> None:
    """Copy the weights of the checkpoint in the folder `init_from` into `model`.

    Raises InputError if it is missing, cut, of another shape or of another tokenizer.
    """
    named = _named(init_from)
    checkpoint = named.load(model.positions.device)
    theirs, ours = checkpoint.model.config.as_dict(), model.config.as_dict()
    if different := [key for key in ours if key not in _FREE and ours[key] != theirs[key]]:
        raise InputError(
            f"{named.parameter}: its {_listed(different, theirs)}, where params.yaml makes "
            f"{_listed(different, ours)}; give the model section and vocab.vocab_size the checkpoint's values"
        )
    named.refuse_other_tokenizer(checkpoint, tokenizer_sha256)
    model.load_state_dict(checkpoint.model.state_dict())


def _named(init_from: str) -> NamedCheckpoint:
    return NamedCheckpoint(
        f"train.init_from = {init_from}", Path(init_from), f"{RANDOM_WEIGHTS} for random weights"
    )


def _listed(keys: list[str], config: dict[str, int | float | str]) -> str:
    return ", ".join(f"{key} = {config[key]}" for key in keys)
