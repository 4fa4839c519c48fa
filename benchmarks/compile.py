"""What it takes to make the kernel: lowering, LLVM, and whole processes that start with it ready-made, cached, or not yet made.

    python benchmarks/compile.py                  # the kernel as it is, and of two and four times the breadth

Breadth is made by copying: the entry and every function that it reaches stand n times in the module, so that LLVM has as much
to do as with a kernel that has so many more mechanics. Seconds are those of the clock: a cold start makes the parts on as many
processors. An installation is a copy of `sim/` with what a wheel has besides.
"""

from __future__ import annotations

import argparse
import compileall
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sim.engine.compiled_engine.ready_made import write
from sim.engine.compiled_engine.sources import PARTS, ir
from sim.lowering.at_once import object_codes
from sim.lowering.language import definitions
from sim.lowering.machine import object_code
from sim.lowering.parts import parted
from sim.lowering.targets import TARGETS

ROOT = Path(__file__).resolve().parents[1]
START = "import sim; sim.run_once(sim.load('tandem', overrides=('run.horizon=1s', 'run.warmup=0s')))"


def broader(text: str, times: int) -> str:
    """The module with every function of the kernel ``times`` over, each set reached by an entry of its own."""
    head = r"^define (?:void @eventflow_run|internal [^\n]*#[01] \{\n\.begin)"  # not those that bring their LLVM along
    own = re.findall(head + r".*?^\}$", text, re.DOTALL | re.MULTILINE)
    names = [re.search(r"@([\w.]+)\(", part)[1] for part in own]
    called = re.compile("@(" + "|".join(map(re.escape, names)) + r")\(")
    copies = [called.sub(rf"@\1.copy{copy}(", part) for copy in range(1, times) for part in own]
    return "\n".join([text, *copies])


def timed(times: int) -> tuple[int, float, float, float, int]:
    """Of so much breadth: functions, seconds to lower, of LLVM in one process and for parts at once, and bytes of code."""
    definitions.cache_clear()  # the sources are parsed, too
    began = time.perf_counter()
    text = ir()
    lowering = time.perf_counter() - began
    text = broader(text, times)
    began = time.perf_counter()
    code = object_code(text)
    whole = time.perf_counter() - began
    began = time.perf_counter()
    object_codes(parted(text, PARTS))
    return text.count("\ndefine "), lowering * times, whole, time.perf_counter() - began, len(code)


def installation(folder: Path, *, ready_made: bool) -> Path:
    """The package as it is installed, with the machine code of a wheel or without."""
    shutil.copytree(ROOT / "sim", folder / "sim", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "scenarios", folder / "sim" / "_scenarios")
    if ready_made:
        (folder / "sim" / "_kernels").mkdir()
        write(folder / "sim" / "_kernels")
    compileall.compile_dir(folder, quiet=1)
    return folder


def started(package: Path, cache: Path, *command: str) -> subprocess.Popen[str]:
    """A process of an installation, in a folder of its own."""
    environment = {**os.environ, "EVENTFLOW_CACHE": str(cache), "PYTHONPATH": str(package)}
    out = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, *command], cwd=package, env=environment, **out)


def whole_process(package: Path, cache: Path) -> tuple[float, float]:
    """Seconds from the start of Python to the end of a short run, and those of the processor."""
    before, began = os.times(), time.perf_counter()
    assert started(package, cache, "-c", START).wait() == 0
    after, ended = os.times(), time.perf_counter()
    return ended - began, after.children_user + after.children_system - before.children_user - before.children_system


def until_it_simulates(package: Path, cache: Path) -> float:
    """Seconds from the start of `eventflow demo` until the first of its replications are done."""
    began = time.perf_counter()
    with started(package, cache, "-m", "sim", "demo") as demo:
        reached = next(time.perf_counter() - began for line in demo.stderr or () if line.startswith("simulating"))
        demo.terminate()
    return reached


def processes(folder: Path, repeat: int) -> None:
    """Print how long whole processes take, the best of so many."""
    packages = {ready: installation(folder / str(ready), ready_made=ready) for ready in (True, False)}
    print("\n| machine code | a run of one second, s | of the processor, s | until `demo` simulates, s |\n|:--|--:|--:|--:|")
    for name, ready, kept in (("ready-made", True, False), ("in the cache", False, True), ("not yet made", False, False)):
        runs, demos = [], []
        for number in range(repeat):
            cache = folder / ("kept" if kept else f"{name}{number}")
            runs.append(whole_process(packages[ready], cache))
            demos.append(until_it_simulates(packages[ready], cache if kept else folder / f"{name}{number}again"))
        wall, processor = min(wall for wall, _ in runs), min(processor for _, processor in runs)
        print(f"| {name} | {wall:.2f} | {processor:.2f} | {min(demos):.2f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--breadth", default="1,2,4")
    parser.add_argument("--repeat", type=int, default=5)
    arguments = parser.parse_args()
    head = f"LLVM in one process, s | in {PARTS} parts at once, s | lowering and parts, s | machine code, kB"
    print(f"| breadth | functions | lowering, s | {head} |\n|--:|--:|--:|--:|--:|--:|--:|")
    object_code(ir())  # LLVM itself is loaded
    for times in map(int, arguments.breadth.split(",")):
        functions, lowering, whole, parts, size = timed(times)
        taken = f"{lowering:.2f} | {whole:.2f} | {parts:.2f} | {lowering + parts:.2f}"
        print(f"| {times} | {functions} | {taken} | {size / 1000:.0f} |", flush=True)
    print("\n| for | LLVM, s | machine code, kB |\n|:--|--:|--:|")
    for target in TARGETS:
        began = time.process_time()
        size = len(object_code(ir(), target))
        print(f"| {target.name} | {time.process_time() - began:.2f} | {size / 1000:.0f} |", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        processes(Path(folder), arguments.repeat)


if __name__ == "__main__":
    main()
