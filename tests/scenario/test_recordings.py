"""Recorded arrivals: a file beside the scenario is read once, and its times are a part of what was declared."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import sim
from sim.report.manifest import Invocation, manifest, read_manifest
from sim.scenario import load, loads
from sim.scenario.arrivals.replay import Replay

if TYPE_CHECKING:
    from pathlib import Path

SHOP = """\
name: shop
architecture: synchronous
services: {web: {workers: 4, operations: {page: [{work: 5ms}]}}}
workload:
  seen: {operation: web.page, arrivals: {kind: replay, file: arrivals.csv, repeat: 2s}, timeout: 1s}
run: {horizon: 6s, warmup: 1s, replications: 2, window: 1s}
"""
TIMES = "0.25\n0.5\n0.5\n1.125\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A scenario with a recording beside it."""
    (tmp_path / "shop.yaml").write_text(SHOP)
    (tmp_path / "arrivals.csv").write_text(TIMES)
    return tmp_path


def refusal(path: Path) -> str:
    """What is said of a scenario that cannot be loaded: one thing."""
    with pytest.raises(sim.ScenarioError) as error:
        load(path)
    assert len(error.value.problems) == 1, str(error.value)
    return str(error.value)


def test_a_run_has_the_recorded_times_and_needs_the_file_no_more(folder: Path) -> None:
    """Requests come at the times of the file, again after `repeat`; without the file the same scenario runs to the bit."""
    scenario = load(folder / "shop.yaml")
    before = sim.run(scenario)
    assert before.values("seen.offered") == [9 / 5] * 2
    (folder / "arrivals.csv").unlink()
    assert sim.run(scenario).fingerprint() == before.fingerprint()
    again = loads(scenario.to_yaml())
    assert (again, again.digest()) == (scenario, scenario.digest())
    assert sim.run(again, engine="simpy").fingerprint() == before.fingerprint()


def test_another_recording_is_another_scenario(folder: Path) -> None:
    """The content of the file is in the digest, so that sweeps tell runs of two recordings apart; its spacing is not."""
    before = load(folder / "shop.yaml")
    (folder / "arrivals.csv").write_text(TIMES.replace("\n", "\r\n"))
    assert load(folder / "shop.yaml").digest() == before.digest()
    (folder / "arrivals.csv").write_text(TIMES.replace("1.125", "1.126"))
    assert load(folder / "shop.yaml").digest() != before.digest()


def test_a_manifest_repeats_a_run_whose_file_is_gone(folder: Path) -> None:
    """What `run --from` reads has the times; one whose times were changed by hand is refused with the reason."""
    result = sim.run(folder / "shop.yaml")
    noted = json.dumps(manifest("run", [result], Invocation((), "", 0.0, {})))
    (folder / "arrivals.csv").unlink()
    path = folder / "manifest.json"
    path.write_text(noted)
    _, (again,) = read_manifest(path)
    assert again.fingerprints == tuple(one.fingerprint() for one in sim.run(again.scenario).records)
    assert "0.25 0.5 0.5 1.125" in noted
    path.write_text(noted.replace("0.25 0.5 0.5 1.125", "0.25 0.5 0.5 1.126"))
    with pytest.raises(sim.ScenarioError, match="not the times of 'arrivals\\.csv'"):
        read_manifest(path)


def test_another_file_by_an_override_is_refused(folder: Path) -> None:
    """An override changes the name, not the times: it is told so, instead of running the old times under a new name."""
    with pytest.raises(sim.ScenarioError, match="these are not the times of 'other\\.csv'"):
        load(folder / "shop.yaml", ["workload.seen.arrivals.file=other.csv"])
    longer = load(folder / "shop.yaml", ["workload.seen.arrivals.repeat=3s"])
    assert longer.workload["seen"].arrivals.mean_rate(3 * 10**9) == 4 / 3


