"""What became of the effects of a flow, in a sentence: done twice, done against what the client was told, or never done.

    Effects of pay, in a run (n = 20): done twice: 213 [190, 236] (synchronous), 0 (event-driven); done though the client was
    told it failed: ...; told done though undone: ...; told done, still to come: ...

It says what was counted and claims nothing of who is better; the rows of the table have the differences.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.counts import share
from sim.metrics.spans import measured
from sim.record import fields as f
from sim.stats.figures import format_interval, format_value

if TYPE_CHECKING:
    from sim.results.comparison import Comparison
    from sim.results.result import Result
    from sim.stats.intervals import Estimate

WORDS = {
    "effects_doubled": "done twice",
    "effects_told_failed": "done though the client was told it failed",
    "effects_undone": "told done though undone",
    "effects_pending": "told done, still to come at the end",
}
"""The metrics of effects in the words of the sentence."""


def effects_of(result: Result, flow: str, *, required: bool = False) -> tuple[str, ...]:
    """Return the names of the effects that a flow may have, or must have, as the scenario declares them."""
    network = result.network
    number = [one.name for one in network.flows].index(flow)
    rows = [network.effects[row] for row in network.flow_effects[number]]
    return tuple(network.effect_names[row.effect] for row in rows if row.required or not required)


def applied(result: Result, flow: str, effect: str) -> float:
    """Return for which share of a flow's offered requests an effect came about, over all replications."""
    network = result.network
    first, stop = measured(network)
    number = [one.name for one in network.flows].index(flow)
    (row,) = (row for row in network.flow_effects[number] if network.effect_names[network.effects[row].effect] == effect)
    done = sum(int(record.effects[first:stop, row, f.effects.EFFECT_APPLIED].sum()) for record in result.records)
    return share(done, sum(int(record.flows[first:stop, number, f.flows.FLOW_OFFERED].sum()) for record in result.records))


def effect_paths(a: Result, b: Result, flow: str) -> list[str]:
    """Return the metrics of a flow's effects, for a table; none when neither side declares any."""
    return [f"{flow}.{name}" for name in WORDS] if effects_of(a, flow) or effects_of(b, flow) else []


def effects_sentence(comparison: Comparison) -> str:
    """Return what became of the headline flow's effects on both sides; '' when neither side declares any."""
    flow, labels = comparison.flow, comparison.labels
    declared = [effects_of(side, flow) for side in (comparison.a, comparison.b)]
    if not any(declared):
        return ""
    parts = []
    for name, words in WORDS.items():
        row = comparison.row(f"{flow}.{name}")
        sides = [_figure(side) for side in (row.a, row.b)]
        if sides == ["0", "0"]:
            parts.append(f"{words}: none")
        else:
            parts.append(f"{words}: {', '.join(f'{side} ({label})' for side, label in zip(sides, labels, strict=True))}")
    return f"Effects of {flow}, in a run: {'; '.join(parts)}{_unlike(declared, labels)} (n = {comparison.a.replications})."


def _figure(found: Estimate) -> str:
    """The mean with its interval; in a word that nothing is counted where nothing is declared."""
    if found.missing:
        return "not counted"
    if found.estimable and found.low != found.high:
        return format_interval(found.mean, found.low, found.high, found.unit)
    return format_value(found.mean, found.unit)


def _unlike(declared: list[tuple[str, ...]], labels: tuple[str, str]) -> str:
    """Which effects only one side declares, so that the two do not count the same."""
    one, other = (set(names) for names in declared)
    alone = [(label, sorted(names)) for label, names in zip(labels, (one - other, other - one), strict=True) if names]
    return "".join(f"; declared by {label} only: {', '.join(names)}" for label, names in alone)
