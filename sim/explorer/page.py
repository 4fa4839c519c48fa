"""The widgets of the explorer: knobs on top, words and charts below, drawn anew when a knob has moved.

    knobs --overrides--> replications --> picture (with its words for screen readers), verdicts, the overrides to copy
"""

from __future__ import annotations

import base64
import html
from typing import TYPE_CHECKING, Any

from sim.api import compare
from sim.charts.picture import picture
from sim.charts.style import told
from sim.errors import EventflowError
from sim.explorer.knobs import DECLARED, NONE, Knobs, factor_of, overrides, retries_of
from sim.notebook import judged
from sim.replications import run_together
from sim.scenario.problems import did_you_mean
from sim.scenario.targets import struck_services

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from sim.engine import EngineName
    from sim.results.comparison import Comparison
    from sim.results.result import Result
    from sim.scenario.scenario import Scenario

LOAD_MAX, FACTOR_MAX, REPLICAS_MAX = 4.0, 100.0, 10
ATTEMPTS = (DECLARED, 1, 2, 3, 4, 5, 6, 8, 10)
KEPT_MAX = 32
"""Results that are kept, so that going back is instant."""


class Explorer:
    """Sliders over charts. Show it as the last value of a cell, or move the sliders in a program.

    A slider begins at what the first scenario declares. There it leaves each scenario as it declares itself, also where they
    differ, which the words then say; anywhere else it sets both.

    Attributes:
        load, fault, factor, attempts, service, replicas: the widgets; set ``value`` and the charts follow.
        result: what is shown: a `Result`, or a `Comparison` of two.
        overrides: what the knobs mean, for each scenario: texts that ``sim.load`` takes.
        figure: the charts that are shown.
        problem: why the last setting cannot be run; '' when it can.
    """

    result: Result | Comparison
    figure: Figure

    def __init__(
        self,
        scenarios: Sequence[Scenario],
        *,
        service: str,
        replications: int,
        seed: int | None,
        engine: EngineName,
        panels: Sequence[str],
    ) -> None:
        self.scenarios, self.panels = tuple(scenarios), tuple(panels)
        self._settings: dict[str, Any] = {"replications": replications, "seed": seed, "engine": engine}
        self._kept: dict[tuple[tuple[str, ...], ...], Result | Comparison] = {}
        self._still = False
        self._factor = 1.0
        self.overrides: tuple[list[str], ...] = ()
        self.problem = ""
        widgets = _widgets()
        self._make_knobs(widgets, service)
        self.words, self.chart = widgets.HTML(), widgets.HTML()
        left, right = [self.load, self.fault, self.factor], [self.attempts, self.service, self.replicas]
        knobs = widgets.HBox([widgets.VBox(left), widgets.VBox(right)], layout={"flex_flow": "row wrap"})
        self.widget = widgets.VBox([knobs, self.words, self.chart])
        self.refresh()
        for knob in (*left, *right):
            knob.observe(self._moved, names="value")

    def _make_knobs(self, widgets: Any, service: str) -> None:
        first = self.scenarios[0]
        services = [name for name in first.services if all(name in one.services for one in self.scenarios)]
        faults = [name for name in first.faults if all(name in one.faults for one in self.scenarios)]
        struck = [one for name in faults for one in struck_services(first, first.faults[name])]
        chosen = service or next(iter(struck), services[0])
        if chosen not in services:
            raise ValueError(f"there is no service '{chosen}'; {did_you_mean(chosen, services, noun='services')}")
        wide = {"style": {"description_width": "6em"}}
        late = {**wide, "continuous_update": False}
        self.load = widgets.FloatSlider(1.0, min=0.1, max=LOAD_MAX, step=0.1, description="load", **late)
        self.fault = widgets.Dropdown(
            options=[DECLARED, NONE, *faults], description="fault", disabled=not faults, **wide
        )
        self.factor = widgets.FloatSlider(1.0, min=1.0, max=FACTOR_MAX, step=1.0, description="factor", disabled=True, **late)
        retries = any(retries_of(one) for one in self.scenarios)
        self.attempts = widgets.SelectionSlider(options=ATTEMPTS, description="attempts", disabled=not retries, **late)
        self.service = widgets.Dropdown(options=services, value=chosen, description="service", **wide)
        self.replicas = widgets.IntSlider(1, min=1, max=REPLICAS_MAX, description="replicas", **late)
        self._show_declared_replicas()

    # -- what follows from a move

    @property
    def knobs(self) -> Knobs:
        """How the knobs stand now."""
        return Knobs(
            load=round(float(self.load.value), 6),
            fault=str(self.fault.value),
            factor=None if self.factor.disabled or self.factor.value == self._factor else float(self.factor.value),
            attempts=None if self.attempts.value == DECLARED else int(self.attempts.value),
            service=str(self.service.value),
            replicas=None if self.replicas.value == self._replicas else int(self.replicas.value),
        )

    def _moved(self, change: Any) -> None:
        if self._still:
            return
        self._still = True  # what follows from this move moves other knobs, and is one move
        try:
            if change["owner"] is self.fault:
                self._show_declared_factor()
            elif change["owner"] is self.service:
                self._show_declared_replicas()
        finally:
            self._still = False
        self.refresh()

    def _show_declared_factor(self) -> None:
        declared = [factor for one in self.scenarios if (factor := factor_of(one, str(self.fault.value))) is not None]
        self.factor.disabled = not declared
        self.factor.min, self.factor.max = min([1.0, *declared]), max([FACTOR_MAX, *declared])
        self.factor.value = declared[0] if declared else 1.0
        self._factor = float(self.factor.value)

    def _show_declared_replicas(self) -> None:
        declared = [one.services[str(self.service.value)].replicas for one in self.scenarios]
        self.replicas.max = max(REPLICAS_MAX, *(2 * replicas for replicas in declared))
        self.replicas.value = self._replicas = declared[0]

    def refresh(self) -> None:
        """Run what the knobs say, and show it; say why where that cannot be run."""
        try:
            self.overrides = tuple(overrides(one, self.knobs) for one in self.scenarios)
            self.result = self._result()
        except (EventflowError, ValueError, MemoryError) as error:
            self.problem = str(error)
            said = f"{self.problem}\nThe charts show the last setting that could be run."
            self.words.value = f"<pre role='alert' style='white-space:pre-wrap'>{html.escape(said)}</pre>"
            return
        self.problem = ""
        self.figure, png = picture(self.result, self.panels)
        data = base64.b64encode(png).decode()
        alt = html.escape(told(self.figure), quote=True)
        self.chart.value = f"<img style='max-width:100%' alt='{alt}' src='data:image/png;base64,{data}'>"
        lines = [*self._said(), *self._apart()]
        self.words.value = "".join((*self._judged(), _listed(lines), _listed(self._changes(), "as overrides")))

    def _result(self) -> Result | Comparison:
        key = tuple(tuple(texts) for texts in self.overrides)
        if key not in self._kept:
            changed = [one.with_overrides(texts) for one, texts in zip(self.scenarios, self.overrides, strict=True)]
            results = run_together(changed, **self._settings)
            found = results[0] if len(results) == 1 else compare(*results)
            while len(self._kept) >= KEPT_MAX:
                self._kept.pop(next(iter(self._kept)))
            self._kept[key] = found
        return self._kept[key]

    # -- in words

    def _results(self) -> list[Result]:
        found: Any = self.result
        return [found.a, found.b] if hasattr(found, "b") else [found]

    def _judged(self) -> list[str]:
        verdicts = [(one.name, verdict) for one in self._results() for verdict in one.objectives()]
        several = len(self.scenarios) > 1
        lines = [
            judged(verdict.outcome, f"{name + ': ' if several else ''}{verdict.objective}", verdict.reason)
            for name, verdict in verdicts
        ]
        return [_listed(lines)]

    def _said(self) -> list[str]:
        found: Any = self.result
        if hasattr(found, "b"):
            return list(found.verdict())
        return [f"{path}: {found.estimate(path)}" for path in ("goodput", "errors", "amplification", "backlog_peak")]

    def _apart(self) -> list[str]:
        """What the scenarios declare differently under a knob that is left as declared."""
        service, fault, knobs = str(self.service.value), str(self.fault.value), self.knobs
        found: list[tuple[str, list[Any]]] = []
        if knobs.replicas is None:
            found.append((f"services.{service}.replicas", [one.services[service].replicas for one in self.scenarios]))
        if knobs.factor is None and not self.factor.disabled:
            found.append((f"faults.{fault}.factor", [factor_of(one, fault) or "none" for one in self.scenarios]))
        return [f"{path}: {' and '.join(map(str, each))}, as declared" for path, each in found if len(set(each)) > 1]

    def _changes(self) -> list[str]:
        return list(dict.fromkeys(text for texts in self.overrides for text in texts))

    def _repr_mimebundle_(self, **keywords: Any) -> Any:
        """Show the widget in a notebook."""
        return self.widget._repr_mimebundle_(**keywords)


def _listed(lines: Sequence[str], summary: str = "") -> str:
    """Lines as HTML, escaped; folded away below a summary where there is one."""
    if not lines:
        return ""
    items = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
    listed = f"<ul style='margin:.3em 0;line-height:1.35'>{items}</ul>"
    return f"<details><summary>{html.escape(summary)}</summary>{listed}</details>" if summary else listed


def _widgets() -> Any:
    try:
        import ipywidgets  # type: ignore[import-untyped, unused-ignore]
    except ImportError as error:
        message = "ipywidgets is not installed; run: pip install 'eventflow-sim[notebook]'"
        raise ImportError(message) from error
    return ipywidgets
