"""The export for transformers, computed by transformers in a process that has no `minillm`."""

import itertools
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer

from benchmarks.recipe import with_overrides
from minillm.errors import InputError
from minillm.files import sha256
from minillm.interface import export as export_command
from minillm.model.export import architecture_of
from minillm.model.generation import generate
from minillm.model.minigpt import MiniGPT, ModelConfig
from minillm.model.sampling import GREEDY
from minillm.params import VocabParams
from minillm.tokens.tokenizer import (
    BOS,
    EOS,
    PAD,
    TOKENIZER_KEY,
    UNK,
    save_tokenizer,
    tokenizer_sha256,
    train_tokenizer,
)
from minillm.training.checkpoints import load_checkpoint, save_checkpoint
from tests.conftest import ROOT, environment
from tests.interface.project import make_project
from tools.study import read_experiments

TEXT = (ROOT / "README.es.md").read_text(encoding="utf-8")
VOCABULARY = 300
PROMPT, NEW = 4, 4
TINY = ModelConfig(
    vocab_size=VOCABULARY, dim=24, layers=2, heads=3, feed_forward_dim=40, context=PROMPT + NEW, dropout=0.1
)
COMBINATIONS = {
    "-".join(map(str, switches)): replace(
        TINY,
        **dict(zip(("positions", "norm", "activation", "qk_norm", "tie_embeddings"), switches, strict=True)),
    )
    for switches in itertools.product(
        ("sinusoidal", "rope"), ("layernorm", "rmsnorm"), ("gelu", "swiglu"), (False, True), (False, True)
    )
}
ODD_HEAD = replace(TINY, dim=10, heads=2)
"""A folded head is one attention head more, and the width then odd."""
RECIPES = {"modelo-1": "gpt2", "modelo-2": "gpt2", "moderno": "qwen3"}
THOROUGH = ("modelo-1", "rope-rmsnorm-swiglu-True-False", "sinusoidal-layernorm-swiglu-False-True")
NATIVE = {"gpt2": 2, "persimmon": 4, "qwen3": 1, "llama": 1, "arcee": 1, "minillm": 23}
"""How many of the combinations are which architecture's."""


def tokenizer_of(text: str, kind: str = "bpe", size: int = VOCABULARY) -> Tokenizer:
    return train_tokenizer(
        lambda: [text], VocabParams.model_validate({"type": kind, "vocab_size": size, "sample_characters": 0})
    )


def random_model(config: ModelConfig, std: float) -> MiniGPT:
    torch.manual_seed(0)
    model = MiniGPT(config).eval()
    for name, parameter in model.named_parameters():  # norms and biases too: at 1 and 0 they hide mistakes
        torch.nn.init.normal_(parameter, mean=float("norm.weight" in name), std=std)
    return model


