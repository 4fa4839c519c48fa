"""Progress bars: in a kernel with tqdm, in no script, and never instead of the progress that was asked for."""

from __future__ import annotations

import sys
import types
from typing import Any

import pytest

from sim import notebook_progress
from sim.replications import run_replications
from sim.scenario import loads
from sim.sweeps import run_sweep

SHOP = """
name: shop
architecture: synchronous
services: {front: {operations: {buy: [{work: 1ms}]}}}
workload: {orders: {operation: front.buy, arrivals: {kind: constant, rate: 10/s}}}
run: {horizon: 2s, replications: 4, seed: 7}
"""


class Bar:
    """Stands for tqdm's bar, and remembers what it showed."""

    made: list[Bar] = []  # noqa: RUF012 - a list of this test

    def __init__(self, **settings: Any) -> None:
        self.settings, self.n, self.total, self.shown, self.closed = settings, 0, 1, [], False
        Bar.made.append(self)

    def update(self, more: int) -> None:
        """Move on."""
        self.n += more
        self.shown.append((self.n, self.total))

    def close(self) -> None:
        """Be gone."""
        self.closed = True


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """A notebook's kernel with tqdm."""
    shell = types.SimpleNamespace(kernel=object())
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    monkeypatch.setitem(sys.modules, "tqdm", types.ModuleType("tqdm"))
    monkeypatch.setitem(sys.modules, "tqdm.auto", types.SimpleNamespace(tqdm=Bar))
    Bar.made = []


@pytest.mark.usefixtures("kernel")
def test_runs_and_sweeps_show_a_bar_in_a_notebook() -> None:
    """It counts replications, or runs, ends when they do, and goes."""
    run_replications(loads(SHOP), engine="simpy")
    run_sweep(loads(SHOP), ["services.front.workers=1,2,4"], runs=2, engine="simpy")
    run, sweep = Bar.made
    assert run.settings["desc"] == "simulating shop"
    assert run.shown == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert sweep.shown[-1] == (6, 6)
    assert all(bar.closed and bar.settings["leave"] is False for bar in Bar.made)


@pytest.mark.usefixtures("kernel")
def test_what_was_asked_for_comes_first() -> None:
    """A progress of one's own is called, and there is no bar."""
    told: list[tuple[int, int]] = []
    run_replications(loads(SHOP), engine="simpy", progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (4, 4)
    assert Bar.made == []


def test_a_script_shows_nothing(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """Without a kernel there is no bar; nor in one without tqdm, nor in a terminal's IPython."""
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert notebook_progress.progress_or_bar(None, "x") is None
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: None))
    assert notebook_progress.progress_or_bar(None, "x") is None
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=object))
    assert notebook_progress.progress_or_bar(None, "x") is None
    shell = types.SimpleNamespace(kernel=object())
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    assert notebook_progress.progress_or_bar(None, "x") is None
    run_replications(loads(SHOP), engine="simpy")
    assert capfd.readouterr() == ("", "")
