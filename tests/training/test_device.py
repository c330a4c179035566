"""Which precision a device computes in, and what is said of bytes that only such machines give."""

from pathlib import Path

import numpy as np
import pytest
import torch

import stages.train
from minillm.arithmetic import is_limited
from minillm.training import device
from minillm.training.device import own_bytes, resolve_device, resolve_precision
from minillm.training.trainer import Trainer
from tests.training.test_loop import VOCAB_SIZE, make_params, run, splits

__all__ = ["splits"]

CPU, CUDA = torch.device("cpu"), torch.device("cuda")
LINE = "the bytes of the result are this machine's: computed "

promised = pytest.mark.skipif(
    not is_limited(), reason="bytes are promised under Linux on x86-64 CPUs with AVX2"
)


@pytest.mark.parametrize(
    ("precision", "where", "has_bfloat16", "expected"),
    [
        ("auto", CPU, True, torch.float32),
        ("auto", CUDA, True, torch.bfloat16),
        ("auto", CUDA, False, torch.float32),
        ("bfloat16", CPU, False, torch.bfloat16),
        ("float32", CUDA, True, torch.float32),
    ],
)
def test_auto_is_float32_on_a_cpu_and_bfloat16_on_gpus_that_have_it(
    monkeypatch: pytest.MonkeyPatch,
    precision: str,
    where: torch.device,
    has_bfloat16: bool,
    expected: torch.dtype,
) -> None:
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda _emulated: has_bfloat16)
    assert resolve_precision(precision, where) == expected


@promised
def test_who_computes_otherwise_has_bytes_of_its_own_for_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    assert own_bytes(CPU) == ""
    assert own_bytes(CUDA) == "on a device of kind cuda"
    assert own_bytes(CPU, torch.bfloat16) == "in bfloat16"
    assert own_bytes(CPU, compiled=True) == "compiled"
    with monkeypatch.context() as patch:
        patch.setattr(device, "VERSIONS", {"torch": "1.2.3", "numpy": np.__version__})
        assert own_bytes(CPU) == f"torch {torch.__version__.split('+')[0]} in the place of 1.2.3"
    found = [{"internal_api": "openblas", "architecture": "SkylakeX"}, {"internal_api": "openmp"}]
    for libraries, kernels in ((found, "SkylakeX"), (found[1:], "no OpenBLAS")):
        monkeypatch.setattr(device, "threadpool_info", lambda libraries=libraries: libraries)
        assert own_bytes(CPU) == f"NumPy's products by {kernels}"
    monkeypatch.setattr(device, "is_limited", lambda: False)
    assert own_bytes(CPU).startswith("not under Linux on an x86-64 CPU with AVX2, or with NumPy or torch ")


@promised
@pytest.mark.parametrize(("precision", "said"), [("auto", ""), ("bfloat16", f"{LINE}in bfloat16\n")])
def test_a_training_says_in_a_line_that_its_bytes_are_this_machines(
    splits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], precision: str, said: str
) -> None:
    run(make_params(precision=precision, max_steps=1), splits, tmp_path)
    printed = capsys.readouterr().out
    assert said in printed
    assert (LINE in printed) is bool(said)


@pytest.mark.parametrize(
    ("settings", "lifted"), [({}, False), ({"precision": "bfloat16"}, True), ({"compile": True}, True)]
)
def test_only_who_has_bytes_of_its_own_may_use_all_instructions(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, object], lifted: bool
) -> None:
    calls: list[str] = []
    monkeypatch.setattr(stages.train, "lift_limits", lambda: calls.append("lifted"))
    monkeypatch.setattr(stages.train, "run", lambda *_: calls.append("run"))
    stages.train.main(make_params(**settings))
    assert calls == ["lifted"] * lifted + ["run"]


def test_memory_is_pinned_where_a_gpu_is_used_and_not_where_one_is_seen(
    splits: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert resolve_device("auto") == CUDA
    trainer = Trainer(make_params(), splits, VOCAB_SIZE)
    assert trainer.batches(1).pin_memory is False
    trainer.device = CUDA
    assert trainer.batches(1).pin_memory is True
