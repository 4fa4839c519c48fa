"""What it takes to make the kernel: lowering, LLVM, and a whole process that starts with an empty cache.

    python benchmarks/compile.py                  # the kernel as it is, and of two and four times the breadth

Breadth is made by copying: the entry and every function that it reaches stand n times in the module, so that LLVM has as much
to do as with a kernel that has so many more mechanics. Times are of the processor.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sim.engine.compiled_engine.loop import run
from sim.lowering.machine import object_code
from sim.lowering.module import lowered

ROOT = Path(__file__).resolve().parents[1]
SYMBOL = "eventflow_run"
START = "import sim; sim.run_once(sim.load('scenarios/tandem.yaml', overrides=('run.horizon=1s', 'run.warmup=0s')))"


def broader(text: str, times: int) -> str:
    """The module with every function of the kernel ``times`` over, each set reached by an entry of its own."""
    head = r"^define (?:void @eventflow_run|internal [^\n]*nounwind \{\n\.begin)"  # not those that bring their LLVM along
    own = re.findall(head + r".*?^\}$", text, re.DOTALL | re.MULTILINE)
    names = [re.search(r"@([\w.]+)\(", part)[1] for part in own]
    called = re.compile("@(" + "|".join(map(re.escape, names)) + r")\(")
    copies = [called.sub(rf"@\1.copy{copy}(", part) for copy in range(1, times) for part in own]
    return "\n".join([text, *copies])


def timed(times: int) -> tuple[int, float, float, int]:
    """Functions, seconds to lower, seconds of LLVM and bytes of machine code, of so much breadth."""
    began = time.process_time()
    text = lowered(run, SYMBOL)
    lowering = time.process_time() - began
    text = broader(text, times)
    began = time.process_time()
    code = object_code(text)
    return text.count("\ndefine "), lowering * times, time.process_time() - began, len(code)


def whole_process(cache: str) -> float:
    """Seconds of the processor from the start of Python to the end of a short run."""
    environment = {**os.environ, "EVENTFLOW_CACHE": cache, "PYTHONPATH": str(ROOT)}
    before = os.times()
    subprocess.run([sys.executable, "-c", START], cwd=ROOT, env=environment, check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--breadth", default="1,2,4")
    arguments = parser.parse_args()
    print("| breadth | functions | lowering, s | LLVM, s | machine code, kB |\n|--:|--:|--:|--:|--:|")
    object_code(lowered(run, SYMBOL))  # LLVM itself is loaded
    for times in map(int, arguments.breadth.split(",")):
        functions, lowering, llvm, size = timed(times)
        print(f"| {times} | {functions} | {lowering:.2f} | {llvm:.2f} | {size / 1000:.0f} |", flush=True)
    with tempfile.TemporaryDirectory() as cache:
        first, again = whole_process(cache), whole_process(cache)
    print(f"\nA whole process, a run of the tandem for one second: {first:.2f} s with an empty cache, {again:.2f} s after it.")


if __name__ == "__main__":
    main()
