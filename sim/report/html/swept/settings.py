"""How a sweep was made, and how to make it again: the plan, every scenario, the command.

    eventflow sweep shop.yaml --over services.pay.workers=1,2,4 --runs 10 --seed 1
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from sim.record.record import SEMANTICS
from sim.report.html.elements import Html, dotted, tag
from sim.report.html.settings import DIGITS, facts_table, scenario_part
from sim.report.html.swept.view import is_grid, values_of
from sim.sweeps.summary import METRICS
from sim.version import __version__

if TYPE_CHECKING:
    from sim.report.html.swept.view import View
    from sim.sweeps.plan import Plan

VALUES_MAX = 24
COMMAND_MAX = 6000
"""Characters of a command that a shell still takes with ease."""
NOT_WRITTEN = "The ranges that its points were drawn from are not kept: the command that made it, given again, makes it again."


def section(view: View) -> Html:
    """Everything needed to say what was run, and to run it again."""
    sweep, plan = view.sweep, view.sweep.plan
    words = command(plan)
    which = "each scenario" if len(plan.scenarios) > 1 else "the scenario"
    again = [tag("p", NOT_WRITTEN)]
    if words:
        line = tag("code", shlex.join(words))
        gives = "gives the same fingerprint" if sweep.complete else "makes the whole of it, with the same runs"
        again = [
            tag("p", f"Save {which} below as the file that the command names, then run:"),
            tag("pre", line, class_="command", tabindex=0, role="region", aria_label="The command that repeats it"),
            tag("p", f"It {gives}, on any machine and with any number of workers."),
        ]
    facts: list[tuple[str, str]] = [
        ("points", str(len(sweep.points))),
        ("replications", f"{sweep.runs} a point"),
        ("runs", f"{sweep.done} of {len(plan.tasks)}"),
        ("complete", "yes" if sweep.complete else "no"),
        ("seed", str(plan.seed)),
        ("points laid out as", plan.sample or ("a grid" if is_grid(plan) else "a list")),
        ("metrics kept besides", ", ".join(plan.metrics) or "none"),
        ("fingerprint", tag("code", sweep.fingerprint()[:DIGITS])),
    ]
    versions = [("eventflow, of this page", __version__), ("semantics", str(SEMANTICS)), ("metrics", str(METRICS))]
    axes: list[tuple[str, str]] = [(dotted(path), _values(values)) for path, values in values_of(plan).items()]
    about = [("This sweep", facts), ("Axes", axes), ("Versions", versions)]
    tables = [facts_table(title, rows) for title, rows in about if rows]
    return tag(
        "section",
        tag("h2", "Settings, and how to repeat it", id="settings-title"),
        *again,
        tag("div", *tables, class_="two"),
        *(_scenario(plan, name) for name in plan.scenarios),
        id="settings",
        aria_labelledby="settings-title",
    )


def command(plan: Plan) -> list[str]:
    """The words that make the same sweep from its scenarios' files; [] where no list of values says what it is."""
    rows = [tuple(value for _, value in point.settings) for point in plan.points if point.variant == plan.variants[0]]
    in_step = not is_grid(plan)
    columns = list(zip(*rows, strict=True)) if in_step else list(values_of(plan).values())
    if plan.sample or (in_step and any(len(set(column)) < len(column) for column in columns)):
        return []
    over = [word for path, values in zip(plan.axes, columns, strict=True) for word in ("--over", f"{path}={','.join(values)}")]
    words = [*(f"{name}.yaml" for name in plan.scenarios), *over, *(["--zip"] if in_step else [])]
    words += ["--runs", str(plan.runs), "--seed", str(plan.seed)]
    words += ["--metrics", ",".join(plan.metrics)] if plan.metrics else []
    return ["eventflow", "sweep", *words] if sum(map(len, words)) <= COMMAND_MAX else []


def _values(values: tuple[str, ...]) -> str:
    """The values of an axis, as many as can be read."""
    more = f" and {len(values) - VALUES_MAX} more" if len(values) > VALUES_MAX else ""
    return f"{', '.join(values[:VALUES_MAX])}{more}"


def _scenario(plan: Plan, name: str) -> Html:
    """One scenario, before anything of it is varied."""
    one = plan.scenarios[name]
    facts: list[tuple[str, str]] = [
        ("digest", tag("code", one.digest()[:DIGITS])),
        ("architecture", one.architecture),
        ("points", str(sum(point.variant == name for point in plan.points))),
    ]
    return scenario_part(name, None, facts, one.resolved(), "sweep.json")
