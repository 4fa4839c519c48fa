"""Machine code that comes with the installation: made when a wheel is built, one file for each kind of machine.

    hatch_build.py --write--> sim/_kernels/manifest.json: hash of the sources, LLVM, digests
                              sim/_kernels/linux-x86-64.o ...
    find() --> made of these sources? for this machine and processor? whole? --> the code, or what is against it

The version of LLVM that made a file is written down, and not compared: a file asks for nothing but itself, and its format
does not change. A source tree has none, nor has an editable installation, whose sources change.
"""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import sim
from sim.engine.compiled_engine.sources import ir, source_hash
from sim.whole_file import write_whole

FOLDER = Path(sim.__file__).parent / "_kernels"
MANIFEST = "manifest.json"
SUFFIX = ".o"


class Found(NamedTuple):
    """Machine code that fits, and what it is; or none, and what is against it."""

    code: bytes | None
    said: str


def find(folder: Path) -> Found:
    """The machine code of a folder that fits this process; nothing of a file that does not fit is ever run."""
    from sim.lowering import machine, targets  # loads LLVM

    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        sources, made_by, digests = manifest["sources"], manifest["llvmlite"], dict(manifest["objects"])
    except FileNotFoundError:
        return Found(None, "none came with this installation: it is a source tree, or editable")
    except (OSError, ValueError, KeyError, TypeError):
        return Found(None, f"{folder / MANIFEST} cannot be read; reinstall eventflow-sim")
    if sources != source_hash():
        return Found(None, "what came is of other sources: a file of the package was changed, or a policy added")
    target = targets.target_of(machine.triple())
    if target is None or target.name not in digests:
        return Found(None, f"none came for {machine.triple()}")
    lacking = targets.lacking(target, machine.features())
    if lacking:
        return Found(None, f"{target.name} needs {', '.join(lacking)}, which this processor has not")
    code = _whole(folder / f"{target.name}{SUFFIX}", digests[target.name])
    if code is None:
        return Found(None, f"{folder / target.name}{SUFFIX} is damaged or missing; reinstall eventflow-sim")
    return Found(code, f"{target.name}, made with llvmlite {made_by}")


def _whole(file: Path, digest: object) -> bytes | None:
    """What is in a file; None when it is not what was put there."""
    try:
        code = file.read_bytes()
    except OSError:
        return None
    return code if hashlib.sha256(code).hexdigest() == digest else None


def write(folder: Path) -> None:
    """Make the kernel for every kind of machine, and put it into a folder: some seconds.

    Raises ``RuntimeError`` when the code of one asks for anything but itself.
    """
    from sim.lowering.machine import object_code  # loads LLVM
    from sim.lowering.symbols import undefined  # only needed here
    from sim.lowering.targets import TARGETS  # the same

    text = ir()
    digests = {}
    for target in TARGETS:
        code = object_code(text, target)
        names = undefined(code)
        if names:
            remedy = "forbid it in ATTRIBUTES of sim/lowering/arithmetic.py"
            raise RuntimeError(f"the kernel's code for {target.name} calls {', '.join(names)}; {remedy}")
        write_whole(folder / f"{target.name}{SUFFIX}", code)
        digests[target.name] = hashlib.sha256(code).hexdigest()
    manifest = {
        "sources": source_hash(),
        "ir": hashlib.sha256(text.encode()).hexdigest(),
        "llvmlite": version("llvmlite"),
        "objects": digests,
    }
    write_whole(folder / MANIFEST, (json.dumps(manifest, indent=2) + "\n").encode())
