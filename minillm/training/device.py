"""Which device and which precision the machine offers, and how its memory is kept."""

import contextlib
import ctypes
import sys
from pathlib import Path

import torch

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
    """Turn `auto` into bfloat16 where the hardware computes in it: elsewhere it is emulated and slower."""
    if precision == "float32":
        return torch.float32
    if precision == "bfloat16":
        return torch.bfloat16
    native = torch.cuda.is_bf16_supported(False) if device.type == "cuda" else _cpu_has_bfloat16()
    return torch.bfloat16 if native else torch.float32


def autocast(device: torch.device, dtype: torch.dtype) -> contextlib.AbstractContextManager[object]:
    """Matrix products in `dtype`; parameters, normalization and loss stay in float32."""
    if dtype == torch.float32:
        return contextlib.nullcontext()
    return torch.autocast(device.type, dtype)


def keep_freed_memory() -> None:
    """Let glibc keep large freed blocks instead of giving them back to the kernel (mallopt(3)).

    Each step frees and asks for the same large tensors; unmapping and zeroing their pages again makes a
    step 1.16 × as long (169 against 146 ms, 2 cores, 2,048 tokens; benchmarks/cpu_step.py).
    """
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        if hasattr(libc, "mallopt"):  # musl has none
            libc.mallopt(_M_MMAP_THRESHOLD, _NEVER_BYTES)
            libc.mallopt(_M_TRIM_THRESHOLD, _NEVER_BYTES)


def _cpu_has_bfloat16() -> bool:
    """AVX512-BF16 or AMX on x86 Linux, as the kernel reports them."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags
