"""The marker of the full-length runs, which take minutes: left out unless asked for by ``-m theory``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line("markers", "theory: every case of queueing theory at full length, by `-m theory` only")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the full-length runs out unless they are asked for by name of their marker."""
    if "theory" in str(config.getoption("-m", "")):
        return
    left = [item for item in items if item.get_closest_marker("theory")]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]
