"""Links, laid out in the kernel's memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.engine.compiled_engine import family_rows as at
from sim.engine.compiled_engine.state import Replica, Site

if TYPE_CHECKING:
    from sim.engine.compiled_engine.host import Image


def fill(image: Image) -> None:
    """Set every field of the rows of links, and let sites refer to them."""
    n = image.network
    pipes = image.rows(len(n.links), at.Pipe.SIZE)
    crossings = image.rows(len(n.crossings), at.Crossing.SIZE)
    for number, row in enumerate(pipes):
        image.put(at.Pipe, row, number=number)
    for number, (row, one) in enumerate(zip(image.disturbances, n.disturbances, strict=True)):
        image.put(at.Disturbance, row, does=one.does, directions=one.directions, share=one.share, number=number)
        image.put(at.Disturbance, row, delay=one.delay, sides=one.sides)
        image.put(at.Disturbance, row, request_stream=one.request_stream, answer_stream=one.answer_stream)
    for row, crossing in zip(crossings, n.crossings, strict=True):
        struck = image.listed([image.disturbances[number] for number in crossing.disturbances])
        image.put(at.Crossing, row, pipe=pipes[crossing.link], between=crossing.between)
        image.put(at.Crossing, row, request_takes=crossing.request_takes, answer_takes=crossing.answer_takes)
        image.put(at.Crossing, row, disturbances=struck, count=len(crossing.disturbances))
        image.put(at.Crossing, row, requests_take=image.listed(list(crossing.requests_take)))
        image.put(at.Crossing, row, answers_take=image.listed(list(crossing.answers_take)))
    for address, site in zip(image.sites, n.sites, strict=True):
        if site.crossing >= 0:
            image.put(Site, address, crossing=crossings[site.crossing], hop_delays=0)
    for address, zone in zip(image.replicas, n.replica_zone, strict=True):
        image.put(Replica, address, zone=zone)
