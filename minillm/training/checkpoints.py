"""Checkpoints: a folder of safetensors and readable JSON, loaded without pickle.

model.safetensors  weights
checkpoint.json    format, epoch, step, metrics, model config and parameters
SHA256SUMS         the checksums of both, which are compared when it is loaded
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from pydantic import TypeAdapter
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from minillm.errors import InputError, is_out_of_memory
from minillm.files import CHECKSUMS, atomic_path, check, write_checksums, write_json
from minillm.model.minigpt import MiniGPT, ModelConfig
from minillm.params import ModelParams

FORMAT = "minillm-1"
WEIGHTS, METADATA = "model.safetensors", "checkpoint.json"
FILES = (WEIGHTS, METADATA, CHECKSUMS)
_CONFIG = TypeAdapter(ModelConfig)


@dataclass(frozen=True)
class Checkpoint:
    """A trained model in evaluation mode, and what is known of it."""

    model: MiniGPT
    metadata: dict[str, Any]


def save_checkpoint(folder: Path, model: MiniGPT, metadata: dict[str, Any]) -> None:
    """Write weights and metadata, each file whole or not at all."""
    weights = {name: tensor.detach().cpu() for name, tensor in model.state_dict().items()}
    write_tensors(folder / WEIGHTS, weights)
    write_metadata(folder, model, metadata)


def write_metadata(folder: Path, model: MiniGPT, metadata: dict[str, Any]) -> None:
    """Write what is known of the weights that are there."""
    write_json(folder / METADATA, {"format": FORMAT, "model": model.config.as_dict(), **metadata})
    write_checksums(folder / WEIGHTS, folder / METADATA)


def load_checkpoint(folder: Path, device: torch.device) -> Checkpoint:
    """Load the model and its metadata. Raises InputError for a missing, damaged or foreign checkpoint."""
    again = "run `dvc repro train`"
    for name in (WEIGHTS, METADATA):
        if (folder / name).is_dir():  # of which the libraries say "No such device"
            raise InputError(f"{folder / name} is a folder and no file; {again}")
        check(folder / name, "train")
    try:
        metadata = json.loads((folder / METADATA).read_text(encoding="utf-8"))
        weights = load_file(folder / WEIGHTS, device=str(device))
    except FileNotFoundError as error:
        raise InputError(f"{error.filename or folder / WEIGHTS} is missing; {again}") from None
    except (SafetensorError, ValueError, RecursionError) as error:
        raise InputError(f"{folder} holds no readable checkpoint ({error}); {again}") from None
    if not isinstance(metadata, dict) or metadata.get("format") != FORMAT:
        raise InputError(f"{folder / METADATA} is not of format {FORMAT}; {again}")
    try:
        model = MiniGPT(_config(metadata["model"])).to(device)
        model.load_state_dict(weights)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        if is_out_of_memory(error):
            raise
        reason = " ".join(str(error).split())
        raise InputError(f"{folder}: weights and config do not fit ({reason:.200}); {again}") from None
    if not all(bool(tensor.isfinite().all()) for tensor in weights.values()):
        raise InputError(f"{folder / WEIGHTS} holds weights that are no numbers (NaN or infinite); {again}")
    return Checkpoint(model.eval(), metadata)


def _config(values: dict[str, Any]) -> ModelConfig:
    """The shape, within the limits of params.yaml. Raises TypeError or ValueError for one that is not."""
    config = _CONFIG.validate_python(asdict(ModelConfig(**values)))  # the types
    if min(config.vocab_size, config.feed_forward_dim) < 1:
        raise ValueError("vocab_size and feed_forward_dim must be 1 or more")
    shape = {name: value for name, value in asdict(config).items() if name in ModelParams.model_fields}
    ModelParams.model_validate({**shape, "feed_forward_multiple": 1})
    return config


def write_tensors(path: Path, tensors: dict[str, Tensor], metadata: dict[str, str] | None = None) -> None:
    """Write a safetensors file, whole or not at all. Raises OSError if the disk does not take it."""
    try:
        with atomic_path(path) as temporary:
            save_file(tensors, temporary, metadata)
    except SafetensorError as error:  # the library wraps the system's error
        raise OSError(f"{path} cannot be written ({' '.join(str(error).split())})") from None
