"""Put the page of a sweep together, and write it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.report.html.document import Part, document
from sim.report.html.swept import charts, points, settings, verdict
from sim.report.html.swept.view import View, view_of
from sim.sweeps.store import Store
from sim.version import __version__
from sim.whole_file import write_whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sim.sweeps.best import Best
    from sim.sweeps.result import Sweep

SCRIPTS = ("tables.js",)


def write_sweep_page(
    sweep: Sweep,
    path: Path,
    *,
    asked: Sequence[str] = (),
    every: bool = False,
    metrics: Sequence[str] = (),
    best: Best | None = None,
) -> tuple[str, ...]:
    """Make the page of a sweep and write it to ``path``; returns why charts are left out.

    ``asked``: names of more charts than its axes call for; they must be drawn, or with ``every`` those that can be. The page
    appears whole or not at all, and a sweep that begins meanwhile lets its draft be. Raises `PageError`, `UnknownMetricError`,
    `SweepError`, ``OSError``.
    """
    sweep.check(metrics)
    figures, left_out = charts.drawn(sweep, tuple(metrics) or sweep.metrics, asked, every=every)
    text = sweep_page(view_of(sweep, metrics, best, figures, left_out))
    write_whole(path, text.encode(), owner=Store(path.parent).owner)
    return tuple(left_out)


def sweep_page(view: View) -> str:
    """The whole page as text; equal sweeps give equal pages."""
    parts = [
        Part("verdict", "Verdict", verdict.section(view)),
        Part("charts", "Charts", charts.section(view)),
        Part("points", "Points", points.section(view)),
        Part("settings", "Settings", settings.section(view)),
    ]
    end = f"Made by eventflow {__version__} from the folder of the sweep; it needs nothing else."
    return document(list(view.sweep.plan.scenarios), verdict.header(view), parts, scripts=SCRIPTS, end=end, looks="swept")
