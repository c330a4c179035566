"""train.compile: the same training in code of its own."""

import importlib
import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor

from minillm.errors import InputError
from minillm.training.compiling import compiled
from minillm.training.trainer import Trainer
from tests.training.test_loop import VOCAB_SIZE, contents, make_params, read_curve, run, splits
from tests.training.test_state import SignalAfter, attempt

__all__ = ["splits"]


@pytest.fixture(autouse=True, scope="module")
def inductor() -> None:
    """Imported here, since it takes seconds, and before a test changes CXX, which it reads then."""
    importlib.import_module("torch._inductor.config")


def test_without_a_compiler_the_parameter_is_named(splits: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    with pytest.raises(InputError) as caught:
        Trainer(make_params(compile=True), splits, VOCAB_SIZE)
    assert str(caught.value) == (
        "train.compile = true: needs a C++ compiler, and there is no 'no-such-compiler' here; install one "
        "(Debian and Ubuntu: sudo apt install g++), name it in CXX, or use train.compile = false"
    )


def test_without_pythons_headers_the_package_is_named(
    splits: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXX", sys.executable)
    monkeypatch.setattr("sysconfig.get_path", lambda _name: str(tmp_path))
    with pytest.raises(InputError) as caught:
        Trainer(make_params(compile=True), splits, VOCAB_SIZE)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert str(caught.value) == (
        f"train.compile = true: needs Python's headers, and there is no {tmp_path / 'Python.h'}; "
        f"install them (Debian and Ubuntu: sudo apt install python{version}-dev, or python3-dev), "
        f"or use train.compile = false"
    )
    (tmp_path / "Python.h").touch()
    Trainer(make_params(compile=True), splits, VOCAB_SIZE)


def test_a_compiler_that_fails_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    from torch._dynamo.exc import BackendCompilerFailed

    def failing(_ids: Tensor) -> Tensor:
        raise BackendCompilerFailed(failing, RuntimeError("C++ compile error\n\nCommand:\ng++"), None)

    monkeypatch.setattr(torch, "compile", lambda *_arguments, **_options: failing)
    with pytest.raises(InputError) as caught:
        compiled(failing, torch.device("cpu"))(torch.zeros(1))
    expected = (
        "train.compile = true: the model cannot be compiled here (backend='failing' raised: RuntimeError: C"
    )
    assert str(caught.value).startswith(expected)
    assert str(caught.value).endswith("; use train.compile = false")
    assert "\n" not in str(caught.value)


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # the compiler's own
def test_a_compiled_training_is_the_same_training_and_goes_on_with_the_same_bytes(
    splits: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    run(make_params({"dropout": 0.0}, epochs=1), splits, tmp_path / "eager")
    run(make_params({"dropout": 0.0}, epochs=1, compile=True), splits, tmp_path / "compiled")
    eager, same = read_curve(tmp_path / "eager")[0], read_curve(tmp_path / "compiled")[0]
    for column in ("train_loss", "validation_loss", "gradient_norm"):
        assert same[column] == pytest.approx(eager[column], rel=1e-3)

    params = make_params(epochs=2, compile=True)  # with dropout
    run(params, splits, tmp_path / "whole")
    assert not attempt(params, splits, tmp_path / "out", SignalAfter(7))
    assert attempt(params, splits, tmp_path / "out")
    assert capfd.readouterr().out.count("going on in epoch") == 1
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")
    assert len(contents(tmp_path / "out")) == 5
