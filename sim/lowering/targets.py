"""The kinds of machine that machine code is made ready for, and which of them a process runs on.

    x86_64-unknown-linux-gnu, features of its processor  -->  linux-x86-64, and what that processor lacks for it

One level of instructions for each system and architecture. x86-64-v2 is what Intel's processors have had since 2008 and AMD's
since 2011; the code has integers only, and neither v3 nor code for one very processor is measurably faster (ADR 20).
"""

from __future__ import annotations

from typing import NamedTuple

X86_64_V2 = ("cx16", "popcnt", "sahf", "sse3", "sse4.1", "sse4.2", "ssse3")


class Target(NamedTuple):
    """A kind of machine: its name, and how LLVM calls it."""

    name: str
    triple: str
    cpu: str
    needs: tuple[str, ...]  # features of the processor, as LLVM calls them, without which the code must not be run


TARGETS = (
    Target("linux-x86-64", "x86_64-unknown-linux-gnu", "x86-64-v2", X86_64_V2),
    Target("linux-aarch64", "aarch64-unknown-linux-gnu", "generic", ()),
    Target("macos-x86-64", "x86_64-apple-macosx10.13.0", "x86-64-v2", X86_64_V2),
    Target("macos-arm64", "arm64-apple-macosx11.0.0", "generic", ()),
    # Windows' way of calling in a file of ELF: the linker within a process takes no other there
    Target("windows-x86-64", "x86_64-pc-windows-msvc-elf", "x86-64-v2", X86_64_V2),
)

_ARCHITECTURES = {"amd64": "x86_64", "x86_64": "x86_64", "x86_64h": "x86_64", "arm64": "aarch64", "aarch64": "aarch64"}
_SYSTEMS = {"linux": "linux", "macosx": "macos", "darwin": "macos", "windows": "windows", "win32": "windows"}


def target_of(triple: str) -> Target | None:
    """The kind of machine that a triple is of; None where no code is made ready for it."""
    kind = _kind(triple)
    return None if kind is None else next((one for one in TARGETS if _kind(one.triple) == kind), None)


def lacking(target: Target, features: dict[str, bool]) -> list[str]:
    """What a processor of these features lacks for the code of a target."""
    return [name for name in target.needs if not features.get(name, False)]


def _kind(triple: str) -> tuple[str, str] | None:
    """Architecture and system, whatever the vendor, the version and the C library; None for what is not known."""
    architecture, _, rest = triple.partition("-")
    system = next((name for part in rest.split("-") for start, name in _SYSTEMS.items() if part.startswith(start)), None)
    narrow = "x32" in rest  # x86-64 with pointers of 32 bits
    if architecture not in _ARCHITECTURES or system is None or narrow:
        return None
    return _ARCHITECTURES[architecture], system
