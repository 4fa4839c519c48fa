"""The rows of the users of closed flows, laid out in the image of a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.engine.compiled_engine import sizes
from sim.engine.compiled_engine import state as at

if TYPE_CHECKING:
    from sim.engine.compiled_engine.host import Image


def fill(image: Image) -> None:
    """Set every field of every user, and those of its flow that lead to it."""
    for row, flow in zip(image.flows, image.network.flows, strict=True):
        closed = flow.closed
        if closed is None:
            continue
        words = np.zeros((closed.users, at.User.SIZE), dtype=np.int64)
        words[:, at.User.fields["flow"].offset] = row
        words[:, at.User.fields["number"].offset] = np.arange(closed.users)
        sizes.refuse(image.size + words.size, words.size)
        first = image.listed(words.reshape(-1))
        image.put(at.Flow, row, users=closed.users, user=first, ramp_up=closed.ramp_up)
        image.put(at.Flow, row, think=closed.think, think_stream=closed.think_stream)
