"""``eventflow explain``: what a metric, a kind, an outcome or an exit code means."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim import shipped
from sim.cli import exits
from sim.cli.commands.list_ import FAMILIES, kinds
from sim.cli.output import echo
from sim.scenario.problems import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

PLACE = 7
NOUNS = {
    "distributions": "distribution",
    "arrivals": "kind of arrivals",
    "retries": "retry policy",
    "balances": "balancing policy",
    "autoscalers": "autoscaler",
    "disciplines": "discipline",
    "contention": "kind of contention",
    "limits": "concurrency limit",
    "shedding": "kind of shedding",
    "guards": "guard",
    "brokers": "broker",
    "faults": "fault",
}


def command(
    word: Annotated[str, typer.Argument(metavar="WORD", help="A metric, kind, outcome, exit code, or key of a scenario.")],
) -> int:
    """Explain a metric (latency.p99), a kind (full_jitter), an outcome (rejected), an exit code (4), a key (queue_max)."""
    found = list(explanations(word))
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
        yield f"{word}: a family of metrics, in {family.unit}: {details}, or any other percentage"
    for family_name in FAMILIES:
        for kind, cls in kinds(family_name).items():
            if kind == word:
                yield _kind(NOUNS[family_name], kind, cls)
    if word in shipped.stories():
        yield f"{word}: a story\n  {shipped.stories()[word]}\n  its page is README.md beside its scenarios"
    if word in OUTCOME_MEANINGS:
        yield f"{word}: an outcome of a request, an attempt or a delivery: {OUTCOME_MEANINGS[word]}"
    if word.isdecimal() and int(word) in exits.MEANINGS:
        yield f"exit code {word}: {exits.MEANINGS[int(word)]}"
    yield from _keys(word)


def known() -> list[str]:
    """Every word that can be explained."""
    from sim.metrics.paths import metrics
    from sim.record.outcomes import OUTCOME_MEANINGS

    of_kinds = [kind for family in FAMILIES for kind in kinds(family)]
    keys = [key for _, cls in _models() for key in _fields(cls)]
    return list(dict.fromkeys([*metrics(), *of_kinds, *OUTCOME_MEANINGS, *keys]))


def _metric(metric: Any) -> str:
    better = "neither more nor less is better" if metric.direction == "neither" else f"{metric.direction} is better"
    scopes = ", ".join("the whole system" if scope == "system" else f"a {scope}" for scope in metric.measures)
    return (
        f"{metric.name}: {metric.label}\n  {metric.meaning}\n  unit {metric.unit}; {better}; measured of: {scopes}\n"
        f"  an infinite value means: {metric.infinite}; no value means: {metric.missing}"
    )


def _kind(noun: str, kind: str, cls: Any) -> str:
    lines = [f"{kind}: a {noun}", f"  {(inspect.getdoc(cls) or '').strip()}"]
    lines += [f"  {key}: {text}" for key, text in _fields(cls).items() if key != "kind"]
    return "\n".join(lines)


def _fields(cls: Any) -> dict[str, str]:
    """Keys of a model with their descriptions, spelt as files spell them."""
    return {field.alias or name: field.description or "" for name, field in cls.model_fields.items()}


def _models() -> list[tuple[str, Any]]:
    """The parts of a scenario that have keys, with what they are called."""
    from sim import scenario
    from sim.brokers.log import OnFailure, Topic
    from sim.brokers.queue import DeadLetter, Queue
    from sim.scenario.steps import Publish
    from sim.scenario.subscriptions import reader_kinds

    names = ("Scenario", "NetworkSettings", "Service", "Call", "Effect", "Flow", "Run")
    titles = ("a scenario", "network", "a service", "a call", "an effect", "a flow", "run")
    found = [(title, getattr(scenario, name)) for title, name in zip(titles, names, strict=True)]
    readers = [(f"a subscription to a {kind}", cls) for kind, cls in sorted(reader_kinds().items(), reverse=True)]
    queues = [("a queue", Queue), ("dead letters", DeadLetter), ("a topic", Topic), ("on_failure", OnFailure)]
    return [*found, ("a publish", Publish), *readers, *queues]


def _keys(word: str) -> Iterator[str]:
    for title, cls in _models():
        text = _fields(cls).get(word)
        if text is not None:
            yield f"{word}: a key of {title}\n  {text}"
