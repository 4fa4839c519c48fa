"""Fixtures that many folders share: the engines, runs of small scenarios, and the marker of the endless tests.

engine          "simpy" and "compiled": one suite, every engine
play            scenario as plain data -> Story: the record and the event log, in words to assert on
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.engine import EngineName
    from tests.engine.story import Story


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker of the tests that run on demand only."""
    config.addinivalue_line("markers", "fuzz: thousands of random examples, by `-m fuzz` only")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the fuzz tests out unless they are asked for by name of their marker."""
    if "fuzz" in str(config.getoption("-m", "")):
        return
    skip = pytest.mark.skip(reason="thousands of random examples; run them by -m fuzz")
    for item in items:
        if item.get_closest_marker("fuzz"):
            item.add_marker(skip)


@pytest.fixture(params=["simpy", "compiled"])
def engine(request: pytest.FixtureRequest) -> EngineName:
    """Each of the two engines."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def play(engine: EngineName) -> Callable[..., Story]:
    """Run a scenario given as plain data on the engine, and tell what happened."""
    from tests.engine.story import Story  # noqa: PLC0415 - only for the tests that tell stories

    def run(data: dict[str, Any], *, seed: int = 1) -> Story:
        return Story.of(data, engine, seed)

    return run
