"""Scenario files written by somebody who wants the toolkit to fall over: well-formed, and monstrous in one way each.

    scenarios()  ->  {"rate-of-a-billion": "name: x\\n...", ...}

None of them has a mistake that a reader of YAML sees; those are in `corpus/`. What they ask for is too much, too long, too
deep, too wide, or a number at the edge of what its field takes.
"""

from __future__ import annotations

import json
from itertools import product
from typing import Any


def scenario(
    services: Any = None, workload: Any = None, run: Any = None, **more: Any
) -> str:
    """A scenario as JSON, which is YAML too: one service of 1 ms, one flow of 10/s, two seconds, unless told otherwise."""
    whole = {
        "name": "hostile",
        "architecture": "synchronous",
        "services": services or {"s": {"operations": {"op": [{"work": "1ms"}]}}},
        "workload": workload or {"f": flow()},
        "run": {"horizon": "2s", "warmup": "0s", "replications": 2, "seed": 1, **(run or {})},
        **more,
    }
    return json.dumps(whole)


def flow(rate: str = "10/s", operation: str = "s.op", **more: Any) -> dict[str, Any]:
    """A flow of Poisson arrivals."""
    return {"operation": operation, "arrivals": {"kind": "poisson", "rate": rate}, **more}


def one(steps: Any, **more: Any) -> dict[str, Any]:
    """One service with one operation of these steps."""
    return {"s": {"operations": {"op": steps}, **more}}


def topic(**more: Any) -> dict[str, Any]:
    """A log broker with one topic, and the service that publishes to it and reads it."""
    broker = {"b": {"kind": "log", "topics": {"t": {"partitions": more.pop("partitions", 3)}}}}
    services = {"s": {"operations": {"op": [{"publish": "t"}], "eat": [{"work": "1ms"}]}}}
    group = {"g": {"topic": "t", "operation": "s.eat", **more}}
    return {"services": services, "brokers": broker, "subscriptions": group}


DISTRIBUTIONS: dict[str, dict[str, Any]] = {
    "pareto-1.0001": {"kind": "pareto", "alpha": 1.0001, "mean": "5ms"},
    "pareto-1.01-minimum": {"kind": "pareto", "alpha": 1.01, "minimum": "5ms"},
    "pareto-1000": {"kind": "pareto", "alpha": 1000, "mean": "5ms"},
    "pareto-31-years": {"kind": "pareto", "alpha": 1.3, "mean": "277777h"},
    "lognormal-cv-100": {"kind": "lognormal", "mean": "5ms", "cv": 100},
    "lognormal-tail": {"kind": "lognormal", "median": "1ns", "p99": "277777h"},
    "lognormal-cv-tiny": {"kind": "lognormal", "mean": "1ns", "cv": 1e-300},
    "weibull-0.1": {"kind": "weibull", "shape": 0.1, "mean": "5ms"},
    "weibull-0.1-scale": {"kind": "weibull", "shape": 0.1, "scale": "277777h"},
    "weibull-100": {"kind": "weibull", "shape": 100, "scale": "1ns"},
    "gamma-cv-100": {"kind": "gamma", "mean": "5ms", "cv": 100},
    "gamma-shape-tiny": {"kind": "gamma", "mean": "5ms", "shape": 1e-9},
    "gamma-shape-huge": {"kind": "gamma", "mean": "5ms", "shape": 1e300},
    "erlang-huge": {"kind": "erlang", "k": 1000000, "mean": "5ms"},
    "hyper-cv-100": {"kind": "hyperexponential", "mean": "5ms", "cv": 100},
    "exponential-1ns": {"kind": "exponential", "mean": "1ns"},
    "exponential-31-years": {"kind": "exponential", "mean": "277777h"},
    "uniform-zero": {"kind": "uniform", "low": "0s", "high": "0s"},
    "uniform-31-years": {"kind": "uniform", "low": "0s", "high": "277777h"},
    "empirical-zero": {"kind": "empirical", "values": ["0s"]},
    "empirical-many": {"kind": "empirical", "values": ["1ms", "2ms"] * 20_000},
    "empirical-weights": {"kind": "empirical", "values": ["1ms", "277777h"], "weights": [1e15, 1e-300]},
    "empirical-weights-tiny": {"kind": "empirical", "values": ["1ms", "2ms"], "weights": [5e-324, 5e-324]},
}


