"""Links: sites whose calls cross more than a delay have a crossing; a fault has a row for each operation that it may strike.

    latency of shop -> payment    Disturbance (payment.charge)   <---  crossing of the site shop.buy -> payment.charge
    partition of zones a, b       Disturbance (every operation)  <---  crossings of all sites but those of clients
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.draws import share_to_threshold
from sim.network.link_rows import Crossing, Disturbance, Link
from sim.network.lower.faults import any_of, composed, numbered
from sim.network.schedule import LINK_DISTURBED
from sim.scenario.links import (
    ARROW,
    BANDWIDTH,
    DIRECTIONS,
    DUPLICATE,
    LATENCY,
    LOSS,
    link_faults,
    strikes_call,
    strikes_callee,
)
from sim.scenario.targets import LINK
from sim.scenario.units import DURATION_NS_MAX

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sim.network.compiler import Compiler
    from sim.network.lower.faults import Strikes
    from sim.network.model import Service
    from sim.scenario.scenario import Scenario
    from sim.scenario.steps import Call

SECOND_NS = 10**9


def lower_disturbances(compiler: Compiler) -> None:
    """Append a row for each fault of links and each operation that it may strike; sites refer to them."""
    sides: dict[str, int] = {}
    for fault, operation in _pairs(compiler.scenario):
        settings: Any = compiler.scenario.faults[fault]
        if fault not in sides:
            sides[fault] = _sides(compiler, settings)
        compiler.disturbed[fault, operation] = len(compiler.disturbances)
        compiler.disturbances.append(
            Disturbance(
                name=f"{fault}: {operation}",
                does=settings.does,
                directions=DIRECTIONS[settings.direction],
                share=share_to_threshold(settings.share) if settings.does in {LOSS, DUPLICATE} else 0,
                delay=compiler.distribution(settings.add) if settings.does == LATENCY else -1,
                request_stream=compiler.stream(f"fault {fault}:{operation}:request"),
                answer_stream=compiler.stream(f"fault {fault}:{operation}:answer"),
                sides=sides[fault],
            )
        )


def lower_crossing(call: Call, compiler: Compiler, caller: str) -> int:
    """Return the number of how a call crosses its link, a new row; -1 where that takes its hop and nothing more."""
    network = compiler.scenario.network
    between = network.between_zones if call.hop is None and "." in caller else None
    sizes = call.size or 0, call.answer_size or 0
    faults = {name: one for name, one in link_faults(compiler.scenario).items() if strikes_call(one, caller, call.call)}
    bounded = network.bandwidth is not None and any(sizes)
    if not (faults or bounded or between):
        return -1
    rates: list[int | None] = [getattr(one, "rate", None) if one.does == BANDWIDTH else None for one in faults.values()]
    name = caller.partition(".")[0] + ARROW + call.call.partition(".")[0]
    compiler.crossings.append(
        Crossing(
            link=compiler.links.setdefault(name, len(compiler.links)),
            between=-1 if between is None else compiler.distribution(between),
            disturbances=tuple(compiler.disturbed[fault, call.call] for fault in faults),
            request_takes=_takes(sizes[0], network.bandwidth),
            answer_takes=_takes(sizes[1], network.bandwidth),
            requests_take=tuple(_takes(sizes[0], rate) for rate in rates),
            answers_take=tuple(_takes(sizes[1], rate) for rate in rates),
        )
    )
    return len(compiler.crossings) - 1


def link_rows(compiler: Compiler) -> tuple[Link, ...]:
    """Return the rows of all links that are more than a delay."""
    return tuple(Link(name, compiler.service_numbers[name.partition(ARROW)[2]]) for name in compiler.links)


def _takes(size: int, rate: int | None) -> int:
    """Ns that so many bytes take at so many a second, rounded up; 0 without a bound."""
    return 0 if rate is None else min(-(-size * SECOND_NS // rate), DURATION_NS_MAX)


def _sides(compiler: Compiler, fault: Any) -> int:
    """Address of the table of sides by replica; -1 without one."""
    by_place = fault.sides(compiler.scenario)
    if by_place is None:
        return -1
    services = compiler.scenario.services.items()
    return compiler.table([by_place.get((name, place), 0) for name, one in services for place in range(one.places)])


def _pairs(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Faults of links, each with the operations that it may strike, in the order of their rows."""
    operations = [f"{name}.{operation}" for name, service in scenario.services.items() for operation in service.operations]
    for fault, one in link_faults(scenario).items():
        yield from ((fault, operation) for operation in operations if strikes_callee(one, operation))


@numbered(LINK)
def _disturbances(scenario: Scenario, _services: Sequence[Service]) -> Strikes:
    found: dict[str, list[tuple[int, str]]] = {name: [] for name in scenario.faults}
    for number, (fault, operation) in enumerate(_pairs(scenario)):
        found[fault].append((number, operation))
    return lambda name, _: found[name]


@composed("disturbed", any_of, of=LINK)
def _disturbed(values: Iterable[tuple[int, object]]) -> Iterator[tuple[int, int, int]]:
    for at, how in values:
        yield at, LINK_DISTURBED, int(how is not None)
