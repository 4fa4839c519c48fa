"""How many instructions the kernel takes for a request: the same number on a busy machine, to compare one commit with another.

    python benchmarks/instructions.py                          # tandem, shop and order flow
    python benchmarks/instructions.py scenarios/tandem.yaml    # others

What the kernel is called with is kept in files, and a small C program calls it on them again under valgrind, which counts: once
with the calls and once without. It is the code that a wheel has for Linux on x86-64. Needs a C compiler and valgrind.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Self

import sim
from sim.engine import run_once
from sim.engine.compiled_engine import host, library, sources
from sim.lowering.machine import object_code
from sim.lowering.targets import TARGETS
from sim.network import compile as compile_network

ROOT = Path(__file__).resolve().parents[1]
SCENARIOS = ("scenarios/tandem.yaml", "scenarios/online-boutique/sync.yaml", "scenarios/order-flow/sync.yaml")
SCENARIOS_BY_EVENTS = ("scenarios/online-boutique/events.yaml", "scenarios/order-flow/events.yaml")
HORIZON = "10s"


class Keeper:
    """Stands where the engine asks for the kernel, and keeps in a folder what each call is given."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.calls = folder, 0
        self.given: list[Any] = []
        self.kernel, self.plain = library.kernel(), host.plain

    def __enter__(self) -> Self:
        """Take the place."""
        host.kernel, host.plain = lambda: self.call, self.seen
        return self

    def __exit__(self, *_: object) -> None:
        """Give it back."""
        host.kernel, host.plain = library.kernel, self.plain

    def seen(self, memory: Any) -> Any:
        """The engine is about to hand over a memory."""
        self.given = [*self.given[-1:], memory]
        return self.plain(memory)

    def call(self, memory: Any, recording: Any) -> None:
        """What the kernel does, once what it is given is kept."""
        for name, words in zip(("memory", "recording"), self.given, strict=True):
            words.tofile(self.folder / f"{name}{self.calls}")
        self.calls += 1
        self.kernel(memory, recording)


def counted(program: Path, folder: Path, calls: int, *run: str) -> int:
    """Instructions of the program, with or without calls of the kernel."""
    log = folder / "log"
    command = ["valgrind", "--tool=lackey", "--basic-counts=yes", f"--log-file={log}"]
    subprocess.run([*command, program, folder, str(calls), *run], check=True)
    found = re.search(r"guest instrs:\s+([\d,]+)", log.read_text())
    assert found is not None, log.read_text()
    return int(found[1].replace(",", ""))


def measured(path: str, program: Path, folder: Path) -> str:
    """A row of the table."""
    scenario = sim.load(ROOT / path).replace("faults", {}).replace("run.warmup", "0s").replace("run.horizon", HORIZON)
    with Keeper(folder) as keeper:
        record = run_once(compile_network(scenario), seed=1)
    instructions = counted(program, folder, keeper.calls, "run") - counted(program, folder, keeper.calls)
    requests, events = int(record.flows[:, :, 0].sum()), record.events
    return f"| `{path}` | {requests:,} | {events:,} | {instructions / requests:,.0f} | {instructions / events:.0f} |"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("scenarios", nargs="*", default=[*SCENARIOS, *SCENARIOS_BY_EVENTS])
    given = parser.parse_args()
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None or shutil.which("valgrind") is None:
        raise SystemExit("a C compiler and valgrind are needed; install gcc and valgrind")
    target = next(one for one in TARGETS if one.name == "linux-x86-64")
    print("| scenario | requests | events | instructions a request | an event |\n|:--|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as name:
        code, program = Path(name) / "kernel.o", Path(name) / "program"
        code.write_bytes(object_code(sources.ir(), target))
        subprocess.run([compiler, "-O1", "-no-pie", "-o", program, Path(__file__).with_suffix(".c"), code], check=True)
        for number, path in enumerate(given.scenarios):
            folder = Path(name) / str(number)
            folder.mkdir()
            print(measured(path, program, folder), flush=True)


if __name__ == "__main__":
    main()
