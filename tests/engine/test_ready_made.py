"""Machine code that comes with an installation: each file is run where it can be, and none that does not fit."""

from __future__ import annotations

import ctypes
import functools
import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sim.engine.compiled_engine import host, library, ready_made, sources
from sim.lowering import machine
from sim.lowering.module import Module
from sim.lowering.symbols import undefined
from sim.lowering.targets import TARGETS, Target, lacking, target_of
from sim.scenario.scenario import Scenario
from tests.conformance.diverge import assert_conform
from tests.conformance.generate import numbered
from tests.shares import share

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
FILES_OF_LLVM = {b".strtab", b".symtab"}  # names: they are not loaded
EXAMPLES = range(24)  # generated scenarios, with every mechanic
ARCHITECTURES = {"AMD64": "x86_64", "arm64": "aarch64"}
NOTHING = "define void @eventflow_run(ptr %m, ptr %r) {\n  ret void\n}\n"
CALLING = "declare void @elsewhere()\n" + NOTHING.replace("  ret", "  call void @elsewhere()\n  ret")
WINDOWS_CALL = """define void @called(ptr %m, ptr %r) {{
  call win64cc void inttoptr (i64 {} to ptr)(ptr %m, ptr %r)
  ret void
}}
"""


@functools.cache
def code_for(target: Target) -> bytes:
    """What a wheel has for a kind of machine."""
    return machine.object_code(sources.ir(), target)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a wheel has in ``sim/_kernels``, of a kernel that does nothing and is made at once."""
    folder = tmp_path / "_kernels"
    folder.mkdir()
    with monkeypatch.context() as patch:
        patch.setattr(ready_made, "ir", lambda: NOTHING)
        ready_made.write(folder)
    return folder


def architecture(target: Target) -> str:
    """The architecture of a target, by Python's name for it on Linux."""
    first = target.triple.partition("-")[0]
    return ARCHITECTURES.get(first, first)


def loaded_here(code: bytes, target: Target) -> Callable[..., None]:
    """Machine code of another system on this processor: LLVM links it as that system's, and Windows' calls are made as such."""
    llvm = machine._llvm()
    linker = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine._machine(target))
    linker.add_object_file(llvm.ObjectFileRef.from_data(code))
    linker.finalize_object()
    address = linker.get_function_address(sources.SYMBOL)
    entry: Any = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(address)
    if "windows" in target.triple and sys.platform != "win32":
        entry = machine.loaded([machine.object_code(WINDOWS_CALL.format(address))], "called", memories=2)

    def call(*addresses: int, _keep: Any = linker) -> None:
        entry(*addresses)

    return call


HERE = ARCHITECTURES.get(platform.machine(), platform.machine())
OF_THIS_PROCESSOR = [one for one in TARGETS if architecture(one) == HERE and not lacking(one, machine.features())]
"""What can run here; `.ci/aarch64` runs what is for aarch64 under QEMU."""