def _numbers() -> dict[str, str]:
    """Rates, horizons, windows and works at the edges of what they may be."""
    found = {}
    for rate, horizon, work in product(("0/s", "1/s", "1e9/s"), ("1ns", "2s", "277777h"), ("0s", "1ms", "277777h")):
        made = scenario(one([{"work": work}]), {"f": flow(rate)}, {"horizon": horizon, "window": horizon})
        found[f"rate-{rate.replace('/', '-')}-for-{horizon}-of-{work}"] = made
    for windows, flows in ((100_000, 1), (100_000, 50), (10_000, 300), (1_000, 1_000)):
        flowing = {f"f{n}": flow("0.01/s") for n in range(flows)}
        run = {"horizon": f"{windows}s", "window": "1s", "replications": 1}
        found[f"windows-{windows}-flows-{flows}"] = scenario(workload=flowing, run=run)
    found["replications-100000"] = scenario(run={"replications": 100_000, "horizon": "100s", "window": "1ms"})
    found["replications-100000-of-100-windows"] = scenario(run={"replications": 100_000, "horizon": "1s", "window": "10ms"})
    found["replications-100000-short"] = scenario(run={"replications": 100_000, "horizon": "1ms", "window": "1ms"})
    found["warmup-all-but-one"] = scenario(run={"warmup": "1999999999ns"})
    found["warmup-beyond-windows"] = scenario(run={"warmup": "1.5s", "window": "1s"})
    found["window-uneven"] = scenario(run={"window": "1999999999ns"})
    found["window-1ns"] = scenario(run={"window": "1ns", "horizon": "100us", "warmup": "1ns"})
    found["seed-largest"] = scenario(run={"seed": 2**63 - 1})
    found["rate-of-a-day"] = scenario(workload={"f": flow("1/d")})
    found["rate-tiny"] = scenario(workload={"f": flow("1e-99/d")})
    found["overload"] = scenario(one([{"work": "1s"}]), {"f": flow("2000000/s")}, {"horizon": "60s", "replications": 1})
    found["overload-threads"] = scenario(one([{"work": "1h"}]), {"f": flow("50000/s")}, {"horizon": "600s"})
    found["hang"] = scenario(one([{"work": "277777h"}], workers=100_000, replicas=1000), {"f": flow("100/s")})
    found["hours"] = scenario(workload={"f": flow("100/s")}, run={"horizon": "10000h", "replications": 100})
    found["hours-of-steps"] = scenario(one([{"work": "1ns"}] * 1000), {"f": flow("10000/s")}, {"horizon": "1h"})
    return found


def _wide() -> dict[str, str]:
    """Many of everything that a scenario may have many of."""
    found = {}
    chain = {f"s{n}": {"operations": {"op": [{"call": f"s{n + 1}.op"}] if n < 1999 else [{"work": "1us"}]}} for n in range(2000)}
    found["chain-of-2000"] = scenario(chain, {"f": flow(operation="s0.op")})
    hub = {"s": {"operations": {"op": [{"parallel": [{"call": "t.op"}] * 1000}]}}, "t": {"operations": {"op": [{"work": "1us"}]}}}
    found["parallel-1000"] = scenario(hub)
    tree = {f"s{n}": {"operations": {"op": [{"parallel": [{"call": f"s{n + 1}.op"}] * 10}]}} for n in range(9)}
    tree["s9"] = {"operations": {"op": [{"work": "1us"}]}}
    found["fan-out-of-a-billion"] = scenario(tree, {"f": flow(operation="s0.op")})
    steps: Any = [{"work": "1us"}]
    for _ in range(15):
        steps = [{"choose": [{"weight": 1, "steps": steps}, {"weight": 1e9, "steps": []}]}]
    found["choices-in-choices"] = scenario(one(steps))
    found["choices-1000"] = scenario(one([{"choose": [{"weight": 1e9, "steps": []}] * 1000}]))
    found["choices-tiny"] = scenario(one([{"choose": [{"weight": 1e-300, "steps": []}, {"weight": 1e9, "steps": []}]}]))
    found["choices-vanishing"] = scenario(one([{"choose": [{"weight": 5e-324, "steps": []}] * 2}]))
    found["steps-1000"] = scenario(one([{"work": "0s"}] * 1000))
    found["steps-none"] = scenario(one([]))
    found["replicas-1000"] = scenario({f"s{n}": {"replicas": 1000, "workers": 100_000, "operations": {"op": []}} for n in range(50)},
                                      {"f": flow(operation="s0.op")})
    found["replicas-2-million"] = scenario({f"s{n}": {"replicas": 1000, "operations": {"op": []}} for n in range(2000)},
                                           {"f": flow(operation="s0.op")})
    found["operations-10000"] = scenario({"s": {"operations": {f"op{n}": [] for n in range(10_000)}}}, {"f": flow(operation="s.op0")})
    found["operations-40000"] = scenario({"s": {"operations": {f"op{n}": [] for n in range(40_000)}}}, {"f": flow(operation="s.op0")})
    found["flows-1000"] = scenario(workload={f"f{n}": flow("1/s") for n in range(1000)})
    calls = [{"call": f"t.op{n}"} for n in range(1000)]
    edges = {"s": {"operations": {f"op{n}": calls for n in range(20)}}, "t": {"operations": {f"op{n}": [] for n in range(1000)}}}
    found["edges-20000"] = scenario(edges, {"f": flow(operation="s.op0")})
    names = {"x" * 64: {"operations": {"y" * 64: [{"work": "1ms"}]}}}
    found["names-of-64"] = scenario(names, {"z" * 64: flow(operation=f"{'x' * 64}.{'y' * 64}")})
    found["title-of-200"] = scenario(title="\N{WHITE SMILING FACE}" * 200)
    found["objectives-1000"] = scenario(objectives=[f"f.latency.p{n % 99 + 1} < 1h" for n in range(1000)])
    found["objective-huge"] = scenario(objectives=["f.latency.p99 < 277777h", "f.latency.p99.999 < 1ns", "f.errors < 0%", "f.errors < 1e-99%"])
    found["objective-number"] = scenario(objectives=["f.offered > 1e-99/s", "goodput < 1e9/s", "s.queue_peak < 1e99"])
    found["queue-none"] = scenario(one([{"work": "1ms"}], queue_max=0), {"f": flow("100000/s")})
    found["queue-largest"] = scenario(one([{"work": "1ms"}], queue_max=10**9, workers=100_000))
    found["shop-of-topics"] = scenario(
        services={"s": {"operations": {"op": [{"publish": f"t{n}"} for n in range(500)], "eat": []}}},
        brokers={"b": {"topics": {f"t{n}": {"partitions": 4096} for n in range(500)}}},
        subscriptions={f"g{n}": {"topic": f"t{n}", "operation": "s.eat"} for n in range(500)},
    )
    return found


