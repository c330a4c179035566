"""Exports in the programs that they are for, in an environment without our package: `make test-export`.

MINILLM_EXPORT_PYTHON is the Python of that environment.
"""

import json
import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from minillm import load
from minillm.errors import InputError
from minillm.files import write_tsv
from minillm.interface import export as export_command
from minillm.interface.language_model import LanguageModel
from minillm.model.generation import generate
from minillm.model.minigpt import MiniGPT
from minillm.model.sampling import GREEDY
from minillm.tokens.detokenizing import BANNED
from minillm.tokens.texts import read_texts
from minillm.tokens.tokenizer import BOS, TOKENIZER_KEY, load_tokenizer, tokenizer_sha256
from minillm.training.checkpoints import save_checkpoint
from tests.conftest import ROOT, Project, environment
from tests.interface.project import make_project
from tests.model.test_export import COMBINATIONS, TEXT, random_model, tokenizer_of
from tests.serving.servers import running
from tests.tokens.corpus import random_texts

pytestmark = pytest.mark.export

PYTHON = Path(os.environ.get("MINILLM_EXPORT_PYTHON", ""))
ONNX = [  # each switch in both positions
    "sinusoidal-layernorm-gelu-False-False",
    "sinusoidal-rmsnorm-swiglu-False-False",
    "rope-layernorm-gelu-True-True",
    "rope-rmsnorm-swiglu-True-True",
]
CONTEXT = 16
GGUF = {
    "gpt2": "sinusoidal-layernorm-gelu-False-False",
    "gpt2-tied": "sinusoidal-layernorm-gelu-False-True",
    "llama": "rope-rmsnorm-swiglu-False-True",
    "qwen3": "rope-rmsnorm-swiglu-True-True",
}


def there(*command: object, cwd: Path = ROOT) -> str:
    """Run Python of the other environment, where our package is not to be found."""
    assert PYTHON.is_file(), "MINILLM_EXPORT_PYTHON is not set: make test-export"
    kept = {name: value for name, value in environment().items() if not name.startswith("PYTHON")}
    words = [str(PYTHON), *map(str, command)]
    offline = kept | {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(words, cwd=cwd, env=offline, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def exported(
    name: str,
    folder: Path,
    form: str,
    asked: dict[str, Any],
    dtype: str = "float32",
    kind: str = "bpe",
) -> MiniGPT:
    config = replace(COMBINATIONS[name], dim=48, context=CONTEXT)
    tokenizer, model = tokenizer_of(TEXT, kind), random_model(config, 0.3)
    checkpoint = folder.parent / "checkpoint"
    save_checkpoint(checkpoint, model, {TOKENIZER_KEY: tokenizer_sha256(tokenizer)})
    tokenizer.save(str(folder.parent / "tokenizer.json"))
    export_command.export(checkpoint, folder, folder.parent / "tokenizer.json", form, dtype)
    (folder / "ids.json").write_text(json.dumps(asked), encoding="utf-8")
    return model


def found_in(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "found.json").read_text(encoding="utf-8"))
    return found


def ids_of_text(count: int) -> list[int]:
    return tokenizer_of(TEXT).encode(TEXT, add_special_tokens=False).ids[:count]


def test_our_package_is_not_there() -> None:
    said = there("-c", "import importlib.util; print(importlib.util.find_spec('minillm'))", cwd=Path("/"))
    assert said.strip() == "None"


@pytest.mark.parametrize("name", ONNX)
def test_onnxruntime_computes_the_same_with_and_without_past_keys(name: str, tmp_path: Path) -> None:
    ids = ids_of_text(2 * CONTEXT)
    asked = {"ids": [ids[:CONTEXT], ids[CONTEXT:]], "prompt": 5, "new": 6}
    folder = tmp_path / "exported"
    model = exported(name, folder, "onnx", asked)
    there(Path(__file__).with_name("run_onnx.py"), folder)
    found = found_in(folder)
    expected = model(torch.tensor(asked["ids"]))
    for way in ("without_past", "with_past"):
        torch.testing.assert_close(torch.tensor(found[way]), expected, atol=1e-4, rtol=1e-5)
    (greedy,) = generate(model, [ids[:5]], GREEDY, max_new_tokens=6, banned=BANNED)
    assert found["greedy"] == found["padded"] == greedy
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    heads = config.get("num_attention_heads", config.get("n_head"))
    assert (heads, config.get("hidden_size", config.get("n_embd"))) == (3, 48)  # as the graph's past has them
    assert {path.name for path in folder.glob("*.onnx")} == {"model.onnx", "model_without_past.onnx"}


@pytest.mark.parametrize("name", GGUF)
def test_llama_cpp_continues_as_we_do(name: str, tmp_path: Path) -> None:
    ids = ids_of_text(40)
    prompts = [[BOS, *ids[first : first + 5]] for first in (0, 11, 23, 34)]
    text = "El río [EOS] ¿qué? Ñandú, 1.492\n\n"
    asked = {"prompts": prompts, "new": 6, "context": CONTEXT, "text": text}
    folder = tmp_path / "exported"
    model = exported(GGUF[name], folder, "gguf", asked)
    there(Path(__file__).with_name("run_llama.py"), folder)
    found = found_in(folder)
    assert found["metadata"]["general.architecture"] == name.partition("-")[0]
    tokenizer = load_tokenizer(tmp_path / "tokenizer.json")
    assert found["tokens"] == [BOS, *tokenizer.encode(text, add_special_tokens=False).ids]
    assert found["text"] == tokenizer.decode(prompts[0][1:])
    assert found["greedy"] == generate(model, prompts, GREEDY, max_new_tokens=6)
    expected = torch.stack([model(torch.tensor([prompt]))[0, -1] for prompt in prompts])
    # gpt2's GELU is an approximation there, by a table in float16
    tolerance = 2e-2 if name.startswith("gpt2") else 1e-4
    torch.testing.assert_close(torch.tensor(found["logits"]), expected, atol=tolerance, rtol=tolerance)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_a_gguf_in_16_bit_is_half_as_large_and_runs(dtype: str, tmp_path: Path) -> None:
    prompts = [[BOS, *ids_of_text(5)]]
    asked = {"prompts": prompts, "new": 6, "context": CONTEXT, "text": "el"}
    sizes = []
    for kind in ("float32", dtype):
        folder = tmp_path / kind / "exported"
        model = exported(GGUF["llama"], folder, "gguf", asked, kind)
        sizes.append((folder / "model.gguf").stat().st_size)
    there(Path(__file__).with_name("run_llama.py"), folder)
    expected = model(torch.tensor(prompts))[0, -1]
    difference = (torch.tensor(found_in(folder)["logits"][0]) - expected).abs().max()
    assert 0 < difference < 0.05 * expected.abs().max()
    assert 0.5 < sizes[1] / sizes[0] < 0.65


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("sinusoidal-layernorm-gelu-False-False", "word", "the checkpoint's vocabulary is one of words"),
        (
            "rope-layernorm-gelu-False-False",
            "bpe",
            "computes no rope + layernorm + gelu and a head of its own; it",
        ),
        (
            "rope-rmsnorm-gelu-True-True",
            "bpe",
            "computes no rope + rmsnorm + gelu + qk_norm; it does sinusoidal +",
        ),
    ],
)
def test_what_llama_cpp_does_not_take_is_one_line(name: str, kind: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=re.escape(said)) as error:
        exported(name, tmp_path / "exported", "gguf", {}, kind=kind)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "exported").exists()


