"""Fixtures that many folders share: the engines, and runs of small scenarios.

engine          "simpy" and "compiled": one suite, every engine
without_figures reports are written without their charts, which take longer than all the rest
play            scenario as plain data -> Story: the record and the event log, in words to assert on
"""

from __future__ import annotations

import faulthandler
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from sim.engine import EngineName
    from tests.engine.story import Story

# The programs that tests start need not compile each source file anew, whatever the environment says.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

LONGEST = 900.0
"""Seconds after which a test of the default run is taken to hang."""
LONG = ("thorough", "fuzz", "theory", "calibration", "distributed")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """End the process of a test that hangs, with where it does: it fails by name, and the run comes to an end."""
    if any(item.get_closest_marker(name) for name in LONG):
        return (yield)
    faulthandler.dump_traceback_later(LONGEST, exit=True)
    try:
        return (yield)
    finally:
        faulthandler.cancel_dump_traceback_later()


@pytest.fixture(params=["simpy", "compiled"])
def engine(request: pytest.FixtureRequest) -> EngineName:
    """Each of the two engines."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def without_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write no charts into reports: for tests of what else is in them."""
    monkeypatch.setattr("sim.report.write._figures", lambda *_: None)


@pytest.fixture
def play(engine: EngineName) -> Callable[..., Story]:
    """Run a scenario given as plain data on the engine, and tell what happened."""
    from tests.engine.story import Story  # only for the tests that tell stories

    def run(data: dict[str, Any], *, seed: int = 1) -> Story:
        return Story.of(data, engine, seed)

    return run
