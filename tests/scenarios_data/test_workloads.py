"""The scenario of those who come, and when: its comments hold."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from sim.metrics import measure, resolve
from sim.network import compile as compile_network
from sim.record.fields.flows import FLOW_OFFERED
from sim.scenario import ScenarioError, load
from sim.scenario.checks import check
from sim.shipped import path_of
from tests.scenarios_data.features import assert_both_engines_agree, ran

if TYPE_CHECKING:
    from pathlib import Path

    from sim.record.record import Record

S = 10**9


def minute() -> Record:
    """The whole run."""
    return ran("workloads")


def offered(record: Record, flow: str) -> np.ndarray:
    """Requests of a flow in each second."""
    number = [one.name for one in record.network.flows].index(flow)
    return np.asarray(record.flows[:, number, FLOW_OFFERED])


def test_it_is_valid() -> None:
    """Nothing in it is wrong, and nothing is warned of."""
    assert not [one.message for one in check(load(path_of("features/workloads")))]


def test_users_come_over_ten_seconds_and_think_for_five() -> None:
    """200 users offer about 40 requests a second, once they have come."""
    users = offered(minute(), "users")
    assert users[20:].mean() == pytest.approx(200 / 5.02, rel=0.08)
    assert users[:5].mean() < 15


def test_users_wait_for_their_answers() -> None:
    """Where a page takes 1.5 s users ask that much later again, as the law of Little says; who does not wait asks as often."""
    slow = ran("workloads", "services.web={workers: 400, operations: {page: [{work: 1500ms}]}}")
    assert offered(slow, "users")[20:].mean() == pytest.approx(200 / 6.5, rel=0.06)
    assert offered(slow, "day").tolist() == offered(minute(), "day").tolist()


def test_bursts() -> None:
    """There are seconds with around 300, and most have around 20: those of 10 s and 1 s in turn."""
    bursts = offered(minute(), "bursts")
    assert bursts.max() > 120
    assert 12 < np.median(bursts) < 30
    longer = offered(ran("workloads", "run.horizon=20m", "workload={bursts: " + BURSTS + "}"), "bursts")
    assert longer.sum() / 1200 == pytest.approx((20 * 10 + 300) / 11, rel=0.2)


BURSTS = "{operation: web.page, arrivals: {kind: mmpp, states: [{rate: 20/s, stay: 10s}, {rate: 300/s, stay: 1s}]}}"


def test_a_day() -> None:
    """It lasts a minute: at its height 90 a second, in the depth of its night 10."""
    day = offered(minute(), "day")
    assert day[13:17].mean() == pytest.approx(90, rel=0.2)
    assert day[43:47].mean() == pytest.approx(10, rel=0.6)


def test_a_spike() -> None:
    """Twenty times the rate from 30 s to 35 s, and what there was before and after."""
    spike = offered(minute(), "spike")
    assert spike[30:35].mean() == pytest.approx(400, rel=0.1)
    assert max(spike[:30].max(), spike[35:].max()) < 50


def test_recorded_times_are_read_from_the_file_beside_the_scenario(tmp_path: Path) -> None:
    """Each line is a time in seconds; without the file the scenario is refused, with its place."""
    times = [float(line) for line in path_of("features/workloads").with_name("arrivals.csv").read_text().split()]
    assert offered(minute(), "recorded").tolist() == np.bincount(np.floor(times).astype(int))[:60].tolist()
    shutil.copy(path_of("features/workloads"), tmp_path / "workloads.yaml")
    with pytest.raises(ScenarioError, match=r"arrivals\.csv"):
        load(tmp_path / "workloads.yaml")


def test_recorded_times_come_again_every_minute() -> None:
    """In the second minute they are the same, each 60 s later."""
    network = compile_network(load(path_of("features/workloads"), ["run.horizon=125s"]))
    number = [one.name for one in network.flows].index("recorded")
    times = network.arrival_chunks(number, 1, 0).next_chunk(241)
    assert times[120:240].tolist() == (times[:120] + 60 * S).tolist()


def test_a_comparison_of_users_counts_by_what_they_offer() -> None:
    """Offered load is a result of users: what divides by it divides by what came."""
    record = minute()
    measured = measure(record, *resolve("users.offered", record.network))
    assert measured == pytest.approx(float(offered(record, "users")[5:].sum()) / 55)
    assert measure(record, *resolve("users.errors", record.network)) <= 1.0


SHORT = ("run.horizon=4s", "run.warmup=0s", "workload.spike.arrivals.at=2s", "workload.spike.arrivals.for=1s")


@pytest.mark.parametrize("changes", [SHORT, pytest.param((), marks=pytest.mark.thorough)])
def test_both_engines_agree(changes: tuple[str, ...]) -> None:
    """To the bit: a short run, and the whole minute (`thorough`)."""
    assert_both_engines_agree("workloads", *changes)

