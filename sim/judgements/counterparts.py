"""Which run is held against which: those of one scenario, cells of one row of a matrix, points of one setting of a sweep.

    now: slow-payment: shop-sync, shop-events        baseline: slow-payment: shop-sync, shop-events      -->  pairs
         late-payment: ...                                     none                                      -->  doubt
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sim.judgements.gating import BaselineError, gating_in_matrix, told_in
from sim.loaded import Saved, notes_of
from sim.results.comparison import Comparison
from sim.results.matrix import NONE, Matrix
from sim.results.result import Result
from sim.scenario.units import format_duration
from sim.sweeps.axes import meaning_of
from sim.sweeps.result import Sweep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.scenario.scenario import Scenario
    from sim.sweeps.plan import Point

SAME = "every record is the baseline's, to the bit"


@dataclass(frozen=True)
class Pair:
    """Two runs of the same thing: what `_Item`s are made of; ``gate``: the metrics that gate where none are named."""

    where: str
    before: Result | tuple[Sweep, int]
    now: Result | tuple[Sweep, int]
    gate: tuple[str, ...] = ()


def check_kinds(baseline: Saved, now: str) -> None:
    """Raise `BaselineError` when ``now``, ``a run``, ``a matrix`` or the like, cannot be held against a baseline."""
    if _kind(baseline) != now and not {_kind(baseline), now} <= {"a run", "a comparison"}:
        raise BaselineError(f"the baseline holds {_kind(baseline)}, this is {now}; save one like it as a baseline")


def pairs_of(now: Saved, baseline: Saved) -> tuple[list[Pair], list[str], list[str]]:
    """What of now is held against what of the baseline, notes, and what has nothing to be held against."""
    notes = [f"the baseline: {note}" for note in notes_of(baseline)]
    check_kinds(baseline, _kind(now))
    if isinstance(now, Sweep) and isinstance(baseline, Sweep):
        pairs, left_out = _points(now, baseline)
        return pairs, [*notes, *_of_sweeps(pairs, now, baseline)], left_out
    if isinstance(now, Matrix) and isinstance(baseline, Matrix):
        pairs, found, left_out = _cells(now, baseline)
        return pairs, [*notes, *found], left_out
    pairs, found, left_out = _matched(_sides(baseline), _sides(now))
    return pairs, [*notes, *found], left_out


def _cells(now: Matrix, baseline: Matrix) -> tuple[list[Pair], list[str], list[str]]:
    """The cells of rows that both have, but those of a fault that has no target there; where none differs one note says so."""
    pairs, notes, left_out = list[Pair](), list[str](), list[str]()
    for row in now.row_names:
        if row not in baseline.row_names:
            left_out.append(f"the baseline has no row '{row}'")
            continue
        found, more, missing = _matched(baseline.row(row), now.row(row))
        name = row or NONE
        for one in found:
            sides: list[Result] = [one.before, one.now]  # type: ignore[list-item]
            if row and not any(row in side.scenario.faults for side in sides):
                continue
            gate = told_in(sides, gating_in_matrix(sides[1].scenario))
            pairs.append(replace(one, where=f"{name}, {one.where or sides[1].name}", gate=gate))
        notes += [f"{name}, {note}" for note in more]
        left_out += [f"{name}: {text}" for text in missing]
    left_out += [f"the row '{row}' is in the baseline only" for row in baseline.row_names if row not in now.row_names]
    return pairs, [SAME] if all(note.endswith(SAME) for note in notes) else notes, left_out


def _matched(old: Sequence[Result], new: Sequence[Result]) -> tuple[list[Pair], list[str], list[str]]:
    """Results of the same scenarios, notes, and what has nothing to be held against."""
    notes = list[str]()
    found = {one.name: one for one in old}
    if len(new) == len(old) == 1 or (len(old) == len(new) and len({one.name for one in new}) < len(new)):
        matched = list(zip(old, new, strict=True))
    else:
        matched = [(found[one.name], one) for one in new if one.name in found]
    if not matched:
        raise BaselineError(
            f"the baseline is of {' and '.join(sorted(found))}, this is of {' and '.join(one.name for one in new)}; "
            "they have no scenario in common"
        )
    held = {id(one) for pair in matched for one in pair}
    left_out = [f"the baseline has no {one.name}" for one in new if id(one) not in held]
    left_out += [f"{one.name} is in the baseline only" for one in old if id(one) not in held]
    for one, other in matched:
        notes += _differing(one, other)
    return [Pair(other.name if len(new) > 1 else "", one, other) for one, other in matched], notes, left_out


def _sides(given: Saved) -> list[Result]:
    if isinstance(given, Comparison):
        return [given.a, given.b]
    return [given] if isinstance(given, Result) else []


def _kind(given: Saved) -> str:
    kinds = {Comparison: "a comparison", Matrix: "a matrix", Sweep: "a sweep"}
    return next((name for kind, name in kinds.items() if isinstance(given, kind)), "a run")


def _points(now: Sweep, baseline: Sweep) -> tuple[list[Pair], list[str]]:
    """Points with equal settings, by variant where there are several; and of which side some have no counterpart."""
    named = len(now.plan.variants) > 1 or len(baseline.plan.variants) > 1

    def key(point: Point) -> tuple[object, ...]:
        return (point.variant if named else "", *((path, meaning_of(value)) for path, value in point.settings))

    keys = {key(one): one.number for one in baseline.points}
    found = []
    for point in now.points:
        at = keys.get(key(point))
        if at is not None:
            where = f"{point.variant}, {point.label}" if named else point.label
            found.append(Pair(where, (baseline, at), (now, point.number)))
    if not found:
        raise BaselineError("the sweep and its baseline have no point in common; save a sweep over the same values")
    left_out = [f"the baseline has {len(found)} of the {len(now.points)} points"] if len(found) < len(now.points) else []
    if len(found) < len(baseline.points):
        left_out.append(f"this sweep has {len(found)} of the {len(baseline.points)} points of the baseline")
    return found, left_out


def _of_sweeps(pairs: Sequence[Pair], now: Sweep, baseline: Sweep) -> list[str]:
    """What differs between two sweeps besides what is being judged; of the settings, at the first point that both have."""
    notes = []
    for name, sweep in (("the baseline", baseline), ("this sweep", now)):
        if not sweep.complete:
            notes.append(f"{name} is not complete")
        if sweep.damaged:
            files = "1 damaged file" if len(sweep.damaged) == 1 else f"{len(sweep.damaged)} damaged files"
            notes.append(f"{files} of {name}, not counted: {sweep.damaged[0]}{' and others' if len(sweep.damaged) > 1 else ''}")
    if now.plan.seed != baseline.plan.seed:
        notes.append(f"the baseline has seed {baseline.plan.seed}, this {now.plan.seed}: independent samples")
    first = {_variant(pair.now): pair for pair in reversed(pairs)}
    several = len(now.plan.variants) > 1
    for variant in filter(first.__contains__, now.plan.variants):
        one, other = scenario_of(first[variant].before), scenario_of(first[variant].now)
        notes += _of_scenarios(variant if several else other.name, one, other)
    return notes


def _variant(given: Result | tuple[Sweep, int]) -> str:
    return given.name if isinstance(given, Result) else given[0].points[given[1]].variant


def _differing(before: Result, now: Result) -> list[str]:
    """What differs besides what is being judged."""
    if before.fingerprint() == now.fingerprint():
        return [f"{now.name}: {SAME}"]
    notes = []
    if before.seed != now.seed:
        notes.append(f"{now.name}: the baseline has seed {before.seed}, this {now.seed}: independent samples")
    elif before.replications != now.replications and _same_question(before, now):
        least = min(before.replications, now.replications)
        counts = f"{before.replications} replications then, {now.replications} now"
        paired = "the first of each is a pair" if least == 1 else f"the first {least} are paired"
        notes.append(f"{now.name}: {counts}: {paired}")
    notes += _of_scenarios(now.name, before.scenario, now.scenario)
    if before.engine != now.engine:
        notes.append(f"{now.name}: the baseline was run by the {before.engine} engine, this by the {now.engine} one")
    return notes


def _of_scenarios(name: str, one: Scenario, other: Scenario) -> list[str]:
    """What differs in the settings that a question consists of."""
    notes = []
    for what in ("horizon", "warmup", "window"):
        then, here = getattr(one.run, what), getattr(other.run, what)
        if then != here:
            times = f"{format_duration(then)} then, {format_duration(here)} now"
            notes.append(f"{name}: {what} {times}: independent samples, and not of the same question")
    if one.name != other.name:
        notes.append(f"the baseline is of {one.name}, this of {other.name}")
    if one.resolved()["workload"] != other.resolved()["workload"]:
        notes.append(f"{name}: the workload is not the baseline's")
    if one.resolved()["faults"] != other.resolved()["faults"]:
        notes.append(f"{name}: the faults are not the baseline's")
    return notes


def _same_question(before: Result, now: Result) -> bool:
    """Whether replications may be paired: the same horizon, warm-up and windows."""
    one, other = before.scenario.run, now.scenario.run
    return (one.horizon, one.warmup, one.window) == (other.horizon, other.warmup, other.window)


def scenario_of(given: Result | tuple[Sweep, int]) -> Scenario:
    """Return the scenario of a result, or of a point."""
    return given.scenario if isinstance(given, Result) else given[0].points[given[1]].scenario