@pytest.mark.parametrize("target", share(OF_THIS_PROCESSOR, 4, ids=[target.name for target in OF_THIS_PROCESSOR]))
def test_every_file_runs_as_the_kernel_does(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    """The readable engine's log and record, from the code of every system whose processors are like this one."""
    entry = loaded_here(code_for(target), target)
    times: list[int] = []

    def run(*addresses: int) -> None:
        times.append(1)
        entry(*addresses)

    monkeypatch.setattr(host, "kernel", lambda: run)
    monkeypatch.setattr(host, "UNLOWERED", False)
    for number in EXAMPLES:
        assert_conform(Scenario.model_validate(numbered(number)), seed=number)
    assert len(times) >= len(EXAMPLES)


@pytest.mark.parametrize("target", share(TARGETS, len(TARGETS), ids=[target.name for target in TARGETS]))
def test_a_file_asks_for_nothing_but_itself(target: Target) -> None:
    """No name is to be found elsewhere, and nothing lies beside the code, so that it runs wherever it is put."""
    code = code_for(target)
    assert undefined(code) == []
    sections = machine._llvm().ObjectFileRef.from_data(code).sections()
    sizes = {one.name(): one.size() for one in sections if one.size() and one.name() not in FILES_OF_LLVM}
    assert len(sizes) == 1, sizes
    assert all(one.is_text() for one in machine._llvm().ObjectFileRef.from_data(code).sections() if one.name() in sizes)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_code_that_calls_a_library_is_not_shipped(target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is seen in the file, whatever its format, and the wheel is not built."""
    assert undefined(machine.object_code(CALLING, target)) in (["elsewhere"], ["_elsewhere"])
    assert undefined(machine.object_code(NOTHING, target)) == []
    monkeypatch.setattr(ready_made, "ir", lambda: CALLING)
    with pytest.raises(RuntimeError, match="linux-x86-64 calls elsewhere"):
        ready_made.write(tmp_path)
    with pytest.raises(ValueError, match="ELF or Mach-O"):
        undefined(b"MZ" + bytes(200))


def test_what_fits_is_used_and_nothing_is_made(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A wheel's kernel comes before the cache, which stays empty, and before the compiler, which is not asked."""
    monkeypatch.setenv("EVENTFLOW_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(ready_made, "FOLDER", folder)
    monkeypatch.setattr(library, "_made", lambda: pytest.fail("the kernel was compiled"))
    monkeypatch.setattr(library, "UNLOWERED", False)
    library._kernel.cache_clear()
    assert library.is_there()
    assert ready_made.find(folder).said in library.in_use()
    library.kernel()
    assert not (tmp_path / "cache").exists()
    library._kernel.cache_clear()


def damaged(folder: Path, how: str) -> None:
    """Change what came with an installation."""
    target = target_of(machine.triple())
    assert target is not None
    file, manifest = folder / f"{target.name}.o", folder / "manifest.json"
    facts = json.loads(manifest.read_text())
    code = file.read_bytes()
    if how == "cut":
        file.write_bytes(code[:-1])
    elif how == "flip":
        file.write_bytes(code[:99] + bytes([code[99] ^ 1]) + code[100:])
    elif how == "gone":
        file.unlink()
    elif how == "torn manifest":
        manifest.write_text(manifest.read_text()[:40])
    elif how == "no manifest":
        manifest.unlink()
    elif how == "no digests":
        manifest.write_text(json.dumps({**facts, "objects": None}))
    elif how == "other sources":
        manifest.write_text(json.dumps({**facts, "sources": "0" * 64}))
    elif how == "not of this machine":
        del facts["objects"][target.name]
        manifest.write_text(json.dumps(facts))


SAID = {
    "cut": "damaged or missing; reinstall",
    "flip": "damaged or missing; reinstall",
    "gone": "damaged or missing; reinstall",
    "torn manifest": "cannot be read; reinstall",
    "no manifest": "none came with this installation",
    "no digests": "cannot be read; reinstall",
    "other sources": "a file of the package was changed, or a policy added",
    "not of this machine": "none came for ",
}


@pytest.mark.parametrize("how", SAID)
def test_what_does_not_fit_is_never_run(folder: Path, how: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The kernel is made here instead, and kept; the doctor says what is against the file that came."""
    code = ready_made.find(folder).code
    assert code is not None
    damaged(folder, how)
    found = ready_made.find(folder)
    assert found.code is None
    assert SAID[how] in found.said
    times: list[int] = []
    monkeypatch.setenv("EVENTFLOW_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(ready_made, "FOLDER", folder)
    monkeypatch.setattr(library, "_made", lambda: times.append(1) or [code])
    monkeypatch.setattr(library, "UNLOWERED", False)
    library._kernel.cache_clear()
    assert not library.is_there()
    assert "not made yet" in library.in_use()
    assert SAID[how] in library.in_use()
    library.kernel()
    assert times == [1]
    assert "made on this machine" in library.in_use()
    library._kernel.cache_clear()


def test_a_processor_that_lacks_instructions_is_not_given_them(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Code for x86-64-v2 is not run on a processor that has less, which is named; that of unknown machines is made there."""
    monkeypatch.setattr(machine, "triple", lambda: "x86_64-unknown-linux-gnu")
    monkeypatch.setattr(machine, "features", lambda: dict.fromkeys(TARGETS[0].needs, True) | {"sse4.2": False})
    assert ready_made.find(folder).said == "linux-x86-64 needs sse4.2, which this processor has not"
    monkeypatch.setattr(machine, "features", lambda: dict.fromkeys(TARGETS[0].needs, True))
    assert ready_made.find(folder).code == (folder / "linux-x86-64.o").read_bytes()
    monkeypatch.setattr(machine, "triple", lambda: "riscv64-unknown-linux-gnu")
    assert ready_made.find(folder) == (None, "none came for riscv64-unknown-linux-gnu")


@pytest.mark.parametrize(
    ("triple", "name"),
    [
        ("x86_64-unknown-linux-gnu", "linux-x86-64"),
        ("x86_64-pc-linux-musl", "linux-x86-64"),
        ("x86_64-unknown-linux-gnux32", None),
        ("i686-unknown-linux-gnu", None),
        ("aarch64-unknown-linux-gnu", "linux-aarch64"),
        ("aarch64_be-unknown-linux-gnu", None),
        ("arm64-apple-darwin23.1.0", "macos-arm64"),
        ("x86_64-apple-darwin19.6.0", "macos-x86-64"),
        ("x86_64-pc-windows-msvc", "windows-x86-64"),
        ("aarch64-pc-windows-msvc", None),
        ("i686-pc-windows-msvc", None),
        ("x86_64-unknown-freebsd14", None),
    ],
)
def test_a_process_is_of_one_kind_of_machine(triple: str, name: str | None) -> None:
    """By architecture, system and the size of its addresses, as LLVM names them."""
    target = target_of(triple)
    assert (None if target is None else target.name) == name


def test_the_key_has_every_file_that_the_kernel_is_made_of() -> None:
    """A function that is lowered lies in a file whose edit makes another key: no old code can stand in for it."""
    from sim.engine.compiled_engine.loop import run  # the kernel's source is only needed here

    module = Module()
    module.of(run, sources.SYMBOL)
    files = {Path(function.__code__.co_filename).relative_to(ROOT / "sim").as_posix() for function in module._sources}
    keys = tuple(name if name.endswith(".py") else f"{name}/" for name in sources.KERNEL_SOURCES)
    assert len(files) > len(keys)
    assert [file for file in files if not file.startswith(keys)] == []


def test_ir_and_key_are_the_same_everywhere(tmp_path: Path) -> None:
    """Whatever the folder, the hash seed, the order in which the disk lists files, and what Python itself is told."""
    script = (
        "import os; listed = os.listdir; turned = bool(int(os.environ['REVERSED']));"
        "os.listdir = lambda *of: sorted(listed(*of), reverse=turned);"
        "import hashlib; from sim.engine.compiled_engine import sources;"
        "print(hashlib.sha256(sources.ir().encode()).hexdigest(), sources.source_hash())"
    )
    shutil.copytree(ROOT / "sim", tmp_path / "sim", ignore=shutil.ignore_patterns("__pycache__"))
    found = set()
    for place, seed, turned, options in ((ROOT, "1", "0", []), (tmp_path, "77", "1", ["-O", "-X", "utf8"])):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(place), "REVERSED": turned}
        command = [sys.executable, *options, "-c", script]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
        found.add(done.stdout)
    assert len(found) == 1


def test_a_policy_of_ones_own_makes_another_kernel(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What came with the wheel was made without it, and is not used."""
    monkeypatch.setattr(sources, "RETRIES", (*sources.RETRIES, Target))
    assert "a policy added" in ready_made.find(folder).said
