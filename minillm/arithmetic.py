"""Which instructions compute: the same ones on every x86-64 CPU under Linux, so that bytes are everybody's.

torch, oneDNN, NumPy and OpenBLAS choose their code by the CPU that they find when they load: AVX-512 where
there is some, another order of summation for another vendor. Each of them can be told to use what every CPU
since 2015 has (AVX2 with FMA), if it is told before it loads. MKL cannot: it looks at the vendor. So nothing
that decides bytes goes through MKL (minillm.model.portable.py); docs/same-bytes.md has what was measured.
"""

import os
import platform
import sys
from pathlib import Path

VERSIONS = {"torch": "2.13.0", "numpy": "2.4.6"}
"""Whose kernels made the documented bytes; constraints.txt pins them."""

_TORCH_LIMITS = {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2"}
_NUMPY_LIMITS = {
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
    "OPENBLAS_CORETYPE": "Haswell",
    "OPENBLAS_NUM_THREADS": "1",  # its threads would stand in the way of those of minillm/training/threads.py
}

_limited = False


def limit_instructions() -> None:
    """Tell the libraries, where the CPU has what they are told to use; minillm/__init__.py calls this."""
    global _limited
    limits = _TORCH_LIMITS | _NUMPY_LIMITS
    told = all(os.environ.get(name) == value for name, value in limits.items())
    _limited = _has_avx2() and (told or not sys.modules.keys() & VERSIONS.keys())
    if _limited:
        os.environ.update(limits)


def lift_limits() -> None:
    """Let torch use all that the CPU has. Only before its first operation, when it looks."""
    for name in _TORCH_LIMITS:
        os.environ.pop(name, None)


def is_limited() -> bool:
    """Whether the libraries were told in time, on a computer where that makes the bytes everybody's."""
    return _limited


def _has_avx2() -> bool:
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return False
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").split()
    except OSError:
        return False
    return {"avx2", "fma"} <= set(flags)
