"""Circuit breakers of products: the kind that each is, and its defaults where a scenario writes nothing.

    breaker: {profile: resilience4j, failures: 40%}   =   {kind: failure_rate, minimum: 100, ..., failures: 40%}

A profile changes no order of policies, and nothing that is written. What a product counts by its own means is said beside its
values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class BreakerProfile:
    """A product's circuit breaker.

    values: what stands under ``breaker`` for it, with its kind.
    source: where the values were read.
    """

    values: Mapping[str, Any]
    source: str

    def values_of(self, kind: Any) -> dict[str, Any]:
        """Return its values; where another kind is written than its own, those that every kind has."""
        if kind in {None, self.values["kind"]}:
            return dict(self.values)
        return {key: value for key, value in self.values.items() if key in OF_EVERY_KIND}


OF_EVERY_KIND = (
    *("open", "open_factor", "open_step", "open_max", "open_jitter", "forget"),
    *("probes", "half_open_max", "in_flight", "fails_on", "ignores", "refusals"),
)

PROFILES: Mapping[str, BreakerProfile] = {
    "resilience4j": BreakerProfile(
        {
            "kind": "failure_rate",
            "window": {"kind": "count", "size": 100},  # TIME_BASED: {kind: time, size: 100s}, in whole seconds
            "minimum": 100,
            "failures": "50%",
            "slow": {"after": "60s", "share": "100%"},
            "open": "60s",
            "probes": 10,
            "probes_judged": "share",
            "in_flight": "counted",  # a call is recorded by whatever state there is when it ends
            "refusals": "counted",  # BulkheadFullException and RequestNotPermitted are exceptions (issues 989, 1656)
        },
        "resilience4j CircuitBreakerConfig, CircuitBreakerStateMachine (2.x, commit af9e7c97)",
    ),
    "polly": BreakerProfile(
        {
            "kind": "failure_rate",
            "window": {"kind": "time", "size": "30s", "spans": 10},  # Polly's spans begin with calls, these with the run
            "minimum": 100,
            "failures": "10%",
            "opens_on": "failure",
            "open": "5s",
            "probes": 1,
            "in_flight": "counted",
            "refusals": "counted",  # all exceptions are handled but OperationCanceledException
        },
        "Polly v8 CircuitBreakerStrategyOptions: ratio .1, minimum throughput 100, sampling 30 s, break 5 s",
    ),
    "hystrix": BreakerProfile(
        {
            "kind": "failure_rate",
            "window": {"kind": "time", "size": "10s", "spans": 10},  # Hystrix looks at a snapshot of it every 500 ms
            "minimum": 20,
            "failures": "50%",
            "open": "5s",
            "probes": 1,
            "refusals": "counted",  # HealthCounts: errors are failures, timeouts, and rejections by pool and semaphore
        },
        "HystrixCommandProperties: volume threshold 20, error threshold 50 %, sleep window 5 s, 10 s in 10 buckets",
    ),
    "microprofile": BreakerProfile(
        {
            "kind": "failure_rate",
            "window": {"kind": "count", "size": 20},
            "minimum": 20,  # requestVolumeThreshold is both: nothing is judged before the window is full
            "failures": "50%",
            "open": "5s",
            "probes": 1,  # successThreshold
            "refusals": "counted",  # failOn is Throwable, so a BulkheadException is one
        },
        "MicroProfile Fault Tolerance @CircuitBreaker: volume threshold 20, ratio .5, delay 5 s, success threshold 1",
    ),
    "finagle": BreakerProfile(
        {
            "kind": "success_rate",
            "success": "80%",
            "window": {"kind": "time", "size": "30s"},
            "minimum": 5,
            "failures_in_a_row": 5,
            "open": "5s",
            "open_factor": 2,
            "open_max": "300s",
            "open_jitter": "equal",
            "probes": 1,
        },
        "Finagle FailureAccrual: 5 in a row, or 80 % over 30 s; 5 s to 300 s, equal jitter (of endpoints; here of edges)",
    ),
    "envoy": BreakerProfile(
        {
            "kind": "consecutive",
            "failures": 5,
            "open": "30s",
            "open_step": "30s",
            "open_max": "300s",
            "probes": 0,
            "forget": "10s",
            "fails_on": ["error", "timeout", "crashed", "unavailable", "dependency", "rejected"],
        },
        "Envoy outlier detection: consecutive_5xx 5, 30 s more each time up to 300 s, interval 10 s (of hosts; here of edges)",
    ),
}
