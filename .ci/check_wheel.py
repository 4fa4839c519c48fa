"""A wheel, built as pip builds it, runs with the machine code that it brings: nothing is compiled, nothing cached."""

import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CODE = "machine code that came with the installation"
RUN = "import sim; print(sim.run_once(sim.load('product-page/sync'), seed=1).fingerprint())"

with tempfile.TemporaryDirectory() as folder:
    built, package, cache = Path(folder) / "built", Path(folder) / "package", Path(folder) / "cache"
    subprocess.run([sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", built, ROOT], check=True)  # noqa: S603
    zipfile.ZipFile(next(built.glob("*.whl"))).extractall(package)
    environment = {**os.environ, "PYTHONPATH": str(package), "EVENTFLOW_CACHE": str(cache)}
    python = ROOT / ".venv" / "bin" / "python"
    readable = RUN.replace("seed=1", "seed=1, engine='simpy'")
    asked = {"doctor": ["-m", "sim", "doctor"], "run": ["-c", RUN], "readable": ["-c", readable]}
    said = {
        name: subprocess.check_output([python, *command], cwd=folder, env=environment, text=True)  # noqa: S603
        for name, command in asked.items()
    }
    problems = [] if CODE in said["doctor"] else [f"the wheel's machine code is not used:\n{said['doctor']}"]
    problems += ["its run gave other results than the readable engine's"] * (said["run"] != said["readable"])
    problems += ["its run compiled a kernel"] * cache.exists()
    print("\n".join(problems) or next(line for line in said["doctor"].splitlines() if CODE in line))
    sys.exit(bool(problems))