def export(model: MiniGPT, tokenizer: Tokenizer, folder: Path, dtype: str = "float32") -> None:
    """Through the command's own way: checkpoint, folder, tokenizer; what is to be computed beside it."""
    thorough = folder.name in THOROUGH
    made = folder.parent / f"{folder.name}-checkpoint"
    save_checkpoint(made / "checkpoint", model, {TOKENIZER_KEY: tokenizer_sha256(tokenizer)})
    save_tokenizer(tokenizer, made / "tokenizer.json")
    export_command.export(made / "checkpoint", folder, made / "tokenizer.json", dtype=dtype)
    width = min(model.config.context, 64)
    ids = tokenizer.encode(TEXT, add_special_tokens=False).ids[: 3 * (width - 1)]
    rows = [[BOS, *ids[first : first + width - 1]] for first in range(0, len(ids), width - 1)]
    asked = {"text": "La casa, [EOS] el río", "ids": rows, "prompt": PROMPT, "new": NEW, "thorough": thorough}
    (folder / "ids.json").write_text(json.dumps(asked), encoding="utf-8")


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every combination, the named recipes in their size, and 16 bits; each as transformers computes it."""
    folder = tmp_path_factory.mktemp("exports")
    words, pieces = tokenizer_of(TEXT, "word"), tokenizer_of(TEXT)
    for name, config in COMBINATIONS.items():
        export(random_model(config, 0.3), pieces, folder / name)
    experiments = read_experiments(ROOT / "experiments.yaml")
    for name in RECIPES:
        shape = ModelConfig.from_params(with_overrides(experiments[name]).model, VOCABULARY)
        export(random_model(shape, 0.05), words, folder / name)
    export(random_model(ODD_HEAD, 0.3), pieces, folder / "odd-head")
    for dtype in ("float16", "bfloat16"):
        export(random_model(TINY, 0.5), pieces, folder / dtype, dtype)
    script = Path(__file__).with_name("load_exports.py")
    command = [sys.executable, str(script), str(folder)]
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


def of(exports: Path, name: str) -> Iterator[object]:
    """What the test asked, what transformers found and said, and the model that was exported."""
    yield json.loads((exports / name / "ids.json").read_text(encoding="utf-8"))
    yield load_file(exports / name / "found.safetensors")
    yield json.loads((exports / name / "found.json").read_text(encoding="utf-8"))
    yield load_checkpoint(exports / f"{name}-checkpoint" / "checkpoint", torch.device("cpu")).model


@pytest.mark.parametrize("name", [*COMBINATIONS, *RECIPES, "odd-head"])
def test_transformers_computes_the_same_without_our_package(name: str, exports: Path) -> None:
    asked, found, said, model = of(exports, name)
    logits = model(torch.tensor(asked["ids"]))
    assert logits.std() > 0.5
    torch.testing.assert_close(found["logits"], logits, atol=1e-5, rtol=1e-5)
    limits = {"max_new_tokens": asked["new"], "banned": (PAD, UNK, BOS, EOS)}  # min_new_tokens bans EOS there
    prompts = [row[: asked["prompt"]] for row in asked["ids"]]
    expected = generate(model, [*prompts, prompts[0][2:]], GREEDY, **limits)
    assert found["greedy"].tolist() == expected[:-1]
    if name in THOROUGH:
        assert found["uncached"].tolist() == expected[:-1]
        assert found["padded"].tolist() == found["alone"].tolist() == expected[-1:]
    assert said["type"] == architecture_of(model.config) == RECIPES.get(name, said["type"])
    assert (exports / name / "modeling_minillm.py").exists() == (said["type"] == "minillm")


def test_most_of_the_shapes_that_one_trains_need_no_code_of_ours() -> None:
    kinds = [architecture_of(config) for config in COMBINATIONS.values()]
    assert {kind: kinds.count(kind) for kind in kinds} == NATIVE


def test_a_folded_head_costs_one_attention_head_of_width(exports: Path) -> None:
    _, found, _, model = of(exports, "modelo-1")
    config = json.loads((exports / "modelo-1" / "config.json").read_text(encoding="utf-8"))
    assert (config["n_embd"], config["n_head"]) == (256 + 64, 4 + 1)
    config = json.loads((exports / "odd-head" / "config.json").read_text(encoding="utf-8"))
    assert (config["n_embd"], config["n_head"]) == (10 + 5, 2 + 1)
    assert model.parameter_count() < int(found["parameters"]) < 2 * model.parameter_count()
    _, found, _, model = of(exports, "moderno")
    assert int(found["parameters"]) == model.parameter_count()


@pytest.mark.parametrize(("dtype", "bits"), [("float16", 11), ("bfloat16", 8)])
def test_weights_come_in_16_bit_on_request(dtype: str, bits: int, exports: Path) -> None:
    asked, found, said, model = of(exports, dtype)
    weights = load_file(exports / dtype / "model.safetensors")
    assert {str(value.dtype) for value in weights.values()} == {said["dtype"]} == {f"torch.{dtype}"}
    logits = model(torch.tensor(asked["ids"]))
    difference = (found["logits"] - logits).abs().max() / logits.abs().max()
    assert 0 < difference < 20 * 2.0**-bits


def test_the_exported_tokenizer_is_the_checkpoint_s_and_begins_a_text(exports: Path) -> None:
    tokenizer = tokenizer_of(TEXT, "word")
    asked, found, said, _ = of(exports, "modelo-1")
    expected = tokenizer.encode(asked["text"], add_special_tokens=False).ids
    assert found["encoded"].tolist() == [[BOS, *expected]]  # and "[EOS]" in a text is no end of one
    assert said["decoded"] == tokenizer.decode(expected)
    exported = json.loads((exports / "modelo-1" / "tokenizer.json").read_text(encoding="utf-8"))
    assert exported | {"post_processor": None} == json.loads(tokenizer.to_str())


def test_a_checkpoint_of_another_tokenizer_is_not_exported(tmp_path: Path) -> None:
    export(random_model(TINY, 0.5), tokenizer_of(TEXT), tmp_path / "exported")
    checkpoint, tokenizer = (
        tmp_path / "exported-checkpoint" / name for name in ("checkpoint", "tokenizer.json")
    )
    save_tokenizer(tokenizer_of(TEXT[::-1]), tokenizer)
    with pytest.raises(InputError, match=r"checkpoint was trained with another tokenizer \(tokenizer_sha256"):
        export_command.export(checkpoint, tmp_path / "refused", tokenizer)
    assert not (tmp_path / "refused").exists()


def test_an_export_destroys_no_checkpoint_and_leaves_other_files(tmp_path: Path) -> None:
    checkpoint = make_project(tmp_path) / "checkpoints" / "best"
    before = sha256(checkpoint / "model.safetensors")
    with pytest.raises(InputError, match=r"holds a checkpoint\.json that is no export's;"):
        export_command.export(checkpoint, checkpoint)
    assert sha256(checkpoint / "model.safetensors") == before
    own = tmp_path / "own"
    own.mkdir()
    (own / "README.md").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match=r"holds a README\.md that is no export's"):
        export_command.export(checkpoint, own)
    (own / "config.json").write_text("{}", encoding="utf-8")  # somebody else's model
    with pytest.raises(InputError, match=r"holds a README\.md that is no export's"):
        export_command.export(checkpoint, own)
    assert (own / "README.md").read_text(encoding="utf-8") == "mine"
    folder = tmp_path / "exported"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    export_command.export(checkpoint, folder)
    (folder / "model.onnx").write_bytes(b"of an earlier export in another format")
    export_command.export(checkpoint, folder)  # again: the same files
    names = {path.name for path in folder.iterdir()}
    written = {"README.md", "config.json", "generation_config.json", "model.safetensors"}
    assert names == written | {"notes.txt", "tokenizer.json", "tokenizer_config.json"}
    assert not list(tmp_path.glob(".exported*"))


def test_an_export_that_breaks_off_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = make_project(tmp_path) / "checkpoints" / "best"

    def full(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(export_command, "write_tensors", full)
    with pytest.raises(OSError, match="no space"):
        export_command.export(checkpoint, tmp_path / "exported")
    assert not list(tmp_path.glob("*exported*"))


@pytest.mark.parametrize(("form", "packages"), [("onnx", "onnx and onnxscript"), ("gguf", "gguf")])
def test_a_missing_package_is_one_line_with_the_command(
    form: str, packages: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_command, "find_spec", lambda name: None)
    expected = f"--format {form} needs {packages}: .venv/bin/pip install -c constraints.txt -e '.[export]'"
    with pytest.raises(InputError, match=f"^{re.escape(expected)}$"):
        export_command.export(tmp_path / "checkpoint", tmp_path / "exported", form=form)


def test_the_card_says_how_to_load_and_whose_texts_these_are(tmp_path: Path) -> None:
    root = make_project(tmp_path)
    checkpoint = root / "checkpoints" / "best"
    export_command.export(checkpoint, tmp_path / "short")
    card = (tmp_path / "short" / "README.md").read_text(encoding="utf-8")
    weights = sha256(checkpoint / "model.safetensors")
    assert weights in card
    assert "AutoModelForCausalLM.from_pretrained(folder)\n" in card
    assert "| validation loss | 3.25 |" in card
    assert "Nothing is known here of the articles" in card
    own = f"---\nlicense: x\n---\n## How to load it\n\nby make, {weights}\n\n## Training data\n\nCC0\n"
    (checkpoint / "README.md").write_text(own, encoding="utf-8")
    export_command.export(checkpoint, tmp_path / "whole")
    card = (tmp_path / "whole" / "README.md").read_text(encoding="utf-8")
    assert card.startswith("---\nlicense: x\n---\n## How to load it\n\n```python\n")
    assert card.endswith("\n\n## Training data\n\nCC0\n")
    assert "by make" not in card
