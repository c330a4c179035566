"""Which device and which precision the machine offers, and how its memory is kept."""

import contextlib
import ctypes
import sys

import numpy as np
import torch
from threadpoolctl import threadpool_info

from minillm.arithmetic import VERSIONS, is_limited
from minillm.errors import InputError
from minillm.params import Device

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h
_NEVER_BYTES = 2**31 - 1


def resolve_device(device: Device) -> torch.device:
    """Turn `auto` into cuda where there is one. Raises InputError for cuda on a machine without it."""
    if device == "cuda" and not torch.cuda.is_available():
        raise InputError("device = 'cuda': torch finds no CUDA device here; use auto or cpu")
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(device)


def resolve_precision(precision: str, device: torch.device) -> torch.dtype:
    """`auto`: float32 on a CPU, where its bytes are everybody's, and bfloat16 on GPUs that have it."""
    if precision == "float32":
        return torch.float32
    if precision == "bfloat16":
        return torch.bfloat16
    native = device.type == "cuda" and torch.cuda.is_bf16_supported(False)
    return torch.bfloat16 if native else torch.float32


def own_bytes(device: torch.device, dtype: torch.dtype = torch.float32, *, compiled: bool = False) -> str:
    """Why what is computed so has bytes that only such machines give; empty: every x86-64 CPU gives them."""
    if device.type != "cpu":
        return f"on a device of kind {device.type}"
    if dtype != torch.float32:
        return f"in {str(dtype).removeprefix('torch.')}"
    if compiled:
        return "compiled"
    if not is_limited():
        return "not under Linux on an x86-64 CPU with AVX2, or with NumPy or torch loaded before minillm"
    found = {"torch": torch.__version__.split("+")[0], "numpy": np.__version__}
    others = [
        f"{name} {found[name]} in the place of {version}"
        for name, version in VERSIONS.items()
        if found[name] != version
    ]
    kernels = {
        library["architecture"] for library in threadpool_info() if library["internal_api"] == "openblas"
    }
    if kernels != {"Haswell"}:
        others.append(f"NumPy's products by {', '.join(sorted(kernels)) or 'no OpenBLAS'}")
    return ", ".join(others)


def autocast(device: torch.device, dtype: torch.dtype) -> contextlib.AbstractContextManager[object]:
    """Matrix products in `dtype`; parameters, normalization and loss stay in float32."""
    if dtype == torch.float32:
        return contextlib.nullcontext()
    return torch.autocast(device.type, dtype)


def keep_freed_memory() -> None:
    """Let glibc keep large freed blocks instead of giving them back to the kernel (mallopt(3)).

    Each step frees and asks for the same large tensors; unmapping and zeroing their pages again makes a
    step longer (420 against 408 ms, 2 cores of an AMD EPYC, 2,048 tokens; benchmarks/cpu_step.py).
    """
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        if hasattr(libc, "mallopt"):  # musl has none
            libc.mallopt(_M_MMAP_THRESHOLD, _NEVER_BYTES)
            libc.mallopt(_M_TRIM_THRESHOLD, _NEVER_BYTES)
