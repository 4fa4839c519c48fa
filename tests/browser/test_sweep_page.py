"""The page of a sweep in a real browser: it needs nothing, it sorts, everybody can read it, it runs nobody else's code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sim.report.html.elements import visible
from sim.report.html.swept.charts import drawn
from sim.report.html.swept.page import sweep_page
from sim.report.html.swept.view import view_of
from tests.browser.looking import Page, messages, requests, seriously_wrong
from tests.report.html.made import PAYLOADS
from tests.report.html.swept import hostile, swept

if TYPE_CHECKING:
    from pathlib import Path

    from sim.sweeps import Sweep

COLUMN = "return [...document.querySelectorAll('.points tbody tr')].map(row => row.cells[arguments[0]].textContent)"
HEAD = ".points thead th:nth-child({})"


@pytest.fixture(scope="module")
def sweep() -> Sweep:
    """Six points, really run."""
    return swept()


@pytest.fixture(scope="module")
def opened(driver: Any, sweep: Sweep, tmp_path_factory: pytest.TempPathFactory) -> Page:
    """Its page."""
    figures, left_out = drawn(sweep, sweep.metrics, ["lines"])
    path: Path = tmp_path_factory.mktemp("sweep") / "report.html"
    path.write_text(sweep_page(view_of(sweep, figures=figures, left_out=left_out)), encoding="utf-8")
    return Page(driver, path)


def test_it_needs_nothing(opened: Page) -> None:
    """Opened from the disk it asks for no address, and the browser has nothing to complain about; images are shown."""
    opened.open()
    assert requests(opened) == []
    assert messages(opened) == []
    shown = "return [...document.images].map(one => one.complete && one.naturalWidth > 0)"
    assert opened.run(shown) == [True, True]


@pytest.mark.parametrize("width", [1440, 400])
def test_it_fits_into_the_window(opened: Page, width: int) -> None:
    """Only tables and charts scroll sideways, in windows of their own."""
    opened.open(width)
    assert opened.run("return document.documentElement.scrollWidth") <= width


def test_points_sort_by_any_column(opened: Page, sweep: Sweep) -> None:
    """Settings and figures by number, the other way when pressed again; by the keyboard too; it is said aloud."""
    opened.open()
    opened.click(HEAD.format(3) + " button")
    assert opened.run(COLUMN, 2) == ["1", "1", "2", "2", "4", "4"]
    opened.press(HEAD.format(3) + " button", "\ue007")
    assert opened.run(COLUMN, 2) == ["4", "4", "2", "2", "1", "1"]
    assert opened.run(f"return document.querySelector('{HEAD.format(3)}').ariaSort") == "descending"
    opened.click(HEAD.format(4) + " button")
    means = {point.number: sweep.estimate(point.number, "orders.errors").mean for point in sweep.points}
    assert [means[int(number)] for number in opened.run(COLUMN, 0)] == sorted(means.values())


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (1440, True), (400, False), (400, True)])
def test_axe_finds_nothing_serious(opened: Page, axe: str, width: int, dark: bool) -> None:  # noqa: FBT001 - a parameter
    """No serious and no critical violation of WCAG 2 A and AA, nor of best practices, with every part open."""
    opened.open(width, dark=dark)
    assert seriously_wrong(opened, axe) == []


def test_hostile_names_are_shown_and_run_nothing(driver: Any, sweep: Sweep, tmp_path: Path) -> None:
    """With a payload for every name, value and failure, nothing runs, nothing is fetched, all is read as it was written."""
    bad = hostile(sweep)
    path = tmp_path / "report.html"
    path.write_text(sweep_page(view_of(bad, figures=drawn(bad, bad.metrics[:1], ["lines"])[0])), encoding="utf-8")
    trap = "window.__pwned = 0; window.pwned = () => { window.__pwned += 1; return true; };"
    driver.execute_cdp_cmd("Page.enable", {})
    key = driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": trap})["identifier"]
    page = Page(driver, path).open()
    driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", {"identifier": key})
    page.run("document.querySelectorAll('details').forEach(part => { part.open = true })")
    page.run("document.querySelectorAll('th button').forEach(button => button.click())")
    assert page.run("return window.__pwned") == 0
    assert page.run("return typeof window.pwned") == "function"
    assert requests(page) == []
    assert messages(page) == []
    assert page.run("return document.documentElement.scrollWidth") <= 1440
    wanted = {visible(payload) for payload in PAYLOADS if "\ud800" not in payload}
    assert wanted <= set(page.run(COLUMN, 1))
