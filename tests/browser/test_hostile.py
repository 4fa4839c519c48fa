"""Names that mean harm, in a real browser: nothing runs, nothing is fetched, everything is read as it was written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sim.report.html.elements import visible
from sim.report.html.folder import read_folder
from sim.report.html.page import page
from tests.browser.looking import Page, messages, requests, until
from tests.report.html.made import PAYLOADS

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def watched(hostile: Page) -> Page:
    """The page, with a trap set before any of it is read."""
    hostile.open()
    trap = "window.__pwned = 0; window.pwned = () => { window.__pwned += 1; return true; };"
    key = hostile.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": trap})["identifier"]
    hostile.open()
    hostile.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", {"identifier": key})
    return hostile


def test_the_trap_snaps(driver: Any, tmp_path: Path) -> None:
    """On a page that writes a name as markup and has no policy, the same watch sees code run and an address asked for."""
    path = tmp_path / "careless.html"
    path.write_text(f"<script>window.__pwned = 0; window.pwned = () => {{ window.__pwned += 1; }}</script>{PAYLOADS[8]}")
    careless = Page(driver, path).open()
    assert until(careless, "window.__pwned === 1")
    assert [address.rpartition("/")[2] for address in requests(careless)] == ["x"]
    assert len(messages(careless)) == 1


def test_there_are_enough() -> None:
    """Sixty and more, all different."""
    assert len(set(PAYLOADS)) == len(PAYLOADS) >= 60


def test_nothing_runs_and_nothing_is_fetched(watched: Page) -> None:
    """Opened, played, sorted, hovered and focused, the page calls nothing, asks for nothing, opens no dialogue."""
    watched.run("document.querySelectorAll('details').forEach(part => { part.open = true })")
    for frame in (0, 11, 25, 39):
        watched.to(frame)
    watched.run("[...document.querySelectorAll('.moment')].slice(0, 20).forEach(button => button.click())")
    watched.run("document.querySelectorAll('th button').forEach(button => button.click())")
    watched.run(
        """document.querySelectorAll('#replay *, td, th, h1, li').forEach(one => {
  for (const kind of ['mouseover', 'mouseenter', 'focus', 'click']) one.dispatchEvent(new Event(kind, { bubbles: true }));
})"""
    )
    assert watched.run("return window.__pwned") == 0
    assert watched.run("return typeof window.pwned") == "function"
    assert requests(watched) == []
    assert messages(watched) == []
    assert watched.run("return document.querySelectorAll('script').length") == 3
    foreign = "iframe, object, embed, base, form, foreignObject, style ~ style"
    assert watched.run("return document.querySelectorAll(arguments[0]).length", foreign) == 0


def test_every_name_is_shown_as_written(watched: Page) -> None:
    """In the tables, in the titles of the drawings and in the texts that the script writes, to the character."""
    wanted = {visible(payload) for payload in PAYLOADS}
    rows = set(watched.run("return [...document.querySelectorAll('#state tbody th bdi')].map(e => e.textContent)"))
    assert wanted <= rows
    listed = set(watched.run("return [...document.querySelectorAll('.faults strong bdi')].map(e => e.textContent)"))
    assert wanted <= listed
    watched.to(12)
    titles = watched.run("return [...document.querySelectorAll('[data-side=\"0\"] .service title')].map(e => e.textContent)")
    plain = [title.replace("\u2068", "").replace("\u2069", "") for title in titles]
    for name in wanted:
        assert any(title.startswith(f"{name}: ") for title in plain), name


def test_it_still_fits(watched: Page) -> None:
    """Names of five thousand letters and bands of eighty faults do not push the page out of its window."""
    assert watched.run("return document.documentElement.scrollWidth") <= 1440


def test_the_policy_holds_where_escaping_would_not(driver: Any, made: Path, tmp_path: Path) -> None:
    """With markup put into the page past all escaping, no script and no handler runs, and nothing from outside is fetched."""
    text = page(read_folder(made))
    slipped = "".join(PAYLOADS[at] for at in (0, 8, 15, 24, 26, 27, 28))
    assert text.count("<main>") == 1
    path = tmp_path / "slipped.html"
    path.write_text(text.replace("<main>", f"<main>{slipped}"), encoding="utf-8")
    driver.execute_cdp_cmd("Page.enable", {})
    trap = "window.__pwned = 0; window.pwned = () => { window.__pwned += 1; };"
    key = driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": trap})["identifier"]
    opened = Page(driver, path).open()
    driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", {"identifier": key})
    assert until(opened, "document.readyState === 'complete'")
    assert opened.run("return window.__pwned") == 0
    assert requests(opened, blocked=False) == []
    assert any("Content Security Policy" in message for message in messages(opened))
