"""Branches of handlers, laid out in the kernel's memory as operations: what a trace comes to, and how often."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.engine.compiled_engine import state as at

if TYPE_CHECKING:
    from sim.engine.compiled_engine.host import Image


def rows(image: Image) -> int:
    """The address of the first one's row; the others follow."""
    first = len(image.network.operations) + len(image.network.channels)
    words = np.zeros((len(image.network.branches), at.Operation.SIZE), dtype=np.int64)
    words[:, at.Operation.fields["number"].offset] = first + np.arange(len(words))
    return image.listed(words.reshape(-1))
