"""Not in steady state: from empty, after a burst, under a rate that swings.

N(t) |        ________        M/G/inf fills up;  Mt/M/inf follows its rate late;  M/M/1 drains a backlog
     |   ____/
     |__/_______________ t
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.record import fields as f
from tests.theory.case import Case, Figures, Part, known
from tests.theory.declare import (
    WORKERS_UNLIMITED,
    client,
    exponential,
    from_empty,
    per_second,
    poisson,
    scenario,
    seconds,
    service,
    station,
)
from tests.theory.judge import Bar
from tests.theory.observe import SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.theory.observe import Observed

COPIES = 100
"""An infinite server at a hundred times the rate is a hundred independent infinite servers."""


def filling(case_id: str, **settings: Any) -> Case:
    """An infinite server with heavy-tailed service times, from empty to steady."""
    case = known(case_id)
    rate, mean = case.inputs["arrival_rate"], case.inputs["mean_service"]
    law = {"kind": "pareto", "alpha": 1.5, "mean": seconds(mean)}
    times = {name: float(name.removeprefix("EN_t")) for name in case.expected if name.startswith("EN_t")}
    crowd = 15

    def growing(batch: Sequence[Observed]) -> Figures:
        inside = np.mean([seen.inside_at_window_ends("station") for seen in batch], axis=0) / COPIES
        return {name: float(inside[round(at / 0.05) - 1]) for name, at in times.items()}

    def steady(batch: Sequence[Observed]) -> Figures:
        seen = batch[0]
        log = seen.record.log
        begun, ended = log[:, f.facts.LOG_FACT] == f.facts.FACT_ARRIVED, log[:, f.facts.LOG_FACT] == f.facts.FACT_ENDED
        moments = log[begun | ended, f.facts.LOG_TIME]
        inside = np.cumsum(begun[begun | ended].astype(np.int64) * 2 - 1)
        lasts = np.diff(np.append(np.maximum(moments, seen.warmup), seen.network.horizon))
        return {"L": seen.busy("station"), "P_N_gt_15": float(lasts[inside > crowd].sum() / SECOND / seen.time)}

    def parts(effort: float) -> Sequence[Part]:
        young = station(case_id, poisson(rate * COPIES), law, from_empty(1.0, 0.05), workers=WORKERS_UNLIMITED)
        # what is missing from L after a time t falls with 1 / sqrt(t) only: 0.2 % after 7000 s
        horizon, warmup = round(10_000 * max(effort, 0.01)), round(7_000 * max(effort, 0.01))
        run = {"horizon": f"{horizon}s", "warmup": f"{warmup}s", "window": f"{round(horizon / 10)}s"}
        old = station(case_id, poisson(rate), law, run, workers=WORKERS_UNLIMITED)
        return [
            Part(young, growing, batch=max(1, round(3 * effort))),
            Part(old, steady, facts=int(horizon * rate * 8.5) + 10_000),
        ]

    return Case(case, parts, **settings)


def swinging(case_id: str, **settings: Any) -> Case:
    """An infinite server under a sinusoidal rate: the load swings less than the rate, and later."""
    case = known(case_id)
    period, mean_rate, copies, step = 60, 100.0, 16, 0.25
    omega = 2.0 * math.pi / period
    times = {name: int(name.removeprefix("EN_t")) for name in case.expected if name.startswith("EN_t")}
    points = [
        {"at": seconds(i * step), "rate": per_second(mean_rate * copies * (1.0 + 0.5 * math.sin(omega * i * step)))}
        for i in range(round(4 * period / step) + 1)
    ]

    def measure(batch: Sequence[Observed]) -> Figures:
        inside = np.mean([seen.inside_at_window_ends("station") for seen in batch], axis=0) / copies
        figures = {name: float(inside[at - 1]) for name, at in times.items()}
        at = np.arange(period, 4 * period) + 1.0  # three periods, after one to warm up
        wave = inside[period : 4 * period]
        a, b = (2.0 * float(np.mean(wave * swing(omega * at))) for swing in (np.sin, np.cos))
        return figures | {"peak": float(wave.mean()) + math.hypot(a, b), "peak_lag": math.atan2(-b, a) / omega}

    def parts(effort: float) -> Sequence[Part]:
        arrivals = {"kind": "ramp", "points": points}
        run = from_empty(4 * period, 1.0)
        work = exponential(1.0 / case.inputs["service_rate"])
        built = station(case_id, arrivals, work, run, workers=WORKERS_UNLIMITED)
        return [Part(built, measure, batch=1)]

    return Case(case, parts, **settings)


def draining(case_id: str, **settings: Any) -> Case:
    """A hundred requests at once, then the usual load: how long until nobody is left."""
    case = known(case_id)
    inputs = case.inputs
    backlog, rate = inputs["initial_backlog"], inputs["arrival_rate"]
    begin, horizon = 5000.0, 8000.0  # a clock that strikes every 5000 strikes once before 8000

    def drain_time(seen: Observed) -> float:
        log = seen.log_of("station.serve")
        fact = log[:, f.facts.LOG_FACT]
        change = np.isin(fact, (f.facts.FACT_ARRIVED, f.facts.FACT_WAITING)).astype(np.int64) - (fact == f.facts.FACT_ENDED)
        inside = np.cumsum(change)
        burst = int(np.argmax(inside >= backlog))
        empty = burst + int(np.argmax(inside[burst:] == 0))
        assert log[burst, f.facts.LOG_TIME] == begin * SECOND
        assert inside[empty] == 0
        return float(log[empty, f.facts.LOG_TIME] / SECOND - begin)

    def measure(batch: Sequence[Observed]) -> Figures:
        times = np.array([drain_time(seen) for seen in batch])
        return {"mean_drain_time": float(times.mean()), "sd_drain_time": float(times.std(ddof=1))}

    def parts(effort: float) -> Sequence[Part]:
        calls = [{"call": "station.serve"}] * backlog
        services = {
            "front": service([{"parallel": calls}], workers=WORKERS_UNLIMITED),
            "station": service([{"work": exponential(1.0 / inputs["service_rate"])}]),
        }
        later = [{"at": "0s", "rate": "0/s"}, {"at": seconds(begin), "rate": per_second(rate)}]
        flows = {
            "burst": client("front.serve", {"kind": "constant", "rate": per_second(1.0 / begin)}),
            "usual": client("station.serve", {"kind": "step", "steps": later}),
        }
        built = scenario(case_id, services, flows, from_empty(horizon, horizon))
        return [Part(built, measure, batch=max(2, round(50 * effort)), facts=60_000)]

    return Case(case, parts, bars={"sd_drain_time": Bar(cap=0.03)}, **settings)


_CROWD = Bar(floor=2.5e-3)
"""How seldom so many are inside depends on the slow swings of a heavy-tailed load, so it is judged to 0.0025."""

CASES: tuple[Case, ...] = (
    filling("A-MGinf-pareto1.5", bars={"P_N_gt_15": _CROWD}),
    swinging("A-MtMinf-sin", bars={"peak_lag": Bar(cap=0.03)}),
    draining("A-DRAIN-MM1-100"),
)
