"""A bug put into one engine is noticed: by the other engine, or by the books."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sim.engine.compiled_engine.library import kernel
from sim.engine.simpy_engine import attempts, calls, guards, log, waiting
from sim.errors import LedgerError
from sim.policies.disciplines import _bounded
from sim.policies.disciplines.fifo import Fifo
from sim.scenario.scenario import Scenario
from sim.semantics import order
from tests.conformance.diverge import assert_conform
from tests.conformance.generate import numbered
from tests.mutants.kernel_mutants import MUTANTS
from tests.mutants.mutate import put_in_place, substituted
from tests.shares import share

EXAMPLES = range(60)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def kernel_as_it_is() -> None:
    """The compiled engine has its kernel before a bug is put into rules that both engines share."""
    kernel()


def first_caught() -> int:
    """Number of the first example that shows the bug; fails when none does."""
    for n in EXAMPLES:
        try:
            assert_conform(Scenario.model_validate(numbered(n)), seed=n)
        except (AssertionError, LedgerError):
            return n
    pytest.fail(f"{len(EXAMPLES)} examples do not notice the bug")


def test_queue_bound_off_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A queue that lets one more wait than declared is noticed."""
    mutant = substituted(_bounded.accept, "waiting < queue_max", "waiting <= queue_max")
    monkeypatch.setattr(Fifo, "accept", staticmethod(mutant))  # the compiled engine has its own already
    first_caught()


def test_last_in_first_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A queue that serves the newest first is noticed."""
    mutant = substituted(waiting.next_of, "line.popitem(last=not first)", "line.popitem(last=first)")
    put_in_place(monkeypatch, waiting.next_of, mutant)
    first_caught()


def test_stale_reply_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reply that comes after its timeout and counts all the same is noticed."""
    late = "recorder.late(run.r, run.clock.now, attempt.site.edge, attempt.ident)"
    accepted = "recorder.settled(run.r, run.clock.now, attempt.site.edge, attempt.ident, attempt.outcome)"
    put_in_place(monkeypatch, attempts.returned, substituted(attempts.returned, late, accepted))
    first_caught()


def test_timeout_is_final(monkeypatch: pytest.MonkeyPatch) -> None:
    """A caller that does not try again after a timeout is noticed."""
    mutant = substituted(calls.call, "if outcome == OK:", "if outcome in (OK, outcomes.TIMEOUT):")
    put_in_place(monkeypatch, calls.call, mutant)
    first_caught()


def test_timeout_beats_the_reply(monkeypatch: pytest.MonkeyPatch) -> None:
    """A timeout that comes before the reply of the same instant is noticed."""
    monkeypatch.setitem(attempts.leave_caller.__globals__, "TIMEOUT", order.ACK)
    first_caught()


def test_worker_not_released(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that stays taken when its handler ends is noticed."""
    mutant = substituted(attempts.finish, "replica.busy -= 1", "pass")
    put_in_place(monkeypatch, attempts.finish, mutant)
    first_caught()


def test_retry_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """A retry that is announced and never sent is noticed."""
    wait = "yield Timer(run.clock, delay, rank_of(RETRY, attempt.ident))"
    mutant = substituted(calls.again, wait, "yield Event(run.clock)")
    put_in_place(monkeypatch, calls.again, mutant)
    first_caught()


def test_no_rebalance(monkeypatch: pytest.MonkeyPatch) -> None:
    """A group that does not share out anew when its members change is noticed."""
    put_in_place(monkeypatch, log.rebalance, lambda *_: None)
    first_caught()


def test_a_breaker_that_hears_of_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guards that are not told how an attempt ended are noticed."""
    mutant = substituted(guards.tell, "guard.kind.settle(guard.settings, state, now, let_go, good)", "pass")
    put_in_place(monkeypatch, guards.tell, mutant)
    first_caught()


def test_a_breaker_that_outlives_its_replica(monkeypatch: pytest.MonkeyPatch) -> None:
    """A guard that keeps its state when the replica that calls crashes is noticed."""
    put_in_place(monkeypatch, guards.forget, lambda *_: None)
    first_caught()


def test_an_attempt_that_nobody_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A guard that still counts on attempts of a caller that went down is noticed, by the books."""
    put_in_place(monkeypatch, guards.give_up, lambda *_: None)
    first_caught()


@pytest.mark.parametrize("name", share(MUTANTS, 11))
def test_kernel_mutants(name: str) -> None:
    """A bug in the kernel, run as plain Python in a process of its own, is noticed."""
    command = [sys.executable, "-m", "tests.mutants.kernel_mutants", name, str(2 * EXAMPLES.stop)]
    environment = {**os.environ, "EVENTFLOW_UNLOWERED": "1"}
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert run.stdout.startswith("caught"), run.stdout + run.stderr[-2000:]