def _policies() -> dict[str, str]:
    """Retries, timeouts and hops at their edges."""
    found = {}
    retries: dict[str, Any] = {
        "fixed-100": {"kind": "fixed", "attempts_max": 100, "delay": "0s"},
        "fixed-31-years": {"kind": "fixed", "attempts_max": 100, "delay": "277777h"},
        "exponential": {"kind": "exponential", "attempts_max": 100, "base": "1ns", "cap": "277777h", "factor": 100},
        "exponential-zero": {"kind": "exponential", "attempts_max": 100, "base": "0s", "cap": "0s"},
        "jitter": {"kind": "full_jitter", "attempts_max": 100, "base": "277777h", "cap": "277777h"},
    }
    for name, retry in retries.items():
        found[f"retry-{name}"] = scenario(one([{"fail": 1}]), {"f": flow(retry=retry, timeout="1ns")})
        found[f"retry-{name}-of-events"] = scenario(
            **{**topic(retry=retry), "services": {"s": {"operations": {"op": [{"publish": "t"}], "eat": [{"fail": "100%"}]}}}}
        )
    deep = {"kind": "fixed", "attempts_max": 10, "delay": "1ns"}
    tree = {f"s{n}": {"operations": {"op": [{"call": f"s{n + 1}.op", "timeout": "1ns", "retry": deep}]}} for n in range(4)}
    tree["s4"] = {"operations": {"op": [{"fail": 1}]}}
    found["retries-in-retries"] = scenario(tree, {"f": flow(operation="s0.op")})
    found["timeout-1ns"] = scenario(workload={"f": flow("1000/s", timeout="1ns")})
    found["timeout-31-years"] = scenario(workload={"f": flow(timeout="277777h", deadline="277777h")})
    found["deadline-1ns"] = scenario(workload={"f": flow(deadline="1ns")})
    found["keys-a-billion"] = scenario(workload={"f": flow(keys=10**9)})
    found["hop-31-years"] = scenario(network={"hop": "277777h"})
    found["hop-pareto"] = scenario(network={"hop": {"kind": "pareto", "alpha": 1.0001, "mean": "1ms"}})
    found["hop-of-a-flow-pareto"] = scenario(workload={"f": flow(hop={"kind": "pareto", "alpha": 1.0001, "mean": "1ms"})})
    found["fail-always"] = scenario(one([{"fail": 1}]), objectives=["f.errors < 1%", "f.latency.p99 < 1s"])
    found["fail-hardly"] = scenario(one([{"fail": 5e-324}]))
    return found


