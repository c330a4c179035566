"""Which instructions the libraries are told to use, and that they are told before they load."""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from minillm import arithmetic
from minillm.arithmetic import is_limited, lift_limits, limit_instructions
from tests.conftest import environment

LIMITS = {
    "ATEN_CPU_CAPABILITY": "avx2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
    "OPENBLAS_CORETYPE": "Haswell",
    "OPENBLAS_NUM_THREADS": "1",
}
OF_NUMPY = {name: value for name, value in LIMITS.items() if name.startswith(("NPY", "OPENBLAS"))}


@pytest.mark.skipif(not is_limited(), reason="bytes are promised under Linux on x86-64 CPUs with AVX2")
@pytest.mark.parametrize(("before", "expected"), [("", LIMITS), ("import numpy;", {})])
def test_the_package_limits_what_is_loaded_after_it(before: str, expected: dict[str, str]) -> None:
    script = f"import json, os; {before} from minillm.arithmetic import is_limited; "
    script += "print(json.dumps([is_limited(), dict(os.environ)]))"
    kept = {name: value for name, value in environment().items() if name not in LIMITS}
    limited, variables = json.loads(subprocess.check_output([sys.executable, "-c", script], env=kept))
    assert limited is bool(expected)
    assert {name: variables[name] for name in LIMITS if name in variables} == expected


@pytest.mark.parametrize(
    ("flags", "is_told"), [("fpu avx2 fma", True), ("fpu avx2", False), ("fpu avx fma", False), ("", False)]
)
def test_a_cpu_is_told_what_it_has_and_torch_may_have_all_back(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, flags: str, is_told: bool
) -> None:
    cpus = tmp_path / "cpuinfo"
    cpus.write_text(f"flags : {flags}\n", encoding="ascii")
    monkeypatch.setattr(arithmetic, "Path", lambda _: cpus)
    monkeypatch.setattr(arithmetic, "VERSIONS", {})  # nothing is loaded
    monkeypatch.setattr(arithmetic, "_limited", not is_told)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(os, "environ", {})
    limit_instructions()
    assert is_limited() is is_told
    assert os.environ == (LIMITS if is_told else {})
    lift_limits()
    assert os.environ == (OF_NUMPY if is_told else {})
