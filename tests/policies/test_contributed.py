"""The policy of CONTRIBUTING: put into the folder as one file, it works in both engines, and gives back what it took."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = '''
import sim
from sim.record import fields as f
from sim.scenario import loads

def text(guards):
    return f"""
name: shop
architecture: synchronous
services:
  shop: {{operations: {{buy: [{{call: payment.charge, timeout: 20ms, {guards}}}]}}, workers: 100}}
  payment: {{workers: 50, operations: {{charge: [{{work: 5ms}}]}}}}
workload: {{orders: {{operation: shop.buy, arrivals: {{kind: constant, rate: 100/s}}}}}}
faults: {{slow: {{kind: slowdown, target: payment, factor: 10, at: 1s, for: 1s}}}}
run: {{horizon: 5s, warmup: 0s, replications: 1, seed: 4}}
"""

def both(guards):
    runs = [sim.run(loads(text(guards)), replications=1, engine=engine) for engine in ("simpy", "compiled")]
    assert runs[0].fingerprint() == runs[1].fingerprint(), guards
    record = runs[0].records[0]
    rows = record.guards.sum(axis=0)
    names = f.GUARDS.names(record.network)
    return {name: dict(zip(f.GUARDS.counters, row.tolist())) for name, row in zip(names, rows)}

alone = both("rate_limit: {every: 20ms, burst: 5}")
[limit] = alone.values()
tokens, admitted = 5.0, 0
for _ in range(limit["admitted"] + limit["refused"]):  # a bucket, 10 ms after the attempt before
    tokens, admitted = (tokens - 1.0, admitted + 1) if tokens >= 1.0 else (tokens, admitted)
    tokens = min(5.0, tokens + 0.5)
assert limit["admitted"] == admitted, (limit, admitted)
outside = both("rate_limit: {every: 20ms, burst: 5}, breaker: {failures: 3, open: 200ms, probes: 2}")
limit, breaker = outside.values()
assert limit["withdrawn"] == breaker["refused"] > 0, outside
assert limit["admitted"] == breaker["admitted"] + breaker["refused"], outside
print("equal")
'''


def test_the_contributors_policy_works_in_both_engines(tmp_path: Path) -> None:
    """A limiter outside of a breaker: tokens of attempts that the breaker refused are put back, in both engines alike."""
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(), re.DOTALL)
    [code] = [block for block in blocks if "class RateLimit(Guard)" in block]
    shutil.copytree(ROOT / "sim", tmp_path / "sim", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "sim" / "policies" / "guards" / "rate_limit.py").write_text(code)
    # a breaker outside of the limiter, the other way round, has to get its probes back
    inner = code.replace("place: ClassVar[int] = 40", "place: ClassVar[int] = 80")
    for number, source in enumerate((code, inner)):
        (tmp_path / "sim" / "policies" / "guards" / "rate_limit.py").write_text(source)
        script = CODE if number == 0 else CODE.replace("limit, breaker = outside.values()", SWAPPED)
        environment = {**os.environ, "PYTHONPATH": str(tmp_path), "EVENTFLOW_CACHE": str(tmp_path / "cache")}
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, env=environment, cwd=tmp_path, check=False
        )
        assert done.returncode == 0, done.stderr
        assert "equal" in done.stdout


SWAPPED = """breaker, limit = outside.values()
assert breaker["withdrawn"] == limit["refused"] > 0, outside
assert breaker["admitted"] == limit["admitted"] + limit["refused"], outside
assert breaker["succeeded"] > 100 and not breaker["given_up"], outside
print("equal"); raise SystemExit"""
