"""One SHA-256 for a training: on every CPU, with any number of cores and processes, moved midway.

Other CPUs are emulated by qemu-user (Debian's package of this name), which computes AVX2 and FMA exactly.
Each run is one of a kind in several ways, since a process is slow to start (half a minute where it is
emulated), and any byte that differs is found whatever changed it:

    run                    native  native  Haswell       Skylake-Client    EPYC
    threads of a training  1       1 + 1   1             2                 4
    threads of evaluation  1       4       –             2                 4
    studied recipe         whole   whole   begins        goes on and ends  –
    modern recipe          whole   whole   begins        goes on           ends
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from ruamel.yaml import YAML
from torch.utils._python_dispatch import TorchDispatchMode

import stages.evaluate
import stages.train
from minillm.params import SplitParams, VocabParams, read_params
from minillm.tokens.splitting import write_shards
from minillm.tokens.tokenizer import load_tokenizer, save_tokenizer, train_tokenizer
from minillm.training import threads
from minillm.training.device import own_bytes
from tests.conftest import ROOT, environment
from tests.evaluation.settings import settings
from tests.tokens.corpus import random_texts, write_texts

EMULATOR = shutil.which("qemu-x86_64")
INTEL, OLDER_INTEL, AMD = "Skylake-Client", "Haswell", "EPYC"

TRAIN: dict[str, Any] = {
    "batch_size": 8, "epochs": 2, "lr": 1e-2, "warmup_steps": 2, "device": "cpu",
}  # fmt: skip
RECIPES: dict[str, dict[str, dict[str, Any]]] = {
    "studied": {"model": {"dim": 24, "heads": 3, "context": 16}, "train": TRAIN},
    "modern": {
        "model": {
            "dim": 24, "layers": 2, "heads": 2, "context": 24, "feed_forward_multiple": 2.667,
            "positions": "rope", "norm": "rmsnorm", "activation": "swiglu", "qk_norm": True,
            "tie_embeddings": True,
        },
        "train": TRAIN | {
            "optimizer": "muon", "share_spelling": True, "smoothing_target": "bigrams", "batches": "padded",
            "schedule": "cosine",
        },
    },
}  # fmt: skip

pytestmark = pytest.mark.skipif(
    bool(own_bytes(torch.device("cpu"))), reason="bytes are promised under Linux on x86-64 CPUs with AVX2"
)


def prepare(folder: Path, sections: dict[str, dict[str, Any]], **train: Any) -> None:
    """A folder in which train and evaluate can run."""
    texts, size = random_texts(30), 19
    articles, tokenizer = folder / "data/clean/articles.parquet", folder / "data/vocab/tokenizer.json"
    write_texts(articles, texts)
    save_tokenizer(
        train_tokenizer(lambda: texts, VocabParams(type="word", vocab_size=size, sample_characters=0)),
        tokenizer,
    )
    ratios = SplitParams(train=0.6, validation=0.2, test=0.2)
    write_shards(articles, load_tokenizer(tokenizer), ratios, 7, folder / "data/splits")
    yaml = YAML()
    content = yaml.load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    content["model"].update(sections["model"])
    content["train"].update(sections["train"] | train)
    content["evaluate"].update(settings(bleu_prompts=4, latency_runs=1).model_dump())
    with (folder / "params.yaml").open("w", encoding="utf-8") as file:
        yaml.dump(content, file)


def run(
    folder: Path,
    *options: str,
    cpu: str = "",
    stop: Sequence[str] = (),
    only: str = "",
    resumed: int = 0,
    **train: Any,
) -> dict[str, str]:
    """The hashes of both recipes' results, or of one's, computed in `folder` by this CPU or an emulated one.

    The trainings of the recipes in `stop` are stopped midway; `resumed` of all trainings go on from a state.
    """
    for recipe, sections in RECIPES.items():
        if not (folder / recipe).exists():
            prepare(folder / recipe, sections, **train)
    python = [sys.executable]
    if cpu:  # no link to it, and so no virtual environment: qemu starts the program itself
        python = [str(EMULATOR), "-cpu", cpu, os.path.realpath(sys.executable)]
    whole = [str(folder / recipe) for recipe in RECIPES if recipe not in stop and only in ("", recipe)]
    stopped = ["--stop", *(str(folder / recipe) for recipe in stop)] if stop else []
    result = subprocess.run(
        [*python, "-m", "tests.same_bytes_run", *whole, *options, *stopped],
        env=environment() | {"PYTHONPATH": os.pathsep.join([str(ROOT), sysconfig.get_path("purelib")])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    assert result.stderr.count("going on in epoch") == resumed
    hashes: dict[str, str] = json.loads(result.stdout.splitlines()[-1])
    return hashes


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    hashes = run(tmp_path_factory.mktemp("native") / "run")
    assert len(hashes) > 40
    return hashes


@pytest.mark.slow
@pytest.mark.system
def test_two_processes_and_an_evaluation_on_four_threads_give_the_same_bytes(
    tmp_path: Path, expected: dict[str, str]
) -> None:
    assert run(tmp_path, "--cores", "4", processes=2) == expected


@pytest.mark.slow
@pytest.mark.system
@pytest.mark.skipif(EMULATOR is None, reason="needs qemu-x86_64 (Debian's package qemu-user)")
def test_a_training_that_moves_from_cpu_to_cpu_gives_the_same_bytes(
    tmp_path: Path, expected: dict[str, str]
) -> None:
    begun = run(tmp_path, stop=("studied", "modern"), cpu=OLDER_INTEL)
    gone_on = run(tmp_path, "--cores", "2", stop=("modern",), cpu=INTEL, resumed=2)
    ended = run(tmp_path, "--cores", "4", only="modern", cpu=AMD, resumed=1)
    assert begun == {"operations": expected["operations"]}
    assert len(gone_on) > 20
    assert gone_on | ended == expected
    assert {*gone_on} & {*ended} == {"operations"}
    assert gone_on["operations"] == ended["operations"]


MKLS = frozenset(
    "mm addmm bmm baddbmm mv addmv dot vdot exp log log2 log10 sqrt tanh erf sin cos tan atan logsumexp "  # noqa: SIM905
    "multinomial exponential_ bernoulli_ _scaled_dot_product_flash_attention_for_cpu".split()
)
"""What MKL computes, in the way that suits the CPU's vendor."""


class Watch(TorchDispatchMode):
    """Notes which of these operations are called."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.others = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func.overloadpacket.__name__
        if name in MKLS:
            self.seen.add(name)
        self.others += name not in MKLS
        return func(*args, **kwargs or {})


@pytest.mark.parametrize("recipe", RECIPES)
def test_nothing_is_left_to_what_looks_at_the_cpus_vendor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recipe: str
) -> None:
    prepare(tmp_path, RECIPES[recipe])
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    monkeypatch.setattr(threads, "usable_cores", lambda: 1)  # the mode sees its own thread only
    params = read_params(Path("params.yaml"))
    with Watch() as operations:
        stages.train.main(params)
        stages.evaluate.main(params)
    assert operations.seen == set()
    assert operations.others > 10_000
    with Watch() as operations:
        torch.ones(2, 2) @ torch.ones(2, 2).exp()
    assert operations.seen == {"mm", "exp"}
