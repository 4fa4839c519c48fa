"""What a network's follow-ups and sessions are in the kernel's memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.engine.compiled_engine.state import Flow, FollowUp

if TYPE_CHECKING:
    from sim.engine.compiled_engine.host import Image


def fill(image: Image) -> None:
    """Fill the rows of what users ask for later; a flow leads to the first, and to that which is asked until the user knows."""
    session_of = {one.flow: number for number, one in enumerate(image.network.sessions)}
    for number, (row, one) in enumerate(zip(image.follow_ups, image.network.follow_ups, strict=True)):
        if one.step <= 0:
            image.put(Flow, image.flows[one.flow], follow_up=row)
        if one.times == 0:
            image.put(Flow, image.flows[one.flow], waits_in=row)
        image.put(FollowUp, row, site=image.sites[one.site], think=one.think, think_stream=one.think_stream)
        image.put(FollowUp, row, times=one.times, until=one.until, view=one.view, number=number)
        image.put(FollowUp, row, share=one.share, share_stream=one.share_stream, abandons=int(one.abandons))
        image.put(FollowUp, row, session=session_of.get(one.flow, -1))
        if one.next >= 0:
            image.put(FollowUp, row, next=image.follow_ups[one.next])
