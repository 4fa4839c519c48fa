"""A small sweep that was really run, and the same with hostile texts wherever a text can stand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sim.scenario import Scenario
from sim.sweeps import run_sweep
from sim.sweeps.plan import Plan
from tests.report.html.made import PAYLOADS
from tests.sweeps.conftest import TINY

if TYPE_CHECKING:
    from pathlib import Path

    from sim.sweeps import Sweep

OVER = ("faults.slow.factor=1,20", "services.back.workers=1,2,4")


def tiny(**changed: Any) -> Scenario:
    """Two services, one slow for a second."""
    return Scenario.model_validate({**TINY, **changed})


def swept(folder: Path | None = None, **given: Any) -> Sweep:
    """Six points: the slow service is slow or not, and has one, two or four workers."""
    return run_sweep(tiny(), OVER, folder=folder, engine="compiled", jobs=1, **given)


def hostile(sweep: Sweep) -> Sweep:
    """The first point again and again, each time as another variant with a payload for name, title, value and failure."""
    first = sweep.points[0]
    words = [payload for payload in PAYLOADS if "\ud800" not in payload]
    axis = words[0]
    points = tuple(replace(first, number=at, variant=text, settings=((axis, text),)) for at, text in enumerate(words))
    scenarios = {text: first.scenario.model_copy(update={"name": text, "title": text}) for text in words}
    plan = Plan(points, (axis,), sweep.runs, sweep.plan.seed, tuple(words[:5]), scenarios)
    return replace(sweep, plan=plan, failures={plan.tasks[0].key: words[8]}, damaged=(words[9],), _differences={})
