"""Equal runs have equal records, to the bit: in any process, whatever the hash seed, in any number of threads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from sim.engine import run_once
from sim.network import compile as compile_network
from sim.record.digest import digest, totals
from tests.determinism.fingerprints import DIGESTS, GOLDEN, ROOT, SEEDS, digests, fingerprints, shipped, short
from tests.shares import share

if TYPE_CHECKING:
    from sim.engine import EngineName
    from sim.network import Network

REMEDY = """the results of {names} are no longer what they were.
If that is intended: raise SEMANTICS in sim/record/record.py, say what changed in CHANGELOG.md under "Semantics", and write
the new fingerprints by `python -m tests.determinism.fingerprints --write`. If it is not, find the change that did it."""


@pytest.fixture(scope="module")
def events() -> Network:
    """The shop wired by events: crashes, slowdowns, retries, messages, random everything."""
    return compile_network(short(shipped()["online-boutique/events.yaml"]))


def test_golden_fingerprints() -> None:
    """A change of any result is deliberate, versioned and announced."""
    golden, found = json.loads(GOLDEN.read_text()), fingerprints()
    assert sorted(golden) == sorted(found), "a scenario was added, renamed or removed: write the golden file anew"
    changed = [name for name, values in found.items() if values != golden[name]]
    assert not changed, REMEDY.format(names=", ".join(changed))


@pytest.mark.parametrize("engine", share(["compiled", "simpy"], 2))
def test_golden_digests(engine: EngineName) -> None:
    """What happened, by names, is what it was, in both engines: however records are laid out, and whatever else they count."""
    golden, found = json.loads(DIGESTS.read_text()), digests(engine)
    changed = [name for name, values in found.items() if any(golden[name][what] != value for what, value in values.items())]
    assert sorted(golden) == sorted(found)
    assert not changed, REMEDY.format(names=", ".join(changed))


def test_a_digest_sees_what_happened_and_not_how_it_is_laid_out(events: Network) -> None:
    """One count more is another digest; a family without entities, and columns that are 0, have no part in it."""
    record = run_once(events, seed=7)
    same = digest(record)
    table = record.groups.copy()
    table[0, 0, 0] += 1
    assert digest(replace(record, tables={**record.tables, "groups": table})) != same
    assert "guards" not in " ".join(totals(record))
    flow = record.network.flows[0].name
    assert totals(record)[f"flows.{flow}.offered"] == int(record.flows[:, 0, 0].sum()) > 0


def test_same_seed_same_record(engine: EngineName, events: Network) -> None:
    """Running twice gives the same fingerprint; other seeds and replications give others."""
    first, second = (run_once(events, seed=7, engine=engine).fingerprint() for _ in range(2))
    assert first == second
    others = [run_once(events, seed=s, replication=r, engine=engine).fingerprint() for s, r in ((8, 0), (7, 1), (7, 2))]
    assert len({first, *others}) == 4


@pytest.mark.parametrize("hash_seed", share(["1", "0", "random"], 3))
def test_other_processes(hash_seed: str) -> None:
    """Another process, with another hash seed, finds the golden fingerprints too."""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    command = [sys.executable, "-m", "tests.determinism.fingerprints"]
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=True)
    assert json.loads(run.stdout) == json.loads(GOLDEN.read_text()), REMEDY.format(names="a run in a process of its own")


def test_threads_do_not_matter(engine: EngineName, events: Network) -> None:
    """Replications run one after another and two at a time have the same fingerprints."""

    def run(replication: int) -> str:
        return run_once(events, seed=SEEDS[0], replication=replication, engine=engine).fingerprint()

    numbers = range(6 if engine == "compiled" else 2)
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(run, numbers)) == [run(number) for number in numbers]
