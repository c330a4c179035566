import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, AutoTokenizer

from minillm.errors import InputError
from minillm.interface import export as export_command
from minillm.model.export import to_transformers
from minillm.model.minigpt import MiniGPT, ModelConfig
from minillm.params import VocabParams
from minillm.tokens.tokenizer import TOKENIZER_KEY, save_tokenizer, tokenizer_sha256, train_tokenizer
from minillm.training.checkpoints import save_checkpoint

GPT2 = ModelConfig(
    vocab_size=50,
    dim=24,
    layers=3,
    heads=3,
    feed_forward_dim=40,
    context=12,
    dropout=0.1,
    tie_embeddings=True,
)
QWEN3 = replace(GPT2, positions="rope", norm="rmsnorm", activation="swiglu", qk_norm=True)


def random_model(config: ModelConfig) -> MiniGPT:
    torch.manual_seed(0)
    model = MiniGPT(config).eval()
    for parameter in model.parameters():  # norms and biases too: at 1 and 0 they hide mistakes
        torch.nn.init.normal_(parameter, std=0.5)
    return model


def export(model: MiniGPT, folder: Path) -> None:
    """Through the command's own way: checkpoint, folder, tokenizer."""
    tokenizer = tokenizer_of("la casa roja y una mesa azul con dos sillas en el patio")
    save_checkpoint(folder / "checkpoint", model, {TOKENIZER_KEY: tokenizer_sha256(tokenizer)})
    save_tokenizer(tokenizer, folder / "tokenizer.json")
    export_command.export(folder / "checkpoint", folder / "exported", folder / "tokenizer.json")


def tokenizer_of(text: str) -> Tokenizer:
    return train_tokenizer(lambda: [text], VocabParams(type="word", vocab_size=16))


@pytest.mark.parametrize(("name", "config"), [("gpt2", GPT2), ("qwen3", QWEN3)])
def test_transformers_computes_the_same_logits(name: str, config: ModelConfig, tmp_path: Path) -> None:
    model = random_model(config)
    export(model, tmp_path)
    theirs = AutoModelForCausalLM.from_pretrained(tmp_path / "exported", dtype=torch.float32)
    assert theirs.config.model_type == name
    tokens = torch.randint(0, 50, (2, 12), generator=torch.Generator().manual_seed(1))
    expected = theirs(tokens).logits
    assert expected.abs().max() > 1
    torch.testing.assert_close(model(tokens), expected, atol=1e-5, rtol=1e-5)
    assert theirs.num_parameters() == model.parameter_count() + (50 * 24 + 12 * 24) * (name == "gpt2")


def test_the_exported_tokenizer_reads_and_names_the_special_tokens(tmp_path: Path) -> None:
    export(random_model(QWEN3), tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "exported")
    assert tokenizer.decode(tokenizer("la casa").input_ids, skip_special_tokens=True).strip() == "la casa"
    assert (tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id) == (2, 3, 0)
    config = json.loads((tmp_path / "exported" / "config.json").read_text(encoding="utf-8"))
    assert (config["bos_token_id"], config["eos_token_id"]) == (2, 3)


@pytest.mark.parametrize("change", [{"norm": "layernorm"}, {"qk_norm": False}, {"tie_embeddings": False}])
def test_an_unknown_architecture_is_a_clear_error(change: dict[str, object]) -> None:
    model = MiniGPT(replace(QWEN3, **change))  # type: ignore[arg-type]
    with pytest.raises(InputError, match="is no architecture of transformers"):
        to_transformers(model)


def test_a_checkpoint_of_another_tokenizer_is_not_exported(tmp_path: Path) -> None:
    export(random_model(QWEN3), tmp_path)
    other = tokenizer_of("una casa azul y la mesa roja con tres sillas en el patio")
    save_tokenizer(other, tmp_path / "tokenizer.json")
    with pytest.raises(InputError, match=r"checkpoint was trained with another tokenizer \(tokenizer_sha256"):
        export_command.export(tmp_path / "checkpoint", tmp_path / "refused", tmp_path / "tokenizer.json")
    assert not (tmp_path / "refused").exists()
