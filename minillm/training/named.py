"""Checkpoints that params.yaml names: what is wrong with one is a line that begins with the parameter."""

from dataclasses import dataclass
from pathlib import Path

import torch

from minillm.errors import InputError
from minillm.tokens.tokenizer import TOKENIZER_KEY
from minillm.training.checkpoints import METADATA, WEIGHTS, Checkpoint, load_checkpoint


@dataclass(frozen=True)
class NamedCheckpoint:
    """A checkpoint, and the parameter that names it."""

    parameter: str
    """With its value: train.init_from = checkpoints/base."""
    folder: Path
    otherwise: str
    """The value for none: checkpoints/none for random weights."""

    def files(self) -> list[Path]:
        """The files that are read of it. Raises InputError if one is missing."""
        files = [self.folder / name for name in (METADATA, WEIGHTS)]
        if missing := [path for path in files if not path.is_file()]:
            raise InputError(
                f"{self.parameter}: {missing[0]} is missing; name a folder that holds a checkpoint "
                f"(a copy of checkpoints/best), or {self.otherwise}"
            )
        return files

    def load(self, device: torch.device) -> Checkpoint:
        """Load it. Raises InputError if it is missing, cut or foreign."""
        self.files()
        try:
            return load_checkpoint(self.folder, device)
        except InputError as error:
            reason = str(error).rpartition(";")[0]  # its advice is to train, which is what we are about to do
            raise InputError(
                f"{self.parameter}: {reason}; copy the checkpoint anew or use {self.otherwise}"
            ) from None

    def refuse_other_tokenizer(self, checkpoint: Checkpoint, tokenizer_sha256: str) -> None:
        """Raise InputError if it was trained with another tokenizer than the one with this SHA-256."""
        known = checkpoint.metadata.get(TOKENIZER_KEY)
        if known != tokenizer_sha256:
            raise InputError(
                f"{self.parameter}: {self.folder} was trained with another tokenizer ({TOKENIZER_KEY} "
                f"{known!s:.12}…, here {tokenizer_sha256:.12}…), so its ids mean other words; bring back its "
                f"data/vocab/tokenizer.json and keep it with `dvc freeze vocab`"
            )


def checkpoint_folders(folder: Path) -> list[Path]:
    """The folder itself if it holds a checkpoint, else the folders in it, by their names.

    What holds neither weights nor what is known of them is left out; a folder without any stands for itself.
    """
    if not folder.is_dir() or _is_checkpoint(folder):
        return [folder]
    within = [path for path in folder.iterdir() if not path.name.startswith(".") and _is_checkpoint(path)]
    return sorted(within) or [folder]


def _is_checkpoint(folder: Path) -> bool:
    """Whether it has at least a part of one."""
    return any((folder / name).exists() for name in (METADATA, WEIGHTS))
