"""Links of generated scenarios: zones that are far apart, bandwidths, sizes, and all faults that strike links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.conformance.generate_faults import times

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conformance.generate import Generator


def add_links(generator: Generator, whole: dict[str, Any], horizon: int) -> None:
    """Some faults of links, some calls with sizes, a network that is narrow, and far between zones."""
    calls = list(calls_of(whole))
    links = sorted({f"{caller} -> {step['call'].partition('.')[0]}" for caller, step in calls})
    links += [f"{name} -> {flow['operation'].partition('.')[0]}" for name, flow in whole["workload"].items()]
    network = whole.setdefault("network", {})
    if "zones" not in whole:
        whole["zones"] = ["a", "b"]
        for service in whole["services"].values():
            service["zones"] = generator.pick(["spread", ["a"], ["b"]])
    if generator.chance(60):
        network["between_zones"] = generator.ms(1, 4)
    if generator.chance(60):
        network["bandwidth"] = generator.pick(["1kB/s", "100B/s", "1MB/s"])
    for _, step in calls:
        if generator.chance(60):
            step["size"], step["answer_size"] = generator.pick(["1B", "4B", "1kB"]), generator.pick(["1B", "2B"])
    for number in range(generator.pick([1, 2, 3, 4])):
        kind = generator.pick([latency, latency, loss, loss, duplicate, duplicate, bandwidth, partition])
        whole["faults"][f"link-{number}"] = {**kind(generator, links), **times(generator, horizon)}


def latency(generator: Generator, links: list[str]) -> dict[str, Any]:
    """A longer way."""
    add = generator.pick([generator.ms(1, 9), {"kind": "exponential", "mean": "2ms"}])
    return {"kind": "latency", "link": generator.pick(links), "add": add, **direction(generator)}


def loss(generator: Generator, links: list[str]) -> dict[str, Any]:
    """Some of what crosses is lost."""
    return {"kind": "loss", "link": generator.pick(links), "share": generator.pick(["50%", "20%", 1]), **direction(generator)}


def duplicate(generator: Generator, links: list[str]) -> dict[str, Any]:
    """Some requests come twice."""
    return {"kind": "duplicate", "link": generator.pick(links), "share": generator.pick(["50%", "20%", 1])}


def bandwidth(generator: Generator, links: list[str]) -> dict[str, Any]:
    """A narrow link."""
    rate = generator.pick(["1kB/s", "500B/s"])
    return {"kind": "bandwidth", "link": generator.pick(links), "rate": rate, **direction(generator)}


def partition(generator: Generator, _links: list[str]) -> dict[str, Any]:
    """Two places that cannot reach each other: zones, services, or a zone and itself."""
    places = [{"service": name} for name in generator.services]
    between = [generator.pick(places), generator.pick(places)]
    return {"kind": "partition", "between": between, **direction(generator)}


def direction(generator: Generator) -> dict[str, Any]:
    """Which way a fault strikes."""
    return generator.pick([{}, {}, {"direction": "to"}, {"direction": "from"}])


def calls_of(whole: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The calls of all handlers, with the services that they are of."""
    for name, service in whole["services"].items():
        for steps in service["operations"].values():
            yield from ((name, step) for step in _calls(steps))


def _calls(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "call" in value:
            yield value
        for one in value.values():
            yield from _calls(one)
    elif isinstance(value, list):
        for one in value:
            yield from _calls(one)
