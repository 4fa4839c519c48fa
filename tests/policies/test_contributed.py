"""Policies dropped into the folder as one file work in both engines: that of CONTRIBUTING, and one that uses the rest."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shares import THOROUGH

ROOT = Path(__file__).resolve().parents[2]
BEGIN = '''
import sim
from sim.record import fields as f
from sim.scenario import loads

BREAKER = "breaker: {failures: 3, open: 200ms, probes: 2}"

def both(guards, more=""):
    """What each guard counted, in both engines alike; the payment service is slow for a second, one shop of two goes down."""
    text = f"""
name: shop
architecture: synchronous
services:
  shop: {{replicas: 2, workers: 100, operations: {{buy: [{{call: payment.charge, timeout: 20ms, {guards}}}]}}}}
  payment: {{workers: 50, operations: {{charge: [{{work: 5ms}}]}}}}
workload: {{orders: {{operation: shop.buy, arrivals: {{kind: constant, rate: 200/s}}}}}}
faults: {{slow: {{kind: slowdown, target: payment, factor: 10, at: 1s, for: 1s}}{more}}}
run: {{horizon: 5s, warmup: 0s, replications: 1, seed: 4}}
"""
    runs = [sim.run(loads(text), replications=1, engine=engine) for engine in ("simpy", "compiled")]
    assert runs[0].fingerprint() == runs[1].fingerprint(), guards
    record = runs[0].records[0]
    rows = record.guards.sum(axis=0)
    names = f.guards.GUARDS.names(record.network)
    return [dict(zip(f.guards.GUARDS.counters, row.tolist())) for row in rows], record
'''
LIMIT = """
[limit], _ = both("rate_limit: {kind: tokens, every: 20ms, burst: 5}")
shops = [[5.0, 0], [5.0, 0]]
for number in range(limit["admitted"] + limit["refused"]):  # a bucket for each shop, which are asked in turn, every 10 ms
    bucket = shops[number % 2]
    if bucket[0] >= 1.0:
        bucket[0], bucket[1] = bucket[0] - 1.0, bucket[1] + 1
    bucket[0] = min(5.0, bucket[0] + 0.5)
assert limit["admitted"] == shops[0][1] + shops[1][1], (limit, shops)
"""
OUTSIDE = """
(limit, breaker), record = both("rate_limit: {kind: tokens, every: 20ms, burst: 5}, " + BREAKER)
assert f.guards.GUARDS.names(record.network) == [f"shop.buy -> payment.charge: {one}" for one in ("rate_limit", "breaker")]
assert limit["withdrawn"] == breaker["refused"] > 0
assert limit["admitted"] == breaker["admitted"] + breaker["refused"]
assert limit["attempts"] == limit["admitted"] + limit["refused"] and not breaker["attempts"]
"""
INSIDE = """
(breaker, limit), record = both("rate_limit: {kind: bucket, every: 20ms, burst: 5}, " + BREAKER)
assert f.guards.GUARDS.names(record.network) == [f"shop.buy -> payment.charge: {one}" for one in ("breaker", "rate_limit")]
assert breaker["withdrawn"] == limit["refused"] > 0
assert breaker["admitted"] == limit["admitted"] + limit["refused"]
assert breaker["succeeded"] > 350 and not breaker["given_up"]  # some 100 a second, but while it is slow
(breaker, limit), _ = both("rate_limit: {kind: bucket, every: 150ms}, breaker: {failures: 1, open: 50ms}")
assert breaker["succeeded"] > 40, breaker  # 13 a second: the one probe, which the limit refuses at first, is given back
_, record = both("rate_limit: {limit: 5, period: 100ms}")
assert record.network.guards[0].ticks_every == 10**8  # a kind whose name comes first does not change what is meant by none
"""
COIN = '''"""Refuse some attempts by chance, and tell all callers of an edge together: what no shipped guard does.

    u < a share -> refused        every failure, also of a caller that went down, turns it over
"""

from typing import Any, ClassVar, Literal

from pydantic import Field

from sim.rows import Row
from sim.scenario.kinds import GO, REFUSE, Guard
from sim.scenario.model import Integer
from sim.shared import shared


class CoinSettings(Row):
    """How many of 8 attempts are refused, while it shows heads."""

    eighths: int


class CoinState(Row):
    """How many attempts failed."""

    failures: int


@shared
def admit(settings: CoinSettings, state: CoinState, _now: int, u: int) -> int:
    """Refuse by chance while it shows heads."""
    return REFUSE if state.failures % 2 == 0 and u >> 60 < settings.eighths else GO


@shared
def withdraw(_settings: CoinSettings, _state: CoinState, _now: int) -> None:
    """Nothing to give back."""


@shared
def settle(_settings: CoinSettings, state: CoinState, _now: int, _sent_at: int, good: bool) -> None:
    """Turn over at a failure."""
    state.failures += 1 - good


@shared
def engaged(_settings: CoinSettings, state: CoinState) -> bool:
    """Whether it shows heads."""
    return state.failures % 2 == 0


class Coin(Guard):
    """Refuse attempts by chance."""

    kind: Literal["coin"] = Field(default="coin", description="Always coin.")
    eighths: Integer = Field(description="How many of 8.")

    slot: ClassVar[str] = "coin"
    place: ClassVar[int] = 10
    per_caller: ClassVar[bool] = False
    draws: ClassVar[bool] = True
    Settings: ClassVar[Any] = CoinSettings
    State: ClassVar[Any] = CoinState
    admit: ClassVar[Any] = staticmethod(admit)
    withdraw: ClassVar[Any] = staticmethod(withdraw)
    settle: ClassVar[Any] = staticmethod(settle)
    engaged: ClassVar[Any] = staticmethod(engaged)
'''
SHARED = """
down = ", down: {kind: crash, target: shop, replicas: 1, at: 1500ms, for: 1s}"
[coin], record = both("coin: {eighths: 3}", down)
assert record.network.guards[0].states == 1
assert coin["given_up"] > 0 and coin["failed"] > 10
assert 0.2 < coin["refused"] / coin["attempts"] < 0.5
failures = coin["failed"] + coin["given_up"]
assert record.guard_levels[0, f.guards.LEVEL_ENGAGED] == 1 - failures % 2
"""


def contributed() -> str:
    """The policy that CONTRIBUTING shows how to write."""
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(), re.DOTALL)
    [code] = [block for block in blocks if "class RateLimit(Guard)" in block]
    return code


BUCKET = contributed().replace("[int] = 40", "[int] = 80").replace("tokens", "bucket")


@pytest.mark.parametrize(
    ("name", "code", "script"),
    [
        pytest.param("tokens", contributed(), LIMIT + OUTSIDE, id="outside of the breaker", marks=THOROUGH),
        pytest.param("bucket", BUCKET, INSIDE, id="inside, beside a kind that is outside"),
        pytest.param("coin", COIN, SHARED, id="by chance, shared by all callers", marks=THOROUGH),
    ],
)
def test_a_policy_is_one_file(tmp_path: Path, name: str, code: str, script: str) -> None:
    """In both engines alike: what a guard further in refused is given back, and what it counts is what an oracle counts."""
    shutil.copytree(ROOT / "sim", tmp_path / "sim", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "sim" / "policies" / "guards" / f"{name}.py").write_text(code)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "EVENTFLOW_CACHE": str(tmp_path / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + script], capture_output=True, text=True, env=environment, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr
