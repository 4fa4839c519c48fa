"""Fingerprints and digests of the shipped scenarios, cut short: ``python -m tests.determinism.fingerprints [--write]``.

    scenarios/**/*.yaml  --overrides-->  a few seconds with every fault inside  --both seeds-->  golden.json, digests.json

Fingerprints are printed as JSON; ``--write`` makes both the golden ones, which is right only when a change of results is
intended. Where only the layout of a record changes, digests (`sim.record.digest`) stay, and digests.json is as it was.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sim.brokers.log import Subscription
from sim.engine import run_once
from sim.network import compile as compile_network
from sim.record.digest import digest
from sim.scenario.loader import load
from sim.scenario.recognise import is_scenario
from sim.scenario.targets import REPLICA, entity_of
from sim.scenario.units import format_duration

if TYPE_CHECKING:
    from sim.scenario.kinds import Change
    from sim.scenario.scenario import Scenario

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).with_name("golden.json")
DIGESTS = Path(__file__).with_name("digests.json")
SEEDS = (1, 2)
LONGEST_NS = 3_000_000_000
DEPLOY = ("pause", "start_up", "drain", "rollback_at")


def shipped() -> dict[str, Path]:
    """Every shipped scenario, by its path below ``scenarios``."""
    found = [path for path in sorted((ROOT / "scenarios").rglob("*.yaml")) if is_scenario(path)]
    return {path.relative_to(ROOT / "scenarios").as_posix(): path for path in found}


def short(path: Path) -> Scenario:
    """A shipped scenario squeezed into 3 s: faults at the same share of the run, and waits of groups with them."""
    whole = load(path)
    share = min(1.0, LONGEST_NS / whole.run.horizon)
    if share == 1.0:
        return whole
    changes = {"run.horizon": LONGEST_NS, "run.warmup": 0, "run.window": LONGEST_NS // 6}
    for name, fault in whole.faults.items():
        changes[f"faults.{name}.at"] = round(fault.at * share)
        if fault.duration is not None:
            changes[f"faults.{name}.for"] = max(1, round(fault.duration * share))
        if hasattr(fault, "detection") and entity_of(fault) == REPLICA:
            changes[f"faults.{name}.detection"] = round(fault.detection * share)
        changes |= {f"faults.{name}.{key}": round(getattr(fault, key) * share) for key in _of_a_deploy(fault)}
    for name, reader in whole.subscriptions.items():
        if isinstance(reader, Subscription):
            changes[f"subscriptions.{name}.session_timeout"] = max(1, round(reader.session_timeout * share))
            changes[f"subscriptions.{name}.rebalance_pause"] = round(reader.rebalance_pause * share)
            if reader.delay > 0:
                changes[f"subscriptions.{name}.delay"] = round(reader.delay * share)
    for broker, settings in whole.brokers.items():
        for queue in getattr(settings, "queues", {}):
            changes[f"brokers.{broker}.queues.{queue}.visibility"] = max(1, round(settings.queues[queue].visibility * share))
    return load(path, [f"{key}={format_duration(value)}" for key, value in changes.items()])


def _of_a_deploy(fault: Change) -> list[str]:
    """The times of a deploy; of other faults none."""
    return [key for key in DEPLOY if fault.replaces and hasattr(fault, key)]


def fingerprints(engine: str = "compiled") -> dict[str, list[str]]:
    """Fingerprints of every shipped scenario, for each seed."""
    networks = {name: compile_network(short(path)) for name, path in shipped().items()}
    return {
        name: [run_once(network, seed=seed, engine=engine).fingerprint() for seed in SEEDS]  # type: ignore[arg-type]
        for name, network in networks.items()
    }


def digests(engine: str = "compiled") -> dict[str, dict[str, list[str] | list[int]]]:
    """Digests of every shipped scenario for each seed, and how many events the engine fired."""
    found: dict[str, dict[str, list[str] | list[int]]] = {}
    for name, path in shipped().items():
        network = compile_network(short(path))
        records = [run_once(network, seed=seed, engine=engine) for seed in SEEDS]  # type: ignore[arg-type]
        found[name] = {"digests": list(map(digest, records)), f"events {engine}": [record.events for record in records]}
    return found


def both() -> dict[str, dict[str, list[str] | list[int]]]:
    """The same of both engines, in one table."""
    compiled, simpy = digests("compiled"), digests("simpy")
    return {name: {**simpy[name], **compiled[name]} for name in compiled}


if __name__ == "__main__":
    table = json.dumps(fingerprints(), indent=2) + "\n"
    if "--write" in sys.argv:
        GOLDEN.write_text(table)
        DIGESTS.write_text(json.dumps(both(), indent=2) + "\n")
    print(table)  # noqa: T201 - it is what the script is for
