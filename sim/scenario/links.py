"""Links: what calls cross between a caller and a service, and the faults that strike it.

    link: shop -> payment                       the calls of shop to payment, and their answers
    link: shop -> payment.charge                only those to one operation
    link: orders -> shop                        those of a flow's clients
    between: [{zone: a}, {zone: b}]             all calls between replicas of two places, whoever calls whom

A *direction* is that of what crosses: ``to`` the callee (of ``between``: to its second place), ``from`` it, or ``both``.
"""

from __future__ import annotations

from abc import ABC
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from sim.faults.effects import Disturbed, Effect
from sim.scenario.kinds import Change
from sim.scenario.model import described
from sim.scenario.problems import Problem, did_you_mean, field_path
from sim.scenario.targets import LINK, OF_REPLICAS, Target, zones_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sim.scenario.problems import Location
    from sim.scenario.scenario import Scenario

ARROW = " -> "
_NAME = r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}"
LINK_PATTERN = rf"^{_NAME} -> {_NAME}(\.{_NAME})?$"
LinkName = Annotated[str, StringConstraints(pattern=LINK_PATTERN), described("link", LINK_PATTERN, "checkout -> payment")]
"""``caller -> service``, or ``caller -> service.operation``; the caller is a service or a flow."""

TO = 1
FROM = 2
BOTH = TO | FROM
"""Directions that a fault strikes, as bits."""

FIRST = 1
SECOND = 2
"""Sides on which a replica stands, as bits."""

LATENCY, LOSS, DUPLICATE, BANDWIDTH, CUT = range(5)
"""What a fault does to what crosses a link."""

Direction = Literal["both", "to", "from"]
DIRECTIONS = {"both": BOTH, "to": TO, "from": FROM}


class LinkChange(Change, ABC):
    """A change of what crosses links: base of the kinds of faults that strike them."""

    strikes: ClassVar[tuple[str, ...]] = (LINK,)
    together: ClassVar[bool] = True
    does: ClassVar[int]
    """`LATENCY`, `LOSS`, `DUPLICATE`, `BANDWIDTH` or `CUT`."""
    direction: Direction = Field(
        default="both",
        description="What it strikes: requests on their way 'to' the callee, answers on their way 'from' it, or 'both'.",
    )

    def effects(self) -> tuple[Effect, ...]:
        """Return the one effect: the link is disturbed for the whole window."""
        return (Disturbed(self.at, self.end),)

    def sides(self, scenario: Scenario) -> dict[tuple[str, int], int] | None:
        """Return on which sides each replica stands (`FIRST`, `SECOND`), by service and place; None: as a link says."""
        del scenario
        return None


class LinkFault(LinkChange):
    """A change of one link: base of those that say ``link:``."""

    at_key: ClassVar[str] = "link"
    link: LinkName = Field(description="Whose calls: 'caller -> service', or 'caller -> service.operation'.")

    @property
    def aim(self) -> str:
        """The link."""
        return self.link


def link_faults(scenario: Scenario) -> dict[str, LinkChange]:
    """Return the faults that strike links, by name, in the order of their declaration."""
    return {name: fault for name, fault in scenario.faults.items() if isinstance(fault, LinkChange)}


def strikes_callee(fault: LinkChange, operation: str) -> bool:
    """Return whether a fault may strike calls of an operation, given as service.operation."""
    if not isinstance(fault, LinkFault):
        return True
    callee = fault.link.partition(ARROW)[2]
    return operation == callee if "." in callee else operation.partition(".")[0] == callee


def strikes_call(fault: LinkChange, caller: str, operation: str) -> bool:
    """Return whether a fault may strike the calls of a caller (an operation, or a flow) of an operation."""
    name, _, inside = caller.partition(".")
    if not isinstance(fault, LinkFault):
        return inside != ""  # clients of flows stand nowhere
    return fault.link.partition(ARROW)[0] == name and strikes_callee(fault, operation)


def places_of(scenario: Scenario, target: Target) -> set[tuple[str, int]]:
    """Return the replicas, by service and place, that a target means."""
    found = set()
    for name, service in scenario.services.items():
        if target.service in {None, name} and (target.labels or {}).items() <= (service.labels or {}).items():
            zones = zones_of(scenario, service)
            found |= {(name, place) for place, zone in enumerate(zones) if target.zone in {None, zone}}
    return found


def check_links(scenario: Scenario) -> Iterator[Problem]:
    """Yield what is wrong with the links that faults strike."""
    for name, fault in link_faults(scenario).items():
        loc: Location = ("faults", name, fault.at_key)
        if isinstance(fault, LinkFault):
            yield from _ends(scenario, fault.link, loc)
            continue
        found = list(_places(scenario, getattr(fault, "between", ()), loc))
        if found:
            yield from found
            continue
        sides = fault.sides(scenario) or {}
        for number, bit in enumerate((1, SECOND)):
            if not any(one & bit for one in sides.values()):
                yield _problem((*loc, number), "no replica stands there; name a zone, a service or labels that have some")


def _places(scenario: Scenario, between: tuple[Target, ...], loc: Location) -> Iterator[Problem]:
    """Yield where a place is none of replicas, or has a name that leads nowhere."""
    for number, place in enumerate(between):
        at: Location = (*loc, number)
        other = [key for key in place.keys if key not in OF_REPLICAS]
        if other:
            yield _problem(at, f"a {other[0]} stands in no place; write one of: {', '.join(OF_REPLICAS)}")
        if place.service is not None and place.service not in scenario.services:
            remedy = _did(place.service, scenario.services, "services")
            yield _problem((*at, "service"), f"unknown service '{place.service}'; {remedy}")
        if place.zone is not None and place.zone not in scenario.zones:
            yield _problem((*at, "zone"), f"unknown zone '{place.zone}'; {_did(place.zone, scenario.zones, 'zones')}")


def _did(name: str, known: Iterable[str], noun: str) -> str:
    return did_you_mean(name, list(known), noun=noun)


def _ends(scenario: Scenario, link: str, loc: Location) -> Iterator[Problem]:
    caller, _, callee = link.partition(ARROW)
    callers = [*scenario.services, *scenario.workload]
    if caller not in callers:
        yield _problem(loc, f"no service or flow '{caller}' that calls; {did_you_mean(caller, callers, noun='callers')}")
    service, _, operation = callee.partition(".")
    if service not in scenario.services:
        yield _problem(loc, f"unknown service '{service}'; {did_you_mean(service, scenario.services, noun='services')}")
    elif operation and operation not in scenario.services[service].operations:
        known = scenario.services[service].operations
        yield _problem(loc, f"'{service}' has no operation '{operation}'; {did_you_mean(operation, known, noun='operations')}")


def _problem(loc: Location, message: str) -> Problem:
    return Problem(field=field_path(loc), message=message, loc=loc)
