"""Whose folder it is: a sweep goes on in its own, and does not take another one's without being told to.

    plan in the folder   plan asked for
    points A B           A B C, more replications     every run that was asked for still is: goes on, and finds them
    points A B           A C, or another seed         refused, with what differs; --replan takes the folder all the same

Runs are stored under what they depend on, so those that both plans have are found, and those that only the former had stay
as files that the folder's plan no longer names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.scenario.problems import ScenarioError
from sim.sweeps.errors import SweepError
from sim.sweeps.plan import plan_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from sim.scenario.scenario import Scenario
    from sim.sweeps.plan import Plan
    from sim.sweeps.store import Store

NAMED_MAX = 3
REMEDY = "or write --replan to make this sweep of it (runs that both have are used, the others stay as files)"


def settle_plan(store: Store, made: Plan, *, replan: bool | None = None) -> None:
    """Write a sweep's plan into its folder; ``replan``: whatever it holds; None: that cannot be asked for.

    Raises `SweepError` when the folder holds a sweep of which runs would be asked for no longer, unless it is to be planned
    anew; and when the disk refuses.
    """
    data = made.to_dict()
    there = None if replan else store.plan_there()
    if there is not None and there != data:
        held = _as_of_now(there)
        if held is not None and not {task.key for task in held.tasks} <= {task.key for task in made.tasks}:
            remedy = "" if replan is None else f", {REMEDY}"
            why = "; ".join(differences(held, made))
            raise SweepError(f"{store.folder} holds another sweep: {why}; choose another folder by --out{remedy}")
    store.save_plan(data)


def differences(held: Plan, made: Plan) -> list[str]:
    """Return what is in the way of going on with one plan by another, in words, what explains most first."""
    found = []
    if held.seed != made.seed:
        found.append(f"its seed is {held.seed}, not {made.seed}")
    if set(held.scenarios) - set(made.scenarios):
        found.append(f"its scenarios are {_listed(list(held.scenarios))}, not {_listed(list(made.scenarios))}")
    both = [name for name in held.scenarios if name in made.scenarios]
    changed = [name for name in both if _settings(held.scenarios[name]) != _settings(made.scenarios[name])]
    found += [f"its scenario '{name}' has other settings" for name in changed]
    if held.axes != made.axes:
        found.append(f"it varies {_listed(held.axes)}, not {_listed(made.axes)}")
    if held.runs > made.runs:
        found.append(f"it has {held.runs} replications, not {made.runs}")
    kept = {(point.variant, point.settings): set(point.paths) for point in made.points}
    here = [(point, kept.get((point.variant, point.settings), set())) for point in held.points]
    if any(paths and paths != set(point.paths) for point, paths in here):
        found.append("other metrics are kept of its runs (--metrics, objectives)")
    gone = [point.label for point, paths in here if not paths]
    if gone and not found:
        found.append(f"{len(gone)} of its {len(held.points)} points are not asked for: {_listed(gone, '; ')}")
    return found


def _as_of_now(data: Mapping[str, Any]) -> Plan | None:
    """A stored plan, as this version would make it; None when it cannot: then its runs are of no use here either."""
    try:
        return plan_of(data, same_metrics=False)
    except (SweepError, ScenarioError, AttributeError, LookupError, TypeError, ValueError):
        return None


def _settings(scenario: Scenario) -> dict[str, Any]:
    """What the runs of a scenario depend on, besides seed and replication."""
    data = scenario.resolved()
    data["run"] = {key: value for key, value in data["run"].items() if key not in {"replications", "seed"}}
    return {key: value for key, value in data.items() if key not in {"title", "objectives", "sweep"}}


def _listed(names: Sequence[str], comma: str = ", ") -> str:
    more = f" and {len(names) - NAMED_MAX} more" if len(names) > NAMED_MAX else ""
    return (comma.join(names[:NAMED_MAX]) or "nothing") + more
