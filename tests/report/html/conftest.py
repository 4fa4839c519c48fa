"""A comparison of two small shops, run once, and its folder, fresh for every test that changes it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.report.html.made import compared, write_folder

if TYPE_CHECKING:
    from pathlib import Path

    from sim.results.comparison import Comparison


@pytest.fixture(scope="session")
def comparison() -> Comparison:
    """Payment called, and payment told by an event."""
    return compared()


@pytest.fixture(scope="session")
def made(comparison: Comparison, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its folder: not to be changed."""
    return write_folder(comparison, tmp_path_factory.mktemp("report"))


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy of its folder."""
    return shutil.copytree(made, tmp_path / "folder")
