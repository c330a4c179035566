"""The weights that a training starts from: random ones, or those of a checkpoint (fine-tuning).

A checkpoint fits if its weights have the shapes that params.yaml asks for and its ids mean the same words:
the tokenizer must be the one that it was trained with. Dropout and context may differ, since no
weight depends on them. Only the weights are taken; optimizer, schedule and step counter start anew.
"""

from pathlib import Path

from minillm.errors import InputError
from minillm.model.minigpt import MiniGPT
from minillm.tokens.tokenizer import TOKENIZER_KEY as TOKENIZER_KEY
from minillm.training.checkpoints import METADATA, WEIGHTS, load_checkpoint

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
    if starts_from_random(init_from):
        return []
    files = [Path(init_from) / name for name in (METADATA, WEIGHTS)]
    if missing := [path for path in files if not path.is_file()]:
        raise InputError(
            f"train.init_from = {init_from}: {missing[0]} is missing; name a folder that holds a checkpoint "
            f"(a copy of checkpoints/best), or {RANDOM_WEIGHTS} for random weights"
        )
    return files


def load_initial_weights(model: MiniGPT, init_from: str, tokenizer_sha256: str) -> None:
    """Copy the weights of the checkpoint in the folder `init_from` into `model`.

    Raises InputError if it is missing, cut, of another shape or of another tokenizer.
    """
    here = f"train.init_from = {init_from}"
    initial_files(init_from)
    try:
        checkpoint = load_checkpoint(Path(init_from), model.positions.device)
    except InputError as error:
        reason = str(error).rpartition(";")[0]  # its advice is to train, which is what we are about to do
        raise InputError(f"{here}: {reason}; copy the checkpoint anew or use {RANDOM_WEIGHTS}") from None
    theirs, ours = checkpoint.model.config.as_dict(), model.config.as_dict()
    if different := [key for key in ours if key not in _FREE and ours[key] != theirs[key]]:
        raise InputError(
            f"{here}: its {_listed(different, theirs)}, where params.yaml makes {_listed(different, ours)}; "
            f"give the model section and vocab.vocab_size the checkpoint's values"
        )
    known = checkpoint.metadata.get(TOKENIZER_KEY)
    if known != tokenizer_sha256:
        raise InputError(
            f"{here}: it was trained with another tokenizer ({TOKENIZER_KEY} {known!s:.12}…, here "
            f"{tokenizer_sha256:.12}…), so its ids mean other words; bring back its "
            f"data/vocab/tokenizer.json and keep it with `dvc freeze vocab`"
        )
    model.load_state_dict(checkpoint.model.state_dict())


def _listed(keys: list[str], config: dict[str, int | float | str]) -> str:
    return ", ".join(f"{key} = {config[key]}" for key in keys)