def test_a_file_of_a_base_is_beside_the_base(folder: Path) -> None:
    """Whoever names the file has it beside: a twin in another folder need not have a copy, and may have one of its own."""
    (folder / "twins").mkdir()
    (folder / "twins" / "two.yaml").write_text("base: ../shop.yaml\nname: two\n")
    assert load(folder / "twins" / "two.yaml").workload == load(folder / "shop.yaml").workload
    own = "base: ../shop.yaml\nname: two\nworkload: {seen: {arrivals: {file: own.csv}}}\n"
    (folder / "twins" / "two.yaml").write_text(own)
    assert "there is no file 'own.csv' beside this one" in refusal(folder / "twins" / "two.yaml")
    (folder / "twins" / "own.csv").write_text("1\n")
    found = load(folder / "twins" / "two.yaml").workload["seen"].arrivals
    assert isinstance(found, Replay)
    assert found.times == "1"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "arrivals.csv:1: there is no time; write one a line, in seconds, such as 0.25"),
        ("\n\n", "arrivals.csv:1: there is no time"),
        ("time\n0.5\n", "arrivals.csv:1: expected a time in seconds such as 12.345, without a sign or unit, got 'time'"),
        ("0.5\n\n1\n", "without a sign or unit, got 'an empty line'"),
        ("0.5\n0.4\n", "arrivals.csv:2: 0.4 s comes before 500ms, which stands above it; sort the times"),
        ("0.5\n1,2\n", "arrivals.csv:2: expected a time in seconds"),
        ("0.5\n1 2\n", "arrivals.csv:2: expected a time in seconds"),
        ("-1\n", "arrivals.csv:1: expected a time in seconds"),
        ("9999999999\n", "arrivals.csv:1: expected a time in seconds"),
        ("0\n" * 200_001, "arrivals.csv:200001: there are 200001 times; at most 200000 are replayed"),
        ("1" * (2 * 1024 * 1024 + 1), "'arrivals.csv' is longer than 2097152 bytes"),
        ("0.5\n\xff\n", "'arrivals.csv' is no text of numbers"),
    ],
)
def test_a_recording_that_is_none_is_refused(folder: Path, content: str, words: str) -> None:
    """What is wrong stands with its line of the file, at the place of the scenario that names it, and with the remedy."""
    (folder / "arrivals.csv").write_bytes(content.encode("latin-1"))
    said = refusal(folder / "shop.yaml")
    assert f"{folder / 'shop.yaml'}:5:62: workload.seen.arrivals.file: " in said
    assert words in said


OUTSIDE = ["/etc/passwd", "../secret.csv", "below/../../secret.csv", "link.csv", "linked/secret.csv", "below"]


@pytest.mark.parametrize("name", OUTSIDE)
def test_nothing_outside_of_the_folder_is_read(folder: Path, name: str) -> None:
    """Absolute paths, ways up and links that lead out are refused without a word of what is there."""
    home = folder / "home"
    (home / "below").mkdir(parents=True)
    (folder / "secret.csv").write_text("0.125\n")
    (home / "link.csv").symlink_to(folder / "secret.csv")
    (home / "linked").symlink_to(folder)
    (home / "shop.yaml").write_text(SHOP.replace("arrivals.csv", name))
    said = refusal(home / "shop.yaml")
    assert "write the name of a file in the folder of the scenario, or below it, such as arrivals.csv" in said
    assert "0.125" not in said


def test_a_file_below_and_a_link_within_are_read(folder: Path) -> None:
    """A folder of recordings may lie beside the scenario."""
    (folder / "days").mkdir()
    (folder / "days" / "monday.csv").symlink_to(folder / "arrivals.csv")
    (folder / "shop.yaml").write_text(SHOP.replace("arrivals.csv", "days/monday.csv"))
    assert load(folder / "shop.yaml").resolved()["workload"]["seen"]["arrivals"]["times"] == "0.25 0.5 0.5 1.125"


def test_a_misspelt_file_is_answered_with_the_likely_one(folder: Path) -> None:
    """Names of files beside the scenario are the ones that may be meant."""
    (folder / "shop.yaml").write_text(SHOP.replace("arrivals.csv", "arivals.csv"))
    assert "there is no file 'arivals.csv' beside this one; did you mean 'arrivals.csv'?" in refusal(folder / "shop.yaml")


@pytest.mark.parametrize(
    ("arrivals", "words"),
    [
        ("{kind: replay, times: '0.5 1'}", "recorded times are as they are; declare another flow beside it"),
        ("{kind: closed, users: 3, think: 1s}", "its users come when they were answered; write more users"),
    ],
)
def test_a_fault_that_multiplies_what_has_no_rate_is_refused(arrivals: str, words: str) -> None:
    """A traffic fault means nothing for recorded times and for users who wait; the words say what to do instead."""
    text = SHOP.replace("{kind: replay, file: arrivals.csv, repeat: 2s}", arrivals)
    text += "faults: {more: {kind: traffic, flow: seen, factor: 3, at: 1s, for: 1s}}\n"
    with pytest.raises(sim.ScenarioError, match=r"makes arrivals of kind (replay|closed) neither more nor fewer") as error:
        loads(text)
    assert "faults.more.flow" in str(error.value)
    assert words in str(error.value)
