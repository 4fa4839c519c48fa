"""The scenario of replicas that come and go, callers that choose among them, and a cache: its comments hold."""

from __future__ import annotations

from collections import Counter
from math import ceil

import numpy as np
import pytest

from sim.record import fields as f
from sim.record.fields.caches import CACHE_CACHED_MAX, CACHE_HITS, CACHE_LOOKS, CACHE_WARM
from sim.record.fields.services import SERVICE_ARRIVED
from sim.scenario import load
from sim.scenario.checks import check
from sim.shipped import path_of
from tests.scenarios_data.features import assert_both_engines_agree, counted, ran, told

NAME = "scaling-and-caches"
SHORT = (
    *("run.horizon=2s", "run.warmup=0s", "run.window=250ms", "faults.flush.at=1s"),
    "workload.get.arrivals={kind: ramp, points: [{at: 0s, rate: 400/s}, {at: 2s, rate: 600/s}]}",
)
TENTH = (
    *("run.horizon=18s", "run.warmup=0s", "run.window=500ms", "faults={}", "services.api.autoscale.sync=1500ms"),
    *("services.api.autoscale.start_up=3s", "services.api.autoscale.down_stabilisation=3s"),
    "workload.get.arrivals={kind: ramp, points: [{at: 0s, rate: 200/s}, {at: 6s, rate: 1200/s}, {at: 12s, rate: 200/s}]}",
)
"""Three minutes in 18 s, with the times of the autoscaler."""
QUIET = ("run.warmup=0s", "workload.get.arrivals={kind: constant, rate: 20/s}")


def test_it_is_valid() -> None:
    """Nothing in it is wrong, and nothing is warned of."""
    assert not [one.message for one in check(load(path_of(f"features/{NAME}")))]


# -- the cache


def cached(*changes: str) -> dict[str, int]:
    """What the cache has counted in two seconds."""
    return counted(ran(NAME, *SHORT, *changes), "caches", "prices")


def test_a_cache_keeps_requests_from_its_origin_until_it_is_flushed() -> None:
    """With 90 % of its capacity there it answers most of what it is asked, and few right after it was emptied."""
    record = ran(NAME, *SHORT)
    row = record.tables["caches"][:, 0]
    assert row[:, CACHE_WARM].sum() == 0.9 * 5000
    ratio = row[:, CACHE_HITS] / np.maximum(row[:, CACHE_LOOKS], 1)
    assert ratio[1:4].min() > 0.6
    assert ratio[4] < 0.4
    origin = record.services[:, 1, SERVICE_ARRIVED]
    assert origin[4] > 1.5 * origin[3]


def test_a_cache_has_so_many_keys_for_so_long() -> None:
    """Never more than its capacity, for others of which it gives some up; with a second to live they are too old first."""
    row = ran(NAME, *SHORT, "caches.prices.capacity=300").tables["caches"][:, 0]
    assert row[:, CACHE_CACHED_MAX].max() == 300
    usual, short = cached(), cached("caches.prices.ttl=100ms")
    assert usual["hits"] > 2 * short["hits"]
    assert short["expired"] > 2 * usual["expired"]


def test_misses_of_a_key_share_one_load() -> None:
    """Others who miss it meanwhile wait; else each asks the origin."""
    usual, each = cached(), cached("caches.prices.coalesce=false")
    assert usual["coalesced"] == usual["served"] > 0 == each["coalesced"]
    assert each["refreshed"] > 0 == usual["refreshed"]


def test_a_cache_may_be_read_through_or_one_of_each_replica() -> None:
    """Of each replica: the four that there are begin warm, and each has to load what the others have."""
    through = cached("caches.prices.mode=read_through")
    shared, own = (cached(*changes) for changes in ((), ("caches.prices.per=replica",)))
    assert own["warm"] == 4 * shared["warm"]
    assert own["hits"] < 0.9 * shared["hits"]
    assert through["hits"] == pytest.approx(shared["hits"], rel=0.02)


def test_a_hit_takes_its_time() -> None:
    """Two hops, the work, and 0.3 ms."""
    two = "workload.get.arrivals={kind: renewal, interarrival: 800ms}"  # the first has to load it
    story = told(NAME, "run.horizon=2s", "run.warmup=0s", two, "workload.get.keys=1", "faults={}")
    assert story.times("replied")[1:] == [pytest.approx(1600 + 2 * 1 + 60 + 0.3, abs=1e-6)]


# -- the autoscaler


