"""torch.compile of the model's forward and backward pass, with errors that a user understands.

On the CPU TorchInductor (Ansel et al. 2024) writes C++ that fuses what stands between the matrix products,
and needs a C++ compiler for it. On a GPU mode="reduce-overhead" also records the kernels as CUDA graphs, so
that a small model does not wait for Python. Random numbers come from the seed of the step as before, but are
others than those of the model that is not compiled.
"""

import os
import shutil
import sys
from collections.abc import Callable

import torch
from torch import Tensor

from minillm.errors import InputError

_COMPILERS = {"darwin": "clang++", "win32": "cl"}


def compiled(hidden: Callable[[Tensor], Tensor], device: torch.device) -> Callable[[Tensor], Tensor]:
    """`hidden`, compiled when it is first called. Raises InputError without a C++ compiler."""
    compiler = os.environ.get("CXX", _COMPILERS.get(sys.platform, "g++"))
    if shutil.which(compiler) is None:
        raise InputError(
            f"train.compile = true: needs a C++ compiler, and there is no {compiler!r} here; install one, "
            f"name it in CXX, or use train.compile = false"
        )
    return torch.compile(hidden, mode="reduce-overhead" if device.type == "cuda" else None)
