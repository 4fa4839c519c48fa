"""One engine of this project, measured in this fresh process: start, then steady state, then memory.

    process start --import, load, first run of 1 s--> warm --best of `--repeat` runs--> `wall_s`, `memory_mb`

The only place of the benchmarks that calls the toolkit is `run_engine`, and the only one that reads a Record is
`figures`. Prints one line of JSON, like the reference programs beside it; with `--repeat 0` it
only starts, for the caller to time.
"""


from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memory import peak_mb

if TYPE_CHECKING:
    from sim.record.record import Record

SCENARIOS = Path(__file__).parent.parent / "scenarios"
# model: (scenario, the flow whose latency is shown, how many ms of a run one unit of size is)
MODELS = {
    "tandem": (SCENARIOS / "tandem.yaml", "client", 1),  # size: requests, of which 1000 arrive in a second
    "boutique": (SCENARIOS / "online-boutique" / "sync.yaml", "checkout", 1000),  # size: seconds
}
FIRST_MS = 1000


def run_engine(model: str, engine: str, horizon_ms: int, seed: int) -> Record:
    """Run a model for a time without its faults; the one call of the toolkit."""
    import sim  # part of the start that is measured

    overrides = (f"run.horizon={horizon_ms}ms", "run.warmup=0s", "faults={}")
    return sim.run_once(sim.load(MODELS[model][0], overrides=overrides), seed=seed, replication=0, engine=engine)


def figures(record: Record, flow: str) -> dict[str, float]:
    """Read the figures of a Record under the names that the reference programs print (latencies in ms)."""
    from sim.record import fields, outcomes  # only known where the toolkit is

    number = next(index for index, one in enumerate(record.network.flows) if one.name == flow)
    flows = record.flows.sum(axis=0)
    settled = flows[:, fields.flows.FLOW_SETTLED : fields.flows.FLOW_SETTLED + outcomes.OUTCOME_COUNT].sum(axis=0)
    buckets, reached = record.replies.cells((number,), 0, record.network.windows)
    _, highs = record.replies.bounds()
    ends_ms = highs[buckets] / 1e6  # the values of a bucket differ by 0.4 %
    return {
        "requests": int(flows[:, fields.flows.FLOW_OFFERED].sum()),
        "failed": int(settled.sum() - settled[outcomes.OK]),
        "calls": int(record.edges[:, :, fields.edges.EDGE_ATTEMPTS].sum()),
        "events": int(record.events),
        "mean_ms": float(flows[number, fields.flows.FLOW_REPLY_TIME]) / 1e6 / int(reached[-1]),
        "p50_ms": float(ends_ms[reached.searchsorted(0.50 * reached[-1])]),
        "p99_ms": float(ends_ms[reached.searchsorted(0.99 * reached[-1])]),
    }


def measure(model: str, engine: str, size: int, seed: int, repeat: int) -> dict[str, Any]:
    """Run once to be warm, then take the best of `repeat` runs."""
    _, flow, unit_ms = MODELS[model]
    run_engine(model, engine, FIRST_MS, seed)
    found: dict[str, Any] = {}
    best_s = float("inf")
    for _ in range(repeat):
        began = time.perf_counter()
        record = run_engine(model, engine, size * unit_ms, seed)
        best_s = min(best_s, time.perf_counter() - began)
        found = figures(record, flow) | {"wall_s": best_s, "simulated_s_per_s": size * unit_ms / 1e3 / best_s}
        found["ns_per_event"] = 1e9 * best_s / max(1, found["events"])
    return found | {"memory_mb": peak_mb()}


def main() -> None:
    """Command line: print the figures as one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("engine", choices=("simpy", "compiled"))
    parser.add_argument("--model", choices=tuple(MODELS), default="tandem")
    parser.add_argument("--size", type=int, default=10_000, help="requests of the tandem, seconds of the boutique")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=1)
    given = parser.parse_args()
    print(json.dumps(measure(given.model, given.engine, given.size, given.seed, given.repeat)))


if __name__ == "__main__":
    main()
