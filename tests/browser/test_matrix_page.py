"""The page of a matrix in a browser: the replay of each fault takes the place of the one before, and moves by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sim.replications import run_replications
from sim.report.manifest import Invocation
from sim.report.matrix import write_matrix
from sim.results.matrix import matrix_of
from sim.results.matrix_rows import rows_of
from tests.browser.looking import Page, messages, requests, seriously_wrong, until
from tests.report.html.made import compared

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def matrix_report(driver: Any, tmp_path_factory: pytest.TempPathFactory) -> Page:
    """The page of a small matrix: a pair without a fault, and under its faults alone."""
    pair = compared()
    rows = rows_of(pair.a.scenario, pair.b.scenario)
    results = [run_replications(one, replications=3, engine="compiled") for scenarios in rows.values() for one in scenarios]
    folder: Path = tmp_path_factory.mktemp("matrix")
    return Page(driver, write_matrix(matrix_of(tuple(rows), results), folder, Invocation((), "t", 0.0, {})).page)


def test_each_replay_takes_the_place_of_the_one_before(matrix_report: Page) -> None:
    """Pressed, a fault's replay is the one on the page, with its fault or without any; the console stays empty."""
    page = matrix_report.open()
    assert page.run("return document.querySelectorAll('#replay').length") == 1
    buttons = page.run("return document.querySelectorAll('[data-replay]').length")
    assert buttons >= 2
    for number in (0, buttons - 1, 1):
        page.click(f'[data-replay="{number}"]')
        assert page.run("return document.querySelectorAll('#replay').length") == 1
        pressed = page.run("return [...document.querySelectorAll('[aria-pressed=true]')].map(e => e.dataset.replay)")
        assert pressed == [str(number)]
        faults = page.run("return JSON.parse(document.getElementById('replay-data').textContent).sides[0].faults.length")
        assert faults == (0 if number == 0 else 1)
        page.to(2)
        assert page.frame() == 2
    assert requests(page) == []
    assert messages(page) == []


def test_one_that_plays_stops_when_another_takes_its_place(matrix_report: Page) -> None:
    """The new one begins at rest, and plays when asked to."""
    page = matrix_report.open()
    page.click("#play")
    page.click('[data-replay="0"]')
    assert page.text("#play .word") == "Play"
    page.to(1)
    page.click("#play")
    assert until(page, "Number(document.getElementById('time').value) > 3")
    assert messages(page) == []


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (400, True)])
def test_axe_finds_nothing_serious(matrix_report: Page, axe: str, width: int, dark: bool) -> None:  # noqa: FBT001 - a parameter
    """Wide and in the light, narrow and in the dark: no serious and no critical violation."""
    matrix_report.open(width, dark=dark)
    assert seriously_wrong(matrix_report, axe) == []
