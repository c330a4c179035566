import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from minillm.errors import InputError
from minillm.files import CHECKSUMS
from minillm.model.minigpt import MiniGPT, ModelConfig
from minillm.tokens.tokenizer import TOKENIZER_KEY
from minillm.training.checkpoints import save_checkpoint
from minillm.training.initial import load_initial_weights, starts_from_random

CONFIG = ModelConfig(vocab_size=9, dim=4, layers=1, heads=1, feed_forward_dim=8, context=4, dropout=0.1)
WORDS = "a" * 64


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A checkpoint of CONFIG's shape and of the tokenizer WORDS."""
    torch.manual_seed(1)
    save_checkpoint(tmp_path / "base", MiniGPT(CONFIG), {TOKENIZER_KEY: WORDS})
    return tmp_path / "base"


def fresh(**changes: Any) -> MiniGPT:
    torch.manual_seed(2)
    return MiniGPT(replace(CONFIG, **changes))


def test_the_weights_are_the_checkpoints(base: Path) -> None:
    torch.manual_seed(1)
    saved, model = MiniGPT(CONFIG).state_dict(), fresh()
    assert not torch.equal(saved["embedding.weight"], model.state_dict()["embedding.weight"])
    load_initial_weights(model, str(base), WORDS)
    loaded = model.state_dict()
    assert len(loaded) > 10
    assert all(torch.equal(loaded[name], tensor) for name, tensor in saved.items())


def test_dropout_and_context_may_differ(base: Path) -> None:
    model = fresh(dropout=0.5, context=8)
    load_initial_weights(model, str(base), WORDS)
    assert model.config.context == 8
    assert model(torch.tensor([[1, 2, 3, 4, 5, 6, 7, 8]])).shape == (1, 8, 9)


def test_a_model_in_training_stays_in_training(base: Path) -> None:
    model = fresh().train()
    load_initial_weights(model, str(base), WORDS)
    assert model.training
    assert all(parameter.requires_grad for parameter in model.parameters())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dim": 8}, "its dim = 4, where params.yaml makes dim = 8; give the model section"),
        ({"vocab_size": 10}, "its vocab_size = 9, where params.yaml makes vocab_size = 10; "),
        (
            {"layers": 2, "norm": "rmsnorm"},
            "its layers = 1, norm = layernorm, where params.yaml makes layers = 2, norm = rmsnorm; ",
        ),
    ],
)
def test_another_shape_is_named_with_both_values(base: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        load_initial_weights(fresh(**changes), str(base), WORDS)
    assert str(caught.value).startswith(f"train.init_from = {base}: {message}")


def test_another_tokenizer_is_an_error_although_the_shapes_fit(base: Path) -> None:
    with pytest.raises(InputError, match=r"another tokenizer .*aaaaaaaaaaaa…, here bbbbbbbbbbbb…"):
        load_initial_weights(fresh(), str(base), "b" * 64)


@pytest.mark.parametrize("name", ["checkpoint.json", "model.safetensors"])
def test_a_missing_file_is_named(base: Path, name: str) -> None:
    (base / name).unlink()
    with pytest.raises(InputError) as caught:
        load_initial_weights(fresh(), str(base), WORDS)
    assert str(caught.value).startswith(f"train.init_from = {base}: {base / name} is missing; name a folder")
    assert "checkpoints/none for random weights" in str(caught.value)


@pytest.mark.parametrize("name", ["checkpoint.json", "model.safetensors"])
def test_a_cut_file_is_one_clear_line(base: Path, name: str) -> None:
    content = (base / name).read_bytes()
    (base / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError) as caught:
        load_initial_weights(fresh(), str(base), WORDS)
    assert str(caught.value).startswith(f"train.init_from = {base}: {base / name} is not as train wrote it: ")
    assert str(caught.value).endswith(" anew or use checkpoints/none for random weights")
    (base / CHECKSUMS).unlink()
    with pytest.raises(InputError) as caught:
        load_initial_weights(fresh(), str(base), WORDS)
    assert str(caught.value).startswith(f"train.init_from = {base}: {base} holds no readable checkpoint (")
    assert str(caught.value).endswith(" anew or use checkpoints/none for random weights")
    assert "\n" not in str(caught.value)


def test_a_foreign_checkpoint_is_an_error(base: Path) -> None:
    (base / CHECKSUMS).unlink()
    (base / "checkpoint.json").write_text(json.dumps({"model_type": "gpt2"}), encoding="utf-8")
    with pytest.raises(InputError, match=r"train\.init_from = .* is not of format minillm-1; copy"):
        load_initial_weights(fresh(), str(base), WORDS)


def test_checkpoints_none_stands_for_random_weights(base: Path) -> None:
    assert starts_from_random("checkpoints/none")
    assert starts_from_random("./checkpoints/none/")
    assert not starts_from_random(str(base))
