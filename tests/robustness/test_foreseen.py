"""What a run will take is known before it begins; what the machine has is asked; what was left behind is cleared."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import sim
from sim import machine
from sim.errors import EventflowError, OutOfMemoryError
from sim.foreseen import Foreseen, duration_words, foreseen_problems, laws, memory_problems, threads_that_fit
from sim.network import compile as compile_network
from sim.record.fields.header import R_OCTAVES
from sim.record.fields.services import R_FIRST_SERVICES
from sim.record.recording import Recording
from sim.record.size import Size
from sim.report.folder import whole_folder
from sim.scenario import loads
from tests.robustness.hostile_scenarios import flow, one, scenario, topic

SHIPPED = ("online-boutique/sync", "online-boutique/events", "order-pipeline/events", "tandem")


@pytest.mark.parametrize("name", SHIPPED)
def test_a_record_is_as_large_as_foreseen(name: str) -> None:
    """Entities are counted as the compiler counts them, and the words of the tables are those that are laid out."""
    shop = sim.load(name)
    shop = shop.replace(f"workload.{next(iter(shop.workload))}.breaker", {"failures": 7})
    network, counted = compile_network(shop), Foreseen(shop).counted
    assert all(len(getattr(network, name)) == count for name, count in counted.entities.items())
    memory = Recording.of(network).memory
    size = Size.of(network)
    assert size.table_words == memory[R_OCTAVES] - memory[R_FIRST_SERVICES]
    assert counted.table_words == replace(size, entities={**size.entities, "limits": 0, "effects": 0}).table_words


@pytest.mark.parametrize("name", SHIPPED)
def test_events_are_foreseen_within_a_factor_of_three(name: str) -> None:
    """Enough to tell hours from seconds."""
    shop = sim.load(name, ["run.horizon=60s", "run.warmup=0s"]) if name == "tandem" else sim.load(name)
    events = sim.run(shop, replications=1).events
    assert events / 3 < Foreseen(shop).events < 3 * events


def test_a_queue_that_fills_the_memory_is_refused_unless_it_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rate, work and horizon say how many wait at the end; a queue_max says how many may."""
    monkeypatch.setenv(machine.VARIABLE, "1GiB")
    run = {"horizon": "60s"}
    open_ended = loads(scenario(one([{"work": "1s"}]), {"f": flow("100000/s")}, run))
    bounded = loads(scenario(one([{"work": "1s"}], queue_max=100), {"f": flow("100000/s")}, run))
    assert [problem.field for problem in foreseen_problems(open_ended)] == ["workload"]
    assert "queue_max" in foreseen_problems(open_ended)[0].message
    assert foreseen_problems(bounded) == []


def test_messages_that_nobody_reads_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lag that grows for the whole run is foreseen too."""
    monkeypatch.setenv(machine.VARIABLE, "1GiB")
    lagging = topic()
    lagging["services"]["s"]["operations"]["eat"] = [{"work": "1s"}]
    made = loads(scenario(**lagging, workload={"f": flow("1000000/s")}, run={"horizon": "60s"}))
    assert foreseen_problems(made)


def test_threads_share_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many run at a time as fit; so many as were asked for, when they do not fit, are refused."""
    shop = loads(scenario(run={"horizon": "1000s", "window": "50ms"}))
    takes = Foreseen(shop).running_bytes
    monkeypatch.setattr("sim.foreseen.memory_bytes", lambda: int(300 * 2**20 + 2.5 * takes))
    assert threads_that_fit([shop], 8) == 2
    kept = Foreseen(shop).kept_bytes
    monkeypatch.setattr("sim.foreseen.memory_bytes", lambda: int(300 * 2**20 + 2.5 * takes + 6 * kept))
    assert memory_problems(shop, 2, 2) == []
    assert "8 at a time" in memory_problems(shop, 8, 8)[0].message


def test_a_short_run_is_not_foretold() -> None:
    """Words are for what takes long."""
    assert duration_words([loads(scenario())], 10) == ""
    long = loads(scenario(workload={"f": flow("1000/s")}, run={"horizon": "10000h"}))
    assert duration_words([long], 100).startswith("this takes about ")


def test_every_distribution_is_found_with_its_place() -> None:
    """Of works, hops, brokers and arrivals."""
    places = {".".join(map(str, loc)) for loc, _ in laws(sim.load("online-boutique/events"))}
    assert any(place.startswith("services.") and place.endswith(".work") for place in places)
    assert "network.hop" in places
    assert any(place.endswith(".latency") for place in places)


def test_a_circle_is_not_foreseen_and_does_not_end_in_a_traceback() -> None:
    """What is wrong with its names has its own error."""
    made = sim.Scenario.model_validate_json(scenario(one([{"call": "s.op"}])))
    assert foreseen_problems(made) == []


def test_the_memory_may_be_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """EVENTFLOW_MEMORY bounds it; what is no size is refused with the remedy."""
    monkeypatch.setenv(machine.VARIABLE, "1.5GiB")
    assert machine.memory_bytes() == 3 << 29
    with pytest.raises(OutOfMemoryError, match="needs 10 GiB of memory more"):
        machine.refuse_more(10 << 30, "it")
    monkeypatch.setenv(machine.VARIABLE, "lots")
    with pytest.raises(EventflowError, match="write for example EVENTFLOW_MEMORY=2GiB"):
        machine.memory_bytes()


def test_a_half_written_folder_of_a_dead_process_is_cleared(tmp_path: Path) -> None:
    """The next report beside it removes it; that of a process that lives stays."""
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True)
    dead, alive = (tmp_path / "shop" / f".20270102T030405Z-aaaaaaaa.{pid}.part" for pid in (gone.stdout.strip(), os.getpid()))
    for folder in (dead, alive):
        folder.mkdir(parents=True)
        (folder / "half.json").write_text("{")
    with whole_folder(tmp_path, "shop", "new") as (draft, _):
        (draft / "x").write_text("whole")
    assert not dead.exists()
    assert alive.exists()
    assert (tmp_path / "shop" / "new" / "x").read_text() == "whole"


@pytest.mark.parametrize("given", ["online-boutique/sync", "tandem"])
def test_a_shipped_scenario_is_found_from_anywhere(given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its name, wherever one stands; a file of that name comes first."""
    monkeypatch.chdir(tmp_path)
    assert sim.load(given).name
    mine = tmp_path / given
    mine.parent.mkdir(parents=True, exist_ok=True)
    mine.write_text(scenario())
    assert sim.load(given).name == "hostile"


@pytest.mark.parametrize("given", ["online-boutique/sink", "scenarios/online-boutique/sync.yaml", "online-butique/sync"])
def test_a_name_that_is_almost_right_gets_a_did_you_mean(given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So do paths that only work from the root of the source tree."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match="did you mean 'online-boutique/sync'"):
        sim.load(given)
    assert (
        subprocess.run(
            [sys.executable, "-m", "sim", "validate", given],
            capture_output=True,
            cwd=tmp_path,
            check=False,
            env={**os.environ, "PYTHONPATH": str(Path(sim.__file__).parents[1])},
        ).returncode
        == 2
    )
