"""The page for everybody: axe-core's rules, in the light and in the dark, wide and narrow, everything open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.looking import seriously_wrong

if TYPE_CHECKING:
    from tests.browser.looking import Page


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (1440, True), (400, False), (400, True)])
def test_axe_finds_nothing_serious(report: Page, axe: str, width: int, dark: bool) -> None:  # noqa: FBT001 - a parameter
    """No serious and no critical violation of WCAG 2 A and AA, nor of best practices, with every part open."""
    report.open(width, dark=dark)
    assert seriously_wrong(report, axe) == []


def test_everything_can_be_reached_by_keys(report: Page) -> None:
    """Every button, field, link and summary takes the focus, and shows it."""
    report.open()
    hidden = report.run(
        """return [...document.querySelectorAll("button, input, select, a[href], summary")].filter(e => {
  e.focus(); const s = getComputedStyle(e);
  return e.checkVisibility() && (document.activeElement !== e);
}).map(e => e.outerHTML.slice(0, 80))"""
    )
    assert hidden == []
    report.press("#time", "\ue004")
    assert report.run("return getComputedStyle(document.activeElement).outlineStyle") != "none"


def test_it_moves_nothing_by_itself(report: Page) -> None:
    """Nothing plays until somebody asks for it."""
    report.open()
    first = report.run("return document.getElementById('time').value")
    later = report.run("return new Promise(done => setTimeout(() => done(document.getElementById('time').value), 500))")
    assert first == later
