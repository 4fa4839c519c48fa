"""The compiled kernel lies in a file: nothing but a whole one is run, and it is found again."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from pathlib import Path

import llvmlite.binding as llvm
import pytest

from sim.engine.compiled_engine import library
from sim.engine.compiled_engine.sources import PARTS, ir
from sim.lowering.parts import parted
from sim.lowering.symbols import undefined

ROOT = Path(__file__).resolve().parents[2]
ABOUT = (b".note", b".rela.", b".strtab", b".symtab", b".llvm")  # sections that are not in memory when the code runs


@pytest.fixture
def code() -> list[bytes]:
    """The machine code of this machine's kernel, in its parts."""
    library.kernel()
    stored = library._stored(library._file())
    assert stored is not None
    return stored


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: list[bytes]) -> list[int]:
    """A machine without a kernel, on which compiling takes no time; lists how often it was done."""
    times: list[int] = []
    monkeypatch.setenv("EVENTFLOW_CACHE", str(tmp_path))
    monkeypatch.setattr(library, "_made", lambda: times.append(1) or code)
    library._kernel.cache_clear()
    return times


def test_a_kernel_is_compiled_once(made: list[int]) -> None:
    """The second start finds the kernel of the first."""
    assert not library.is_there()
    library.kernel()
    assert library.is_there()
    library._kernel.cache_clear()
    library.kernel()
    assert made == [1]


def test_the_kernel_reaches_nothing_that_may_lie_far_away(code: list[bytes]) -> None:
    """Each part is one section of code without data, which the small code model can call across wherever it is put."""
    assert len(code) == PARTS
    for part in code:
        sections = llvm.ObjectFileRef.from_data(part).sections()
        filled = {one.name() for one in sections if one.size() > 0 and not one.name().startswith(ABOUT)}
        assert filled in ({b".text"}, {b"__text"})


def test_parts_ask_for_nothing_but_each_other(code: list[bytes]) -> None:
    """What a part calls and has not, another part has."""
    asked = {name for part in code for name in undefined(part)}
    head = re.compile(r"^define hidden [^\n]*?@([\w.]+)\(", re.MULTILINE)
    had = {name for part in parted(ir(), PARTS) for name in head.findall(part)}
    assert asked
    assert {name.removeprefix("_") for name in asked} <= had


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "zeros"])
def test_a_damaged_kernel_is_never_run(made: list[int], damage: str) -> None:
    """A file that is cut or changed counts as absent: it is compiled again, and whole again."""
    library.kernel()
    file = library._file()
    whole = file.read_bytes()
    middle = len(whole) // 2
    changed = {
        "cut": whole[:-1],
        "flip": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
        "empty": b"",
        "zeros": bytes(len(whole)),
    }
    file.write_bytes(changed[damage])
    assert not library.is_there()
    library._kernel.cache_clear()
    library.kernel()
    assert made == [1, 1]
    assert file.read_bytes() == whole


def test_a_cache_that_cannot_be_written_costs_only_time(
    made: list[int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where the cache folder cannot be made, the kernel runs all the same."""
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("EVENTFLOW_CACHE", str(tmp_path / "file"))
    library.kernel()
    assert made == [1]
    assert not library.is_there()


def test_threads_share_one_kernel(made: list[int]) -> None:
    """Threads that start at once do not compile the kernel twice."""
    threads = [threading.Thread(target=library.kernel) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [1]


def test_a_cached_start_loads_little(code: list[bytes]) -> None:
    """Once the kernel is made, a run loads neither SciPy nor SimPy, nor what lowers it."""
    script = (
        "import sys, sim; sim.run_once(sim.load('scenarios/tandem.yaml', overrides=('run.horizon=1s', 'run.warmup=0s')));"
        "heavy = ('sim.lowering.module', 'scipy', 'simpy', 'matplotlib', 'pandas', 'numba');"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
