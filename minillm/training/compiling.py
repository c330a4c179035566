"""torch.compile of the model's forward and backward pass, with errors that a user understands.

On the CPU TorchInductor (Ansel et al. 2024) writes C++ that fuses what stands between the matrix products,
and needs a C++ compiler and Python's headers for it. On a GPU mode="reduce-overhead" also records the kernels
as CUDA graphs, so that a small model does not wait for Python. Random numbers come from the seed of the step
as before, but are others than those of the model that is not compiled.
"""

import os
import shutil
import sys
import sysconfig
from collections.abc import Callable
from functools import wraps
from pathlib import Path

import torch
from torch import Tensor

from minillm.errors import InputError, reason

_COMPILERS = {"darwin": "clang++", "win32": "cl"}


def compiled(hidden: Callable[[Tensor], Tensor], device: torch.device) -> Callable[[Tensor], Tensor]:
    """`hidden`, compiled when it is first called.

    Raises InputError without a C++ compiler or Python's headers, and the function does if they do not serve.
    """
    without = "or use train.compile = false"
    compiler = os.environ.get("CXX", _COMPILERS.get(sys.platform, "g++"))
    if shutil.which(compiler) is None:
        raise InputError(
            f"train.compile = true: needs a C++ compiler, and there is no {compiler!r} here; install one "
            f"(Debian and Ubuntu: sudo apt install g++), name it in CXX, {without}"
        )
    header = Path(sysconfig.get_path("include"), "Python.h")
    if not header.is_file():
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise InputError(
            f"train.compile = true: needs Python's headers, and there is no {header}; install them "
            f"(Debian and Ubuntu: sudo apt install python{version}-dev, or python3-dev), {without}"
        )
    torch.use_deterministic_algorithms(True)  # the compiler's own switch as well
    return _explained(torch.compile(hidden, mode="reduce-overhead" if device.type == "cuda" else None))


def _explained(compiled: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """`compiled`, whose compiler's failure is an InputError."""

    @wraps(compiled)
    def call(ids: Tensor) -> Tensor:
        try:
            return compiled(ids)
        except torch._dynamo.exc.BackendCompilerFailed as error:
            raise InputError(
                f"train.compile = true: the model cannot be compiled here ({reason(error, 300)}); "
                f"use train.compile = false"
            ) from None

    return call
