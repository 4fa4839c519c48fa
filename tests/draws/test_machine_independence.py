"""One fingerprint on every machine: with and without fused multiply-add, whatever the hash seed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import sim.draws

SCRIPT = Path(__file__).with_name("fingerprint.py")
ROOT = Path(sim.draws.__file__).resolve().parents[1]
GOLDEN = "2e66c10372b684ca7f80d8ba7f2b5ab6a2e511c2058e7440d169e123177f30f8"
VARIANTS = [
    {},
    {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4"},
    {"NPY_DISABLE_CPU_FEATURES": "AVX2 FMA3"},
    {"PYTHONHASHSEED": "0"},
    {"PYTHONHASHSEED": "12345", "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4"},
]


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: "+".join(variant) or "plain")
def test_fingerprint(variant: dict[str, str]) -> None:
    """Tables, draws, arrival times and floats of exact math are these bytes; a change of GOLDEN changes every result."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore", **variant}
    run = subprocess.run(
        [sys.executable, str(SCRIPT)], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert run.stdout.strip() == GOLDEN
