"""The first thing on the page of a sweep: what is missing, then how many points hold what, then what is proven.

    Not finished: 12 of 20 runs are there.
    3 of 8 points hold every objective.
    objective        holds at        does not hold at        open at
    [ point 3 has the lowest errors ] [ errors: 5 of 7 points differ ] [ goodput follows the load up to 60/s ]
    point 1 is worse than point 0 in errors: ...
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.metrics.paths import resolve
from sim.report.html.elements import Html, join, name_of, tag
from sim.report.html.swept.view import listed
from sim.report.html.tables import Cell, Column, sortable
from sim.report.html.verdict import SIGNS
from sim.report.sweep_words import sweep_words
from sim.stats.figures import format_value
from sim.sweeps.errors import SweepError
from sim.sweeps.multiple_comparisons import name_of as point_name

if TYPE_CHECKING:
    from sim.report.html.swept.view import View
    from sim.sweeps.result import Sweep

FAILURES_MAX = 5
HEADS = (("pass", "holds at"), ("fail", "does not hold at"), ("unsure", "open at"))


def header(view: View) -> Html:
    """What was swept, and the verdict in a sentence."""
    plan = view.sweep.plan
    head, more = headline(view)
    sides = [
        tag("li", tag("b", name_of(name)), tag("span", name_of(one.title), class_="quiet title") if one.title else None)
        for name, one in plan.scenarios.items()
    ]
    points, runs = len(view.sweep.points), view.sweep.runs
    varied = f"varied: {', '.join(plan.axes)}" if plan.axes else "nothing is varied"
    size = f"{points} point{'s' if points != 1 else ''} of {runs} replication{'s' if runs != 1 else ''}, seed {plan.seed}"
    return tag(
        "header",
        tag("p", "eventflow sweep", class_="kicker"),
        tag("h1", head),
        tag("p", more, class_="more") if more else None,
        tag("ul", *sides, class_="sides plain"),
        tag("p", f"{size}; {varied}", class_="quiet"),
    )


def headline(view: View) -> tuple[str, str]:
    """The verdict in a sentence, and what else must be said at once; first of all that runs are missing."""
    sweep = view.sweep
    if sweep.complete:
        return _said(view)
    done, total = sweep.done, len(sweep.plan.tasks)
    return f"Not finished: {done} of {total} runs are there.", f"So far: {' '.join(_said(view)).strip()}" if done else ""


def section(view: View) -> Html:
    """What a reader must know first, where each objective holds, and the sentences of the sweep."""
    sweep = view.sweep
    words = sweep_words(sweep, view.metrics)
    alone = set(words if sweep.plan.sample else sweep.verdict(view.metrics[0])[1:])
    found = str(view.best) if view.best is not None else leading(sweep, view.metrics[0])
    cards = [_card(sentence) for sentence in [*([found] if found else []), *(one for one in words if one not in alone)]]
    each = [tag("li", _begun(sentence), class_=_kind(sentence)) for sentence in words if sentence in alone]
    title = tag("h3", "What each input does" if sweep.plan.sample else f"Point by point, in {view.metrics[0]}")
    return tag(
        "section",
        tag("h2", "Verdict", id="verdict-title"),
        *(tag("p", note, class_="note") for note in warnings(sweep)),
        _objectives(view),
        tag("ul", *cards, class_="cards") if cards else None,
        title if each else None,
        tag("ul", *each, class_="said") if each else None,
        id="verdict",
        aria_labelledby="verdict-title",
    )


def warnings(sweep: Sweep) -> list[str]:
    """What is missing, what failed and what was damaged."""
    gaps = sorted({task.point.number for task in sweep.plan.tasks if task.key not in sweep.found})
    failed = [task for task in sweep.plan.tasks if task.key in sweep.failures]
    said = []
    if gaps:
        count = len(sweep.plan.tasks) - sweep.done
        which = "every point" if len(gaps) == len(sweep.points) else listed(gaps)
        said.append(
            f"{count} run{'s are' if count != 1 else ' is'} missing, of {which}: not run yet, or failed. Figures of points "
            "without all of theirs are open. The command of the sweep, given again, runs what is missing and says what fails."
        )
    said += [
        f"Failed: {point_name(sweep, task.point)}, replication {task.replication}: {sweep.failures[task.key]}"
        for task in failed[:FAILURES_MAX]
    ]
    if len(failed) > FAILURES_MAX:
        said.append(f"And {len(failed) - FAILURES_MAX} more failed runs.")
    if sweep.damaged:
        files = f"{len(sweep.damaged)} damaged file{'s count' if len(sweep.damaged) != 1 else ' counts'}"
        said.append(f"{files} as absent, the first {sweep.damaged[0]}.")
    return said


def leading(sweep: Sweep, path: str) -> str:
    """Which point has the best mean of a metric: no more than that, as nothing is proven by it; '' where none can be named."""
    numbers = [point.number for point in sweep.points if path in point.paths]
    if sweep.plan.sample or len(numbers) < 2:  # noqa: PLR2004 - one point is no choice
        return ""
    metric, _ = resolve(path, sweep.points[numbers[0]].scenario)
    means = {number: found.mean for number in numbers if math.isfinite((found := sweep.estimate(number, path)).mean)}
    if not means or metric.direction == "neither":
        return ""
    top = (max if metric.direction == "higher" else min)(means.values())
    first = [number for number, mean in means.items() if mean == top]
    who = point_name(sweep, sweep.points[first[0]]) if len(first) == 1 else listed(first)
    verb = "has" if len(first) == 1 else "have"
    most = "highest" if metric.direction == "higher" else "lowest"
    value = format_value(top, metric.unit)
    return f"{who} {verb} the {most} {path} in the mean, {value}: a choice with a guarantee takes --best {path} --within SIZE"


def _said(view: View) -> tuple[str, str]:
    """How many points hold their objectives, or which input matters most; else the first sentence of the sweep."""
    sweep, path = view.sweep, view.metrics[0]
    if sweep.plan.sample:
        return _matters(sweep, path)
    if not view.objectives:
        words = sweep_words(sweep, [path])
        first = words[0] if words else f"{' and '.join(sweep.plan.variants)}: what was measured"
        return f"{_begun(first)}.", "No objective is declared, so there is nothing to pass or to fail."
    outcomes = [{one.outcome for one in verdicts} for verdicts in view.judged]
    good = sum(words <= {"pass"} for words in outcomes)
    bad = sum("fail" in words for words in outcomes)
    parts = [
        f"At {_many(bad)} an objective does not hold." if bad else "",
        f"At {_many(len(outcomes) - good - bad)} it cannot be told yet." if good + bad < len(outcomes) else "",
    ]
    what = view.objectives[0] if len(view.objectives) == 1 else "every objective"
    return f"{good} of {len(outcomes)} points hold{'s' if good == 1 else ''} {what}.", " ".join(part for part in parts if part)


def _many(count: int) -> str:
    return f"{count} point{'s' if count != 1 else ''}"


def _matters(sweep: Sweep, path: str) -> tuple[str, str]:
    """Which input matters most to a metric, of the first variant; or why that cannot be told."""
    try:
        found = sweep.sensitivity(path)
    except SweepError as error:
        return f"What matters to {path} cannot be told.", f"{_begun(str(error))}."
    order = [found.names[at] for at in found.ranked if found.rows[at].matters]
    if not order:
        return f"No input is proven to matter to {path}.", ""
    return f"{order[0]} matters most to {path}.", f"{len(order)} of {len(found.names)} inputs are proven to matter."


def _begun(text: str) -> str:
    """A sentence with a capital, unless it begins with a name."""
    word = text.partition(" ")[0]
    return f"{text[:1].upper()}{text[1:]}" if word in {"point", "points", "no", "not", "and", "variance"} else text


def _card(sentence: str) -> Html:
    """A sentence of the sweep: what it is about in front, its figures below."""
    claim, _, reason = sentence.partition(": ")
    below = tag("p", reason) if reason else None
    return tag("li", tag("strong", _begun(claim)), below, class_="card cost")


def _kind(sentence: str) -> str:
    """A class for what is said: better and worse have a colour besides the word."""
    words = {" is better than ": "better", " is worse than ": "worse"}
    return next((kind for word, kind in words.items() if word in sentence), "plain")


def _objectives(view: View) -> Html | None:
    """At which points each objective holds, does not, or is open."""
    if not view.objectives:
        return None
    rows = []
    for objective in view.objectives:
        found = view.outcomes(objective)
        rows.append([Cell(objective), *(_points(found[outcome], outcome) for outcome, _ in HEADS)])
    columns = [Column("objective"), *(Column(head) for _, head in HEADS)]
    return sortable("Objectives", "Objectives: at which points each of them holds", columns, rows)


def _points(numbers: list[int], outcome: str) -> Cell:
    """How many points, with the sign of what came of them, and which; a dash for none."""
    if not numbers:
        return Cell("-", 0.0, "quiet")
    count = tag("b", f"{SIGNS[outcome]} {len(numbers)}", class_=f"outcome {outcome}")
    return Cell(join([count, " ", tag("span", listed(numbers))]), float(len(numbers)))