def _events() -> dict[str, str]:
    """Brokers, consumers, and events that cause events."""
    found = {
        "consumers-1000": scenario(**topic(consumers=1000)),
        "partitions-4096": scenario(**topic(partitions=4096, consumers=1000)),
        "commit-a-billion": scenario(**topic(commit_every=10**9)),
        "session-31-years": scenario(**topic(session_timeout="277777h", rebalance_pause="277777h")),
        "session-1ns": scenario(**topic(session_timeout="1ns", rebalance_pause="0s")),
    }
    loop = topic()
    loop["services"]["s"]["operations"]["eat"] = [{"publish": "t", "acks": "none"}]
    found["events-for-ever"] = scenario(**loop)
    twice = topic()
    twice["services"]["s"]["operations"]["eat"] = [{"publish": "t"}, {"publish": "t"}]
    twice["brokers"]["b"]["latency"] = "1ms"
    found["events-that-double"] = scenario(**twice, run={"horizon": "60s"})
    flood = topic()
    flood["services"]["s"]["operations"]["op"] = [{"publish": "t", "acks": "none"}] * 1000
    found["a-thousand-messages-each"] = scenario(**flood)
    crashed = topic(consumers=2, session_timeout="1ms")
    crashed["faults"] = {f"c{n}": {"kind": "crash", "target": "s", "at": f"{n}ms", "for": "1ns"} for n in range(1000)}
    found["a-thousand-crashes"] = scenario(**crashed)
    slow = topic()
    slow["brokers"]["b"]["latency"] = {"kind": "pareto", "alpha": 1.0001, "mean": "1ms"}
    found["broker-pareto"] = scenario(**slow)
    return found


def _faults() -> dict[str, str]:
    """Faults over faults."""
    def slow(n: int, factor: float) -> dict[str, Any]:
        return {f"d{k}": {"kind": "slowdown", "target": "s", "at": "100ms", "for": "1s", "factor": factor} for k in range(n)}

    forever = {"kind": "crash", "target": "s", "at": "0s", "for": "277777h"}
    return {
        "slowdowns-60-of-1e6": scenario(faults=slow(60, 1e6)),
        "slowdowns-2-of-1e6": scenario(faults=slow(2, 1e6)),
        "slowdowns-1000": scenario(faults=slow(1000, 1e6)),
        "slowdowns-up-and-down": scenario(faults={**slow(60, 1e6), **{f"u{k}": {"kind": "slowdown", "target": "s", "at": "100ms",
                                          "for": "1s", "factor": 1e-300} for k in range(60)}}),
        "speedups-60": scenario(faults=slow(60, 1e-300)),
        "speedup-denormal": scenario(faults=slow(1, 5e-324)),
        "slowdown-of-years": scenario(one([{"work": "277777h"}]), faults=slow(1, 1e6)),
        "crash-for-ever": scenario(faults={"c": forever}, objectives=["f.errors < 1%"]),
        "crash-silently": scenario(faults={"c": {**forever, "silent": True}}),
        "crash-within-the-warmup": scenario(faults={"c": {"kind": "crash", "target": "s", "at": "0s", "for": "1ms"}},
                                            run={"warmup": "1s"}),
        "slowdowns-of-1000-replicas": scenario(
            {"s": {"replicas": 1000, "operations": {"op": [{"work": "1ms"}]}}},
            faults={f"d{k}": {"kind": "slowdown", "target": "s", "at": f"{k}ms", "for": "1s", "factor": 1.001} for k in range(1000)},
        ),
    }


def scenarios() -> dict[str, str]:
    """All of them, by name."""
    found = {}
    for name, law in DISTRIBUTIONS.items():
        found[f"work-{name}"] = scenario(one([{"work": law}]))
        found[f"arrivals-{name}"] = scenario(
            workload={"f": {"operation": "s.op", "arrivals": {"kind": "renewal", "interarrival": law}}}
        )
    steps = [{"at": f"{n}ms", "rate": "1e9/s" if n % 2 else "0/s"} for n in range(1000)]
    found["arrivals-step-1e9"] = scenario(workload={"f": {"operation": "s.op", "arrivals": {"kind": "step", "steps": steps}}})
    ramp = {"kind": "ramp", "points": [{"at": "0s", "rate": "0/s"}, {"at": "277777h", "rate": "1e9/s"}]}
    found["arrivals-ramp-31-years"] = scenario(workload={"f": {"operation": "s.op", "arrivals": ramp}})
    steep = {"kind": "ramp", "points": [{"at": "0s", "rate": "0/s"}, {"at": "1ns", "rate": "1e9/s"}, {"at": "2ns", "rate": "0/s"}]}
    found["arrivals-ramp-steep"] = scenario(workload={"f": {"operation": "s.op", "arrivals": steep}})
    for more in (_numbers(), _wide(), _policies(), _events(), _faults()):
        found.update(more)
    return found
