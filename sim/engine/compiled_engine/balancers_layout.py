"""Balancers and health checks, laid out in the kernel's memory, and their first events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.engine.balancer_layout import laid_out
from sim.engine.compiled_engine import state as at
from sim.engine.compiled_engine.health_rows import Checked, Checks
from sim.semantics.balancing import Balancer, View
from sim.semantics.order import CHECK, SWEEP, identity, rank_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.engine.compiled_engine.host import Image


def fill(image: Image) -> None:
    """Lay balancers and health checks out, and tell services and sites where they are."""
    network = image.network
    image.balancers = [_balancer(image, number) for number in range(len(network.balancers))]
    image.checks = image.rows(len(network.health_checks), Checks.SIZE)
    for number, (row, spec) in enumerate(zip(image.checks, network.health_checks, strict=True)):
        image.put(at.Service, image.services[spec.service], checks=row)
        checked = image.rows(spec.replicas, Checked.SIZE)
        image.put(Checks, row, checked=checked[0], count=spec.replicas, every=spec.every, number=number, first=spec.first)
        image.put(Checks, row, settings=image.tables + spec.settings, hop=spec.hop)
        image.put(Checks, row, there_stream=spec.there_stream, back_stream=spec.back_stream)
        for place, one in enumerate(checked):
            image.put(Checked, one, checks=row, replica=image.replicas[spec.first + place])
    image.balancer_list, image.checks_list = image.listed(image.balancers), image.listed(image.checks)


def _balancer(image: Image, number: int) -> int:
    """Address of a balancer, which its service and the sites of its calls know from here on."""
    spec = image.network.balancers[number]
    words = laid_out(spec, number, image.size, image.tables)
    row = image.listed(words)
    views = words[Balancer.fields["views"].offset]
    image.put(at.Service, image.services[spec.service], balancer=row)
    for address, site in zip(image.sites, image.network.sites, strict=True):
        if site.service == spec.service:
            image.put(at.Site, address, view=views + site.view * View.SIZE, view_of=site.view_of)
    return row


def header(image: Image) -> dict[str, int]:
    """Where they are."""
    lists = {"balancers": image.balancer_list, "checks": image.checks_list}
    return {**lists, "balancer_count": len(image.balancers), "checks_count": len(image.checks)}


def first_events(image: Image) -> Iterator[tuple[int, int, int]]:
    """The first sweep of each balancer that ejects, and when the first checks leave."""
    for number, (row, balancer) in enumerate(zip(image.balancers, image.network.balancers, strict=True)):
        if balancer.sweep_every > 0:
            yield balancer.sweep_every, rank_of(SWEEP, identity(number, 0, 0)), row
    for number, (row, checks) in enumerate(zip(image.checks, image.network.health_checks, strict=True)):
        yield checks.every, rank_of(CHECK, identity(number, 0, 0)), row