def test_replicas_come_and_go_by_the_formula() -> None:
    """As many as their use over the target, from 4 on; within a tenth of it nothing changes; they come after their start-up."""
    record = ran(NAME, *TENTH)
    table = record.tables["scalers"][:, 0]
    wanted, ready = (table[:, column] / 5e8 for column in (f.scalers.SCALER_WANTED_AREA, f.scalers.SCALER_READY_AREA))
    busy = record.services[:, 0, f.services.SERVICE_BUSY_AREA] / 5e8
    first = int(np.flatnonzero(wanted > 4)[0])
    assert first % 3 == 0
    for sync in range(3, first + 1, 3):
        use = busy[sync - 3 : sync].mean() / (4 * 20) / 0.7
        assert wanted[sync] == (ceil(4 * use) if use > 1.1 else 4)
    assert ready[first : first + 6].max() == 4 < ready[first + 6]
    assert wanted[-1] == 4
    lowered = int(np.flatnonzero(np.diff(wanted) < 0)[0]) + 1
    assert (busy[lowered - 6 : lowered] / (4 * 20) / 0.7).max() < wanted.max() / 4


# -- who is chosen


def test_the_least_busy_is_chosen() -> None:
    """A replica that is ten times as slow gets less than half of what the others get each."""
    slow = "faults={slow: {kind: slowdown, target: api, replicas: 1, factor: 10, at: 0s, for: 5s}}"
    chosen = Counter(value for _, value in told(NAME, "run.horizon=5s", *QUIET, slow).rows("chosen", "api.get"))
    first, *others = (chosen[replica] for replica in sorted(chosen))
    assert len(others) == 3
    assert first < 0.5 * min(others)


def test_who_comes_back_begins_slowly() -> None:
    """In the first of its ten seconds a replica gets less than a third of what the others get each, as long as all are idle."""
    down = "faults={down: {kind: crash, target: api, replicas: 1, at: 1s, for: 1s, detection: 0s}}"
    story = told(NAME, "run.horizon=14s", *QUIET, down, "services.api.health=null", "services.api.outliers=null")
    early, late = (
        Counter(value for at, value in story.rows("chosen", "api.get") if begin <= at < begin + 2000) for begin in (2000, 12000)
    )
    assert early[0] < sum(early.values()) / 12
    assert late[0] > sum(late.values()) / 8


def test_three_bad_checks_take_a_replica_out_and_a_good_one_takes_it_back() -> None:
    """Each is asked every 5 s, and has a second: one that is down for 20 s is out, unseen by what callers learn of a crash."""
    down = "faults={down: {kind: crash, target: api, replicas: 1, at: 2s, for: 20s, detection: 1h, connections: silent}}"
    row = counted(ran(NAME, "run.horizon=35s", *QUIET, down), "health_checks", "api")
    assert row["failed"] in {3, 4}
    assert row["taken_out"] == row["put_back"] == 1
    short = ran(NAME, "run.horizon=35s", *QUIET, down.replace("for: 20s", "for: 8s"))
    assert counted(short, "health_checks", "api")["taken_out"] == 0


CHANGE = "change: {{kind: errors, share: 100%}}"
FAILS = f"faults={{{{bad: {{{{kind: config_push, target: api, replicas: {{}}, {CHANGE}, at: 0s, for: 140s}}}}}}}}"


def test_a_replica_that_fails_is_ejected_for_longer_each_time() -> None:
    """After five failures in a row for 30 s, then for 60 s, each time to the next look, of which there is one every 10 s."""
    story = told(NAME, "run.horizon=130s", *QUIET, FAILS.format(1))
    out, back = (story.times(fact) for fact in ("outlier", "outlier_back"))
    assert len(back) == 2
    for number, (begin, end) in enumerate(zip(out, back, strict=False), start=1):
        assert end == ceil((begin + number * 30_000) / 10_000) * 10_000


def test_a_tenth_is_ejected_at_most() -> None:
    """That is one of four, whoever else fails: the others are spared."""
    row = counted(ran(NAME, "run.horizon=20s", *QUIET, FAILS.format(2)), "balancers", "api")
    assert row["ejections"] == 1
    assert row["spared"] > 0


@pytest.mark.parametrize(("replicas", "panics"), [(1, False), (3, True)])
def test_below_half_everybody_is_asked(replicas: int, panics: bool) -> None:  # noqa: FBT001
    """Three of four are out by their checks: callers choose among all, the dead ones too."""
    down = f"faults={{down: {{kind: crash, target: api, replicas: {replicas}, at: 2s, for: 28s, detection: 1h}}}}"
    assert (counted(ran(NAME, "run.horizon=30s", *QUIET, down), "balancers", "api")["panicked"] > 0) == panics


@pytest.mark.parametrize("changes", [(*SHORT, "run.horizon=1100ms"), pytest.param((), marks=pytest.mark.thorough)])
def test_both_engines_agree(changes: tuple[str, ...]) -> None:
    """To the bit: a second of it, and three minutes (`thorough`)."""
    assert_both_engines_agree(NAME, *changes)