def test_onnx_in_16_bit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^--dtype float16: ONNX is written in float32 only"):
        exported(ONNX[0], tmp_path / "exported", "onnx", {}, "float16")


def preferred_by_harness(pairs: list[tuple[str, str]], root: Path, *model: str) -> float:
    """In how many of the pairs lm-evaluation-harness finds the first text likelier, asking that model."""
    write_tsv(root / "metrics/tables/grammar_pairs.tsv", ("right", "wrong"), pairs)
    tasks, results = root / "tasks", root / "results"
    shutil.copytree(ROOT / "benchmarks" / "lm_eval", tasks)
    there(
        "-m",
        "lm_eval",
        *model,
        *("--tasks", "minillm_pairs", "--include_path", tasks, "--output_path", results),
        cwd=root,
    )
    (said,) = results.rglob("results_*.json")
    return float(json.loads(said.read_text(encoding="utf-8"))["results"]["minillm_pairs"]["acc,none"])


def preferred(pairs: list[tuple[str, str]], model: LanguageModel) -> float:
    """The same by `minillm evaluate`."""

    def bits(text: str) -> float:
        return sum(token.bits for token in model.score(text).tokens[:-1])  # the end is not asked for there

    first = sum(bits(right) < bits(wrong) for right, wrong in pairs)
    assert 0 < first < len(pairs)
    return first / len(pairs)


@pytest.mark.slow
@pytest.mark.system
def test_lm_evaluation_harness_prefers_the_sentences_that_we_prefer(
    finished: Project, tmp_path: Path
) -> None:
    """The task reads the table that `make` writes; here it has sentences that so small a vocabulary knows."""
    project = finished.copy_to(tmp_path / "project")
    folder = tmp_path / "exported"
    project.check("python", "-m", "minillm", "export", "checkpoints/best", str(folder))
    texts = [text.text.split()[:9] for text in read_texts(project.root / "data/clean/articles.parquet")]
    pairs = [(" ".join(words), " ".join([*words[4:], *words[:4]])) for words in texts[:60]]
    arguments = (
        "--model_args",
        f"pretrained={folder},dtype=float32",
        "--device",
        "cpu",
        "--batch_size",
        "32",
    )
    said = preferred_by_harness(pairs, project.root, "--model", "hf", *arguments)
    assert len(pairs) == 60
    assert said == pytest.approx(preferred(pairs, load(project.root / "checkpoints/best", device="cpu")))


@pytest.mark.slow
def test_lm_evaluation_harness_hears_the_same_from_the_server(tmp_path: Path) -> None:
    root = make_project(tmp_path / "project", "bpe")
    checkpoint, folder = root / "checkpoints/best", tmp_path / "exported"
    export_command.export(checkpoint, folder)  # its tokenizer is asked for
    texts = random_texts(40, seed=1)
    pairs = [(text, " ".join(reversed(text.split()))) for text in texts]
    with running({"best": checkpoint}) as server:
        asked = f"model=best,base_url={server.url}/v1/completions,tokenizer={folder}"
        arguments = ("--model_args", f"{asked},tokenizer_backend=huggingface,num_concurrent=4")
        said = preferred_by_harness(pairs, root, "--model", "local-completions", *arguments)
        assert said == pytest.approx(preferred(pairs, server.models["best"]))
