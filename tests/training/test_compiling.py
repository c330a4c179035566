"""train.compile: the same training in code of its own."""

from pathlib import Path

import pytest

from minillm.errors import InputError
from minillm.training.trainer import Trainer
from tests.training.test_loop import VOCAB_SIZE, make_params, splits

__all__ = ["splits"]


def test_without_a_compiler_the_parameter_is_named(splits: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    with pytest.raises(InputError) as caught:
        Trainer(make_params(compile=True), splits, VOCAB_SIZE)
    assert str(caught.value) == (
        "train.compile = true: needs a C++ compiler, and there is no 'no-such-compiler' here; install one, "
        "name it in CXX, or use train.compile = false"
    )
