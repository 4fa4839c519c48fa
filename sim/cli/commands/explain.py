"""``eventflow explain``: what a metric, a kind, a key, a value, an outcome or an exit code means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim import shipped
from sim.cli import exits
from sim.cli.explaining import of_key, of_other, of_part, of_value
from sim.cli.output import echo
from sim.scenario.problems import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

PLACE = 7


def command(
    word: Annotated[
        str, typer.Argument(metavar="WORD", help="A metric, kind, outcome, exit code, or a key or value of a scenario.")
    ],
) -> int:
    """Explain a metric (latency.p99), a kind (full_jitter), an outcome (rejected), an exit code (4), a key (queue_max)."""
    found = list(explanations(word)) or list(of_other(word))
    if not found:
        raise typer.BadParameter(f"nothing is called '{word}'; {did_you_mean(word, known(), noun='for example')}")
    echo("\n\n".join(found))
    return 0


def explanations(word: str) -> Iterator[str]:
    """Everything that a word means."""
    from sim.metrics.paths import catalogue
    from sim.record.outcomes import OUTCOME_MEANINGS

    metric = catalogue().find(word)
    if metric is not None:
        yield _metric(metric)
    elif word in catalogue().families:
        family = catalogue().families[word]
        details = ", ".join(f"{word}.{detail}" for detail in family.shown)
        others = ", or any other percentage" if family.others else ""
        yield f"{word}: a family of metrics, in {family.unit}: {details}{others}; each is explained by its name"
    yield from of_part(word)
    yield from of_key(word)
    if word in shipped.stories():
        yield f"{word}: a story\n  {shipped.stories()[word]}\n  its page is README.md beside its scenarios"
    if word in OUTCOME_MEANINGS:
        yield f"{word}: an outcome of a request, an attempt or a delivery: {OUTCOME_MEANINGS[word]}"
    yield from of_value(word)
    if word.isdecimal() and int(word) in exits.MEANINGS:
        yield f"exit code {word}: {exits.MEANINGS[int(word)]}"


def known() -> list[str]:
    """Every word that can be explained."""
    from sim.metrics.paths import metrics
    from sim.record.outcomes import OUTCOME_MEANINGS
    from sim.scenario.manual import parts

    found = [word for part in parts().values() for word in (part.kind or part.words, *(one.key for one in part.settings))]
    values = [value for part in parts().values() for one in part.settings for value in one.values]
    return list(dict.fromkeys([*metrics(), *OUTCOME_MEANINGS, *found, *values]))


def _metric(metric: Any) -> str:
    better = "neither more nor less is better" if metric.direction == "neither" else f"{metric.direction} is better"
    better += "" if metric.named == "neither" else f", {metric.named} where it is named as a gate"
    scopes = ", ".join("the whole system" if scope == "system" else f"a {scope}" for scope in metric.measures)
    return (
        f"{metric.name}: {metric.label}\n  {metric.meaning}\n  unit {metric.unit}; {better}; measured of: {scopes}\n"
        f"  an infinite value means: {metric.infinite}; no value means: {metric.missing}"
    )
