import json
import math
from pathlib import Path
from typing import Any

import pytest
import torch

from minillm.errors import InputError
from minillm.files import CHECKSUMS
from minillm.model.minigpt import MiniGPT, ModelConfig
from minillm.training.checkpoints import load_checkpoint, save_checkpoint

CONFIG = ModelConfig(vocab_size=9, dim=4, layers=1, heads=1, feed_forward_dim=8, context=4, dropout=0.1)
CPU = torch.device("cpu")


@pytest.fixture
def saved(tmp_path: Path) -> tuple[Path, MiniGPT]:
    model = MiniGPT(CONFIG)
    save_checkpoint(tmp_path / "best", model, {"epoch": 3, "metrics": {"loss": 4.5}})
    return tmp_path / "best", model


def test_what_is_loaded_is_what_was_saved(saved: tuple[Path, MiniGPT]) -> None:
    folder, model = saved
    checkpoint = load_checkpoint(folder, CPU)
    assert checkpoint.model.config == CONFIG
    assert not checkpoint.model.training
    assert checkpoint.metadata["epoch"] == 3
    loaded = checkpoint.model.state_dict()
    assert len(loaded) > 10
    for name, value in model.state_dict().items():
        assert torch.equal(loaded[name], value)


def test_a_checkpoint_holds_weights_and_readable_json_without_pickle(saved: tuple[Path, MiniGPT]) -> None:
    folder, model = saved
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["SHA256SUMS", "checkpoint.json", "model.safetensors"]
    assert json.loads((folder / "checkpoint.json").read_text(encoding="utf-8"))["model"]["dim"] == 4
    header_bytes = int.from_bytes((folder / "model.safetensors").read_bytes()[:8], "little")
    header = json.loads((folder / "model.safetensors").read_bytes()[8 : 8 + header_bytes])
    assert {name for name, _ in model.named_parameters()} <= header.keys()


def test_the_same_state_gives_the_same_bytes(tmp_path: Path) -> None:
    model = MiniGPT(CONFIG)
    for name in ("a", "b"):
        save_checkpoint(tmp_path / name, model, {"epoch": 1})
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


@pytest.mark.parametrize("name", ["checkpoint.json", "model.safetensors"])
def test_a_missing_or_cut_checkpoint_is_a_clear_error(saved: tuple[Path, MiniGPT], name: str) -> None:
    (saved[0] / CHECKSUMS).unlink()  # as those of other origin have none
    path = saved[0] / name
    content = path.read_bytes()
    for cut in (0, 7, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:cut] if name.endswith("tensors") else content[: min(cut, len(content) - 3)])
        with pytest.raises(InputError, match="dvc repro train"):
            load_checkpoint(saved[0], CPU)
    path.unlink()
    with pytest.raises(InputError, match="is missing"):
        load_checkpoint(saved[0], CPU)


@pytest.mark.parametrize("value", [math.nan, -math.inf])
def test_weights_that_are_no_numbers_are_a_clear_error(tmp_path: Path, value: float) -> None:
    model = MiniGPT(CONFIG)
    with torch.no_grad():
        model.head.weight[2, 1] = value
    save_checkpoint(tmp_path, model, {})
    with pytest.raises(InputError, match=r"model\.safetensors holds weights that are no numbers .*dvc repro"):
        load_checkpoint(tmp_path, CPU)


def test_a_foreign_checkpoint_is_a_clear_error(saved: tuple[Path, MiniGPT]) -> None:
    (saved[0] / CHECKSUMS).unlink()
    path = saved[0] / "checkpoint.json"
    metadata = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(metadata | {"format": "other"}), encoding="utf-8")
    with pytest.raises(InputError, match="not of format"):
        load_checkpoint(saved[0], CPU)
    path.write_text('{"a":' * 100_000, encoding="utf-8")
    with pytest.raises(InputError, match="no readable checkpoint"):
        load_checkpoint(saved[0], CPU)


@pytest.mark.parametrize(
    "wrong",
    [
        {"dim": 8}, {"context": 1e308}, {"heads": 0}, {"heads": None}, {"heads": 3}, {"heads": 1.5},
        {"context": -1}, {"dropout": math.nan}, {"dropout": 2}, {"positions": "foo"}, {"norm": None},
        {"positions": "rope", "heads": 4}, {"vocab_size": -1}, {"layers": [2]}, {"width": 3},
    ],
    ids=str,
)  # fmt: skip
def test_a_shape_that_no_model_has_is_a_clear_error(
    saved: tuple[Path, MiniGPT], wrong: dict[str, Any]
) -> None:
    (saved[0] / CHECKSUMS).unlink()
    path = saved[0] / "checkpoint.json"
    metadata = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(metadata | {"model": metadata["model"] | wrong}), encoding="utf-8")
    with pytest.raises(InputError, match="do not fit"):
        load_checkpoint(saved[0], CPU)


@pytest.mark.parametrize("model", [None, [], "gpt2", {}])
def test_a_checkpoint_without_a_shape_is_a_clear_error(saved: tuple[Path, MiniGPT], model: object) -> None:
    (saved[0] / CHECKSUMS).unlink()
    path = saved[0] / "checkpoint.json"
    metadata = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(metadata | {"model": model}), encoding="utf-8")
    with pytest.raises(InputError, match="do not fit"):
        load_checkpoint(saved[0], CPU)
