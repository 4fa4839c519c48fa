"""The scenario of the language that workloads grow into: each of its comments is an assertion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from sim.engine import run_once
from sim.metrics import measure, resolve
from sim.network import compile as compile_network
from sim.record.fields.flows import FLOW_OFFERED
from sim.scenario import load
from sim.scenario.checks import check

if TYPE_CHECKING:
    from pathlib import Path

    from sim.record.record import Record

TEXT = """
# issue 7
# Who arrives: users who wait for answers, bursts, days, and recorded times.
name: workloads
architecture: synchronous
services:
  web: {replicas: 2, workers: 10, queue_max: 50, operations: {page: [{work: {kind: exponential, mean: 20ms}}]}}
workload:
  users: {operation: web.page, arrivals: {kind: closed, users: 200, think: {kind: exponential, mean: 5s}, ramp_up: 10s}, timeout: 2s}
  bursts: {operation: web.page, arrivals: {kind: mmpp, states: [{rate: 20/s, stay: 10s}, {rate: 300/s, stay: 1s}]}, timeout: 1s}
  day: {operation: web.page, arrivals: {kind: daily, mean: 50/s, swing: 80%, period: 60s}, timeout: 1s}
  spike: {operation: web.page, arrivals: {kind: spike, rate: 20/s, to: 400/s, at: 30s, for: 5s}, timeout: 1s}
  recorded: {operation: web.page, arrivals: {kind: replay, file: arrivals.csv, repeat: 60s}, timeout: 1s}    # beside the scenario; one time a line, in seconds; again each 60s
run: {horizon: 60s, warmup: 5s, replications: 10, seed: 1}
"""  # noqa: E501 - as it is given


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scenario, with its recording beside it: 120 times, each half second."""
    folder: Path = tmp_path_factory.mktemp("language")
    (folder / "arrivals.csv").write_text("".join(f"{n / 2}\n" for n in range(1, 121)))
    (folder / "workloads.yaml").write_text(TEXT)
    return folder / "workloads.yaml"


@pytest.fixture(scope="module")
def record(file: Path) -> Record:
    """The record of its first replication, the same of both engines to the bit."""
    network = compile_network(load(file))
    one, other = (run_once(network, seed=1, engine=engine) for engine in ("simpy", "compiled"))
    assert one.fingerprint() == other.fingerprint()
    return other


def offered(record: Record, flow: str) -> np.ndarray:
    """Requests of a flow in each second."""
    number = [one.name for one in record.network.flows].index(flow)
    return np.asarray(record.flows[:, number, FLOW_OFFERED])


def test_it_is_valid(file: Path) -> None:
    """Nothing is wrong with it, and nothing is doubtful but that a flow has no deadline."""
    assert [one.message for one in check(load(file)) if one.severity == "error"] == []


def test_users_wait_for_answers(record: Record) -> None:
    """200 users who think for 5 s offer about 40 requests a second, once they have come over ten seconds."""
    users = offered(record, "users")
    assert users[20:].mean() == pytest.approx(200 / 5.02, rel=0.08)
    assert users[:5].mean() < 15


def test_bursts(record: Record) -> None:
    """There are seconds with around 300, and most have around 20."""
    bursts = offered(record, "bursts")
    assert bursts.max() > 120
    assert 12 < np.median(bursts) < 30


def test_days(record: Record) -> None:
    """A day of a minute: at the height 90 a second, in the depth of the night 10."""
    day = offered(record, "day")
    assert day[13:17].mean() == pytest.approx(90, rel=0.2)
    assert day[43:47].mean() == pytest.approx(10, rel=0.6)


def test_a_spike(record: Record) -> None:
    """Twenty times the rate from 30 s to 35 s, and what there was before and after."""
    spike = offered(record, "spike")
    assert spike[30:35].mean() == pytest.approx(400, rel=0.1)
    assert max(spike[:30].max(), spike[35:].max()) < 50


def test_recorded_times_beside_the_scenario_again_each_minute(file: Path, record: Record) -> None:
    """One time a line, in seconds: two in each second; in the second minute they come again, each 60 s later."""
    assert offered(record, "recorded").tolist() == [1] + [2] * 59
    arrivals = "{kind: replay, times: '0.5 60', repeat: 60s}"
    longer = load(file, ["run.horizon=125s", f"workload={{recorded: {{operation: web.page, arrivals: {arrivals}}}}}"])
    found = run_once(compile_network(longer), seed=1)
    assert np.flatnonzero(offered(found, "recorded")).tolist() == [0, 60, 120]
    chunks = compile_network(load(file, ["run.horizon=125s"])).arrival_chunks(4, 1, 0)
    times = chunks.next_chunk(241)
    assert times[120:240].tolist() == (times[:120] + 60 * 10**9).tolist()


def test_a_comparison_of_users_counts_by_what_they_offer(record: Record) -> None:
    """Offered load is a result of users: what divides by it divides by what came."""
    measured = measure(record, *resolve("users.offered", record.network))
    assert measured == pytest.approx(float(offered(record, "users")[5:].sum()) / 55)
    assert measure(record, *resolve("users.errors", record.network)) <= 1.0
