"""The manifest: everything needed to say what was run, and to run it again.

    manifest.json --scenarios_of--> [(Scenario, seed, replications, fingerprints)] --run again--> same fingerprints?

The scenario is kept resolved, with every default written out, so a manifest does not depend on files, nor on defaults that
change later.
"""

from __future__ import annotations

import hashlib
import json
import platform
import sys
from dataclasses import dataclass, field
from importlib import metadata
from typing import TYPE_CHECKING, Any

from sim.errors import EventflowError
from sim.record.record import SEMANTICS
from sim.scenario.run import REPLICATIONS_MAX, SEED_MAX
from sim.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sim.results.result import Result
    from sim.scenario.scenario import Scenario

SCHEMA = 1
"""Version of the manifest's own form."""
PACKAGES = ("numpy", "scipy", "simpy", "llvmlite", "matplotlib", "pydantic")
DIGITS = 8
BYTES_MAX = 1 << 26
"""Largest manifest that is read: 100 000 replications have 7 MB of fingerprints."""


class ManifestError(EventflowError, ValueError):
    """A file is not a manifest that can be run again; the message says why."""


@dataclass(frozen=True)
class Invocation:
    """How and when a run was asked for: what only the command line knows.

    Attributes:
        argv: the words of the command.
        time: when it began, UTC, as ``20270102T030405Z``.
        wall_s: how long it took, in seconds.
        files: SHA-256 of every scenario file that was read, by its path as given.
        gate: what it was asked to judge, for `run --from`; empty where nobody asked by a command.
    """

    argv: tuple[str, ...]
    time: str
    wall_s: float
    files: dict[str, str]
    gate: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Repeat:
    """One run of a manifest, ready to be run again, with the fingerprints it had."""

    scenario: Scenario
    seed: int
    replications: int
    fingerprints: tuple[str, ...]


def versions() -> dict[str, str]:
    """Versions of everything that could make a difference."""
    found = {"eventflow": __version__, "python": platform.python_version(), "semantics": str(SEMANTICS)}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def run_id(results: Sequence[Result]) -> str:
    """Eight digits that are the same for the same scenarios, seed and number of replications."""
    facts = [[result.scenario.digest(), result.seed, result.replications] for result in results]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:DIGITS]


def checksum(text: str) -> str:
    """SHA-256 of a file's text, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def manifest(kind: str, results: Sequence[Result], invocation: Invocation, **more: Any) -> dict[str, Any]:
    """Everything about a run (one result) or a comparison (two), as plain data."""
    return {
        "schema": SCHEMA,
        "kind": kind,
        "complete": True,
        "argv": list(invocation.argv),
        "time": invocation.time,
        "wall_s": round(invocation.wall_s, 3),
        "events": sum(result.events for result in results),
        "platform": {"system": platform.platform(), "machine": platform.machine(), "byteorder": sys.byteorder},
        "versions": versions(),
        "files": invocation.files,
        "runs": [
            {
                "scenario": result.name,
                "digest": result.scenario.digest(),
                "seed": result.seed,
                "replications": result.replications,
                "engine": result.engine,
                "fingerprints": [record.fingerprint() for record in result.records],
                "resolved": result.scenario.resolved(),
            }
            for result in results
        ],
        **({"gate": invocation.gate} if invocation.gate else {}),
        **more,
    }


def read_manifest(path: Path) -> tuple[dict[str, Any], list[Repeat]]:
    """Read a manifest, and what to run again. Raises `ManifestError`, `ScenarioError`, ``OSError``."""
    if path.stat().st_size > BYTES_MAX:
        raise ManifestError(f"{path} has more than {BYTES_MAX} bytes; a manifest has not; give a manifest.json of a report")
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except RecursionError:
        raise ManifestError(f"{path} is nested too deeply; give a manifest.json of a report") from None
    except ValueError as error:
        raise ManifestError(f"{path} is not JSON: {error}; give a manifest.json of a report") from None
    if not isinstance(data, dict) or not isinstance(data.get("runs"), list) or not data["runs"]:
        raise ManifestError(f"{path} is not a manifest: it has no 'runs'; give a manifest.json of a report")
    if data.get("schema") != SCHEMA:
        raise ManifestError(f"{path} has manifest schema {data.get('schema')!r}; this version reads {SCHEMA}")
    return data, [_repeat(path, number, entry) for number, entry in enumerate(data["runs"])]


def differing_versions(data: dict[str, Any]) -> list[str]:
    """What is of another version here than when the manifest was written: ``numpy 2.4.6, now 2.5.5``."""
    before, now = data.get("versions", {}), versions()
    if not isinstance(before, dict):
        return ["the manifest does not note them"]
    return [f"{name} {before[name]}, now {now[name]}" for name in now if name in before and before[name] != now[name]]


def _repeat(path: Path, number: int, entry: Any) -> Repeat:
    from sim.scenario.loader import loads  # only to run again

    try:
        scenario = loads(json.dumps(entry["resolved"]), f"{path}: runs[{number}].resolved")
        seed = _whole(entry["seed"], "seed", 0, SEED_MAX)
        replications = _whole(entry["replications"], "replications", 1, REPLICATIONS_MAX)
        repeat = Repeat(scenario, seed, replications, tuple(map(str, entry["fingerprints"])))
        digest = str(entry["digest"])
    except RecursionError:
        raise ManifestError(f"{path}: runs[{number}].resolved is nested too deeply") from None
    except KeyError as error:
        raise ManifestError(f"{path}: runs[{number}] is incomplete: it has no {error}") from None
    except TypeError as error:
        raise ManifestError(f"{path}: runs[{number}] cannot be read: {error}; give a manifest.json as it was written") from None
    if scenario.digest() != digest:
        raise ManifestError(f"{path}: runs[{number}].resolved was changed by hand: its digest is not the one noted")
    return repeat


def _whole(value: Any, name: str, least: int, most: int) -> int:
    """A whole number within its limits. Raises ``TypeError`` with what would be right."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        shown = repr(value) if len(repr(value)) <= DIGITS * 8 else "a value too long to show"
        raise TypeError(f"{name} is {shown}, not a whole number from {least} to {most}")
    return value
