"""Whatever a file says: no error of ours, five seconds, a gigabyte. A share of each by default, all in `-m fuzz`."""

from __future__ import annotations

import json
import os
from itertools import chain
from typing import TYPE_CHECKING

import pytest

from tests.robustness.attack import Attacker, Outcome, broken_promises
from tests.robustness.forged_files import damaged, forged, opened, sealed
from tests.robustness.hostile_manifests import manifests
from tests.robustness.hostile_scenarios import scenario, scenarios, topic

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCENARIOS = scenarios()
SHARE = 60
"""One of so many is tried by default,"""
FILES = 6
"""and so many of the forged files of a kind."""
MEMORY = {"EVENTFLOW_MEMORY": "1GiB"}
SOMEBODY = 65534

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the attacker forks, which this system cannot")


@pytest.fixture(scope="module")
def attacker() -> Iterator[Attacker]:
    """A command line that is ready to be attacked."""
    with Attacker() as ready:
        yield ready


@pytest.fixture(scope="module")
def good(attacker: Attacker, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a scenario, its report, and what it and a comparison saved."""
    folder = tmp_path_factory.mktemp("good")
    run = {"horizon": "3s", "window": "1s", "warmup": "1s"}
    (folder / "good.yaml").write_text(scenario(run=run, objectives=["f.errors < 1%"], **topic()))
    assert attacker(["run", "good.yaml", "--out", "out", "--save", "run.npz"], folder, seconds=60).code in {0, 4}
    pair = ["compare", "good.yaml", "good.yaml", "--no-report", "--save", "compare.npz"]
    assert attacker(pair, folder, seconds=60).code == 0
    return folder


def tried(attacker: Attacker, name: str, folder: Path) -> list[str]:
    """What validate and run break of their promises for a hostile scenario."""
    (folder / "x.yaml").write_text(SCENARIOS[name])
    checked = attacker(["validate", "x.yaml"], folder, **MEMORY)
    ran = attacker(["run", "x.yaml", "--no-report"], folder, seconds=8, **MEMORY)
    found = [f"{name}: validate {what}" for what in broken_promises(checked)]
    found += [f"{name}: run {what}: {ran.err[-200:]}" for what in broken_promises(ran)]
    if checked.code == 0 and ran.code == 2:
        found.append(f"{name}: valid, and refused when it was run: {ran.err[-200:]}")
    return found


def test_the_corpora_are_large(good: Path) -> None:
    """At least 123 scenarios, 32 manifests and 500 forged files."""
    noted = json.loads(next((good / "out").rglob("manifest.json")).read_text())
    content = (good / "run.npz").read_bytes()
    assert len(SCENARIOS) >= 123
    assert len(manifests(noted)) >= 32
    assert sum(1 for _ in chain(damaged(content), forged(content, bombs=False))) >= 500


@pytest.mark.parametrize("name", sorted(SCENARIOS)[::SHARE])
def test_a_hostile_scenario_keeps_us_honest(attacker: Attacker, tmp_path: Path, name: str) -> None:
    """It is refused by validate, or it runs; a run of hours is foretold."""
    assert tried(attacker, name, tmp_path) == []


@pytest.mark.fuzz
def test_all_hostile_scenarios(attacker: Attacker, tmp_path: Path) -> None:
    """The same of all of them."""
    assert [what for name in SCENARIOS for what in tried(attacker, name, tmp_path)] == []


KNOWN = {
    "windows-100000-flows-50": "write a longer run.window",
    "work-pareto-1.0001": "choose a lighter tail",
    "hop-of-a-flow-pareto": "workload.f.hop: cannot be drawn from",
    "slowdowns-60-of-1e6": "times is run; write lower factors",
    "overload": "write a lower rate",
    "replications-100000-of-100-windows": "write fewer replications",
    "shop-of-topics": "of memory; there are",
}


@pytest.mark.parametrize("name", KNOWN)
def test_validate_finds_what_cannot_be_run(attacker: Attacker, tmp_path: Path, name: str) -> None:
    """Records too large, unreachable means, factors beyond all measure and memory that is not there: with the remedy."""
    (tmp_path / "x.yaml").write_text(SCENARIOS[name])
    outcome = attacker(["validate", "x.yaml"], tmp_path, **MEMORY)
    assert outcome.code == 2
    assert KNOWN[name] in outcome.err


@pytest.mark.parametrize("name", ["hours", "hours-of-steps", "replications-100000-short"])
def test_hours_are_foretold_at_once(attacker: Attacker, tmp_path: Path, name: str) -> None:
    """Within two seconds a long run has said how long it takes."""
    (tmp_path / "x.yaml").write_text(SCENARIOS[name])
    outcome = attacker(["run", "x.yaml", "--no-report"], tmp_path, seconds=2.5)
    assert "this takes about" in outcome.err


def repeated(attacker: Attacker, name: str, content: bytes, folder: Path) -> list[str]:
    """What `run --from` breaks of its promises for a hostile manifest."""
    (folder / "m.json").write_bytes(content)
    outcome = attacker(["run", "--from", "m.json", "--no-report"], folder, **MEMORY)
    return [f"{name}: {what}: {outcome.err[-200:]}" for what in broken_promises(outcome)]


def broken_by_manifests(attacker: Attacker, good: Path, folder: Path, step: int) -> list[str]:
    """What manifests broke; one of ``step`` is tried."""
    noted = json.loads(next((good / "out").rglob("manifest.json")).read_text())
    tries = list(manifests(noted).items())[::step]
    return [what for name, content in tries for what in repeated(attacker, name, content, folder)]


def test_hostile_manifests_are_refused_in_a_sentence(attacker: Attacker, good: Path, tmp_path: Path) -> None:
    """Seeds, numbers and nestings that nobody wrote."""
    assert broken_by_manifests(attacker, good, tmp_path, 16) == []


@pytest.mark.fuzz
def test_all_hostile_manifests(attacker: Attacker, good: Path, tmp_path: Path) -> None:
    """The same of all of them."""
    assert broken_by_manifests(attacker, good, tmp_path, 1) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [("seed", -1), ("seed", 1e40), ("seed", "abc"), ("replications", 0), ("replications", 3.7), ("replications", 10**9)],
)
def test_a_manifest_says_which_number_is_wrong(attacker: Attacker, good: Path, tmp_path: Path, key: str, value: object) -> None:
    """Exit 2, with the place, the value and the limits."""
    noted = json.loads(next((good / "out").rglob("manifest.json")).read_text())
    noted["runs"][0][key] = value
    (tmp_path / "m.json").write_text(json.dumps(noted))
    outcome = attacker(["run", "--from", "m.json", "--no-report"], tmp_path)
    assert outcome.code == 2
    assert f"runs[0] cannot be read: {key} is " in outcome.err
    assert "not a whole number from" in outcome.err


def loaded(attacker: Attacker, kind: str, content: bytes, folder: Path, turn: int) -> Outcome:
    """Have a file read: as a baseline, or drawn."""
    (folder / "f.npz").write_bytes(content)
    draw = ["plot", "latency" if kind == "run" else "forest", "f.npz", "--out", "x.svg"]
    hold = ["run", "good.yaml", "--no-report", "--baseline", "f.npz"]
    return attacker(hold if kind == "run" and turn % 2 else draw, folder, **MEMORY)


def broken_by_files(attacker: Attacker, kind: str, good: Path, most: int | None) -> list[str]:
    """What forged files of a kind broke; so many at most are tried, from all over the list."""
    content = (good / f"{kind}.npz").read_bytes()
    files = list(chain(damaged(content), forged(content, bombs=most is None)))
    step = 1 if most is None else -(-len(files) // most)
    found = []
    for turn, (name, made) in enumerate(files[::step]):
        outcome = loaded(attacker, kind, made() if callable(made) else made, good, turn)
        found += [f"{name}: {what}: {outcome.err[-200:]}" for what in broken_promises(outcome)]
    return found


@pytest.mark.parametrize("kind", ["run", "compare"])
def test_forged_files_are_refused_in_a_sentence(attacker: Attacker, good: Path, kind: str) -> None:
    """Cut, flipped, or made under a seal that holds: a sentence, quickly, in little memory."""
    assert broken_by_files(attacker, kind, good, FILES) == []


def test_a_small_file_does_not_fill_the_memory(attacker: Attacker, good: Path) -> None:
    """60 MB of empty lists in a file of 60 kB are refused by their size, and what they would become is never made."""
    header, arrays = opened((good / "run.npz").read_bytes())
    lists = json.dumps(header).encode()[:-1] + b', "more": [' + b"[]," * (20 << 20) + b"[]]}"
    outcome = loaded(attacker, "run", sealed({"header.json": lists, **arrays}), good, 0)
    assert outcome.code == 2
    assert "header.json has" in outcome.err
    assert broken_promises(outcome) == []


@pytest.mark.fuzz
@pytest.mark.parametrize("kind", ["run", "compare"])
def test_all_forged_files(attacker: Attacker, good: Path, kind: str) -> None:
    """The same of all of them."""
    assert broken_by_files(attacker, kind, good, None) == []


def test_a_place_that_cannot_be_written_is_named(attacker: Attacker, good: Path, tmp_path: Path) -> None:
    """An ordinary user who may read a folder and not write into it is told which one it is."""
    if os.getuid() != 0:
        pytest.skip("only root can become somebody else")
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    (tmp_path / "x.yaml").write_text(scenario())
    outcome = attacker(["run", "x.yaml", "--out", "reports"], tmp_path, uid=SOMEBODY)
    if "Permission denied" not in outcome.err and "x.yaml" in outcome.err:
        pytest.skip("this user may not even read here")
    assert outcome.code == 2
    assert "reports: Permission denied" in outcome.err
    assert not (tmp_path / "reports").exists()


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["run", "x.yaml", "--no-report", "--save", "x.npz"], "x.npz"),
        (["run", "x.yaml", "--out", "out"], "out"),
        (["sweep", "x.yaml", "--over", "services.s.workers=1,2", "--runs", "2", "--executor", "threads", "-o", "out"], "out"),
    ],
    ids=["a saved file", "a report", "a sweep"],
)
def test_a_full_disk_is_no_wrong_usage(attacker: Attacker, tmp_path: Path, words: list[str], named: str) -> None:
    """Where the machine refuses to write, the exit code is 6, and neither wrong usage nor an error of ours."""
    (tmp_path / "x.yaml").write_text(scenario())
    outcome = attacker(words, tmp_path, file_bytes=2048)  # what is printed goes to a file, too, and fits
    assert outcome.code == 6
    assert named in outcome.err
    assert "File too large" in outcome.err
    assert not list(tmp_path.rglob("*.npz"))
