"""Why: what broke first, when, and in which order it spread; each moment is a button that takes the replay there.

    synchronous    0:00 --- slow-payment begins --- 1. paymentservice --> 2. frontend --> 3. checkoutservice --- ends
    event-driven   no service gets into breach
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.metrics.breach import ATTEMPTS_MIN, IN_A_ROW, SHARE
from sim.metrics.recovery import WITHOUT_FAULT
from sim.report.figures_text import value_cell
from sim.report.html.elements import Html, join, name_of, swatch, tag
from sim.report.html.strips import clock, fault_windows
from sim.report.html.verdict import estimate_of
from sim.stats.figures import format_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sim.report.html.folder import Folder

DEED = 1e-8
"""Seconds: a fault that is no longer has no end worth a word."""
STEPS_MAX = 12
"""How many services of a cascade are listed; the table of services has all."""


def section(folder: Folder) -> Html:
    """What struck, what gave way and in which order, and when it was over."""
    replay = folder.replay
    parts: list[Html | None] = [tag("h2", "Why", id="why-title")]
    if replay is None:
        said = "This folder has no replay.json, which says what broke when; run it again to have one."
        parts.append(tag("p", said, class_="note"))
        return tag("section", *parts, id="why", aria_labelledby="why-title")
    sides = replay["sides"]
    parts.append(_faults(fault_windows(sides)))
    chains = [_chain(side, run, number) for number, (side, run) in enumerate(zip(sides, folder.runs, strict=True))]
    parts.append(tag("div", *chains, class_="chains"))
    parts.append(
        tag(
            "p",
            f"In breach: more than {format_value(SHARE, 'share')} of at least {ATTEMPTS_MIN} attempts at a service in a window "
            f"failed, in {IN_A_ROW} windows in a row. Times are the median over the replications in which it happened.",
            class_="notes",
        )
    )
    return tag("section", *parts, id="why", aria_labelledby="why-title")


def moment(seconds: float, said: str) -> Html:
    """A button that takes the replay to a time."""
    label = f"{clock(seconds)}: show {said} in the replay"
    return tag(
        "button", clock(seconds), type="button", class_="moment", data_second=repr(float(seconds)), aria_label=label
    )


def _faults(faults: Sequence[Mapping[str, Any]]) -> Html:
    """What was done to the system."""
    if not faults:
        return tag("p", "No fault was injected: everything below is load alone.")
    items = [
        tag(
            "li",
            moment(one["begin_s"], f"{one['name']} begins"),
            " ",
            tag("strong", name_of(one["name"])),
            f": {one['kind']} of ",
            name_of(one["target"]),
            *_until(one),
        )
        for one in faults
    ]
    return join([tag("h3", "What was done"), tag("ul", *items, class_="faults")])


def _until(fault: Mapping[str, Any]) -> tuple[Html | str, ...]:
    """How long a fault lasts, unless it is a deed at a time."""
    length = fault["end_s"] - fault["begin_s"]
    if length < DEED:
        return ()
    return f" for {format_value(length, 's')}, over at ", moment(fault["end_s"], f"{fault['name']} ends")


def _chain(side: Mapping[str, Any], run: Mapping[str, Any], number: int) -> Html:
    """The services of a side in the order in which they gave way."""
    head = tag("h3", swatch(number), f"What gave way: {side['label']}")
    breaches = side["breaches"]
    if side.get("untold"):
        said = tag("b", "It cannot be told which services get into breach", class_="outcome unsure")
        body = tag("p", said, f": {side['untold']}.")
    elif not breaches:
        body = tag("p", tag("b", "No service gets into breach", class_="outcome pass"), ".")
    else:
        steps = [_step(side, at, run["replications"]) for at in range(min(len(breaches), STEPS_MAX))]
        more = len(breaches) - STEPS_MAX
        body = join([
            tag("ol", *steps, class_="spread"),
            tag("p", f"and {more} more; the table of services has them all") if more > 0 else None,
        ])
    return tag("div", head, body, _over(run), class_="chain")


def _step(side: Mapping[str, Any], at: int, replications: int) -> Html:
    """One service: when, in how many replications, whether a fault struck it, and what it needs that broke before."""
    one = side["breaches"][at]
    seconds = float(one["seconds"])
    struck = [
        str(fault["name"])
        for fault in side["faults"]
        if fault["target"] == one["service"] and fault["begin_s"] <= seconds + 1e-9 and seconds <= fault["end_s"]
    ]
    reason: list[str | Html] = []
    if struck:
        reason = ["struck by ", name_of(struck[0])]
    elif way := _way_to_broken(side, at):
        broken = {str(other["service"]): float(other["seconds"]) for other in side["breaches"][:at]}
        reason = ["calls ", name_of(way[0])]
        for name in way[1:]:
            reason += [", which calls ", name_of(name)]
        reason += [f", in breach {format_value(seconds - broken[way[-1]], 's')} before"]
    count = f"in {one['replications']} of {replications} replications"
    times = [float(other["seconds"]) for other in side["breaches"]]
    before = at
    while before and times[before - 1] == seconds:
        before -= 1
    if before < at or times[at + 1 : at + 2] == [seconds]:
        count += "; in the same window as others, so who was first is not known"
    return tag(
        "li",
        tag("span", str(before + 1), class_="rank", aria_hidden="true"),
        moment(seconds, f"{one['service']} in breach"),
        " ",
        tag("strong", name_of(str(one["service"]))),
        tag("span", *reason, ", " if reason else None, count, class_="quiet"),
    )


def _way_to_broken(side: Mapping[str, Any], at: int) -> list[str]:
    """The shortest way of calls from a service of a cascade to one that was in breach before it; [] when there is none."""
    one = side["breaches"][at]
    broken = {str(other["service"]) for other in side["breaches"][:at] if other["seconds"] < one["seconds"]}
    names = {node["id"]: str(node["name"]) for node in side["nodes"]}
    calls: dict[str, list[str]] = {}
    for link in side["links"]:
        if link["kind"] == "call" and link["from"].startswith("s"):
            calls.setdefault(names[link["from"]], []).append(names[link["to"]])
    ways: list[list[str]] = [[]]
    seen = {str(one["service"])}
    for way in ways:
        for name in calls.get(way[-1] if way else str(one["service"]), ()):
            if name in broken:
                return [*way, name]
            if name not in seen:
                seen.add(name)
                ways.append([*way, name])
    return []


def _over(run: Mapping[str, Any]) -> Html | None:
    """When all was as before, as the metric says."""
    rows = {row["path"]: row for row in run["summary"]}
    row = rows.get("time_to_recover")
    if row is None:
        return None
    found = estimate_of(row)
    if found.n == found.missing:
        unseen = WITHOUT_FAULT not in found.note
        return tag("p", tag("b", "All as before: "), found.note, class_="over") if unseen else None
    shown = value_cell(found)
    text = f"{shown} after the end of the fault"
    if shown == "no end":
        text = f"not seen before the end, or before the next fault ({found.note})"
    return tag("p", tag("b", "All as before: "), text, class_="over")
