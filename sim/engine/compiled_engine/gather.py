"""What the histograms of a finished run hold, written down cell by cell, while Python's lock is free.

    r: ... 0 0 3 1 0 0 2 ...  --held-->  3 cells      --gather-->  (window, flow, bucket, 3), (window, flow, bucket, 1), ...

Nearly all cells are empty: 2,432 buckets, twice, of every window and flow, of which a run fills some hundred. `Histograms.of`
gives the same rows; looking for them with NumPy took a tenth of a short run.
"""

from sim.engine.compiled_engine.jit import kernel
from sim.engine.compiled_engine.layout import GATHERED
from sim.record.fields import (
    FLOW_BLOCK,
    FLOW_COMPLETIONS,
    FLOW_REPLIES,
    R_COMPLETIONS_HELD,
    R_FIRST_FLOWS,
    R_FLOWS,
    R_REPLIES_HELD,
    R_STRIDE,
    R_WINDOWS,
)
from sim.record.histogram import BUCKETS

AT_A_TIME = 8  # buckets looked at together; they divide BUCKETS


@kernel
def count_held(r):
    """Note how many cells of either histogram are not empty."""
    r[R_REPLIES_HELD] = held(r, FLOW_REPLIES)
    r[R_COMPLETIONS_HELD] = held(r, FLOW_COMPLETIONS)


@kernel
def held(r, histogram):
    """Number of cells of a histogram that are not empty, over all windows and flows."""
    found = 0
    for window in range(r[R_WINDOWS]):
        for flow in range(r[R_FLOWS]):
            at = r[R_FIRST_FLOWS] + window * r[R_STRIDE] + flow * FLOW_BLOCK + histogram
            for bucket in range(BUCKETS):
                found += r[at + bucket] != 0
    return found


@kernel
def gather(out, r):
    """Write the rows of the replies, then those of the completions, one after the other."""
    end = rows(out, GATHERED, r, FLOW_REPLIES)
    rows(out, end, r, FLOW_COMPLETIONS)


@kernel
def rows(out, end, r, histogram):
    """Write a row for each cell of a histogram that is not empty; returns where they end."""
    for window in range(r[R_WINDOWS]):
        for flow in range(r[R_FLOWS]):
            at = r[R_FIRST_FLOWS] + window * r[R_STRIDE] + flow * FLOW_BLOCK + histogram
            for first in range(0, BUCKETS, AT_A_TIME):
                some = 0
                for bucket in range(first, first + AT_A_TIME):
                    some |= r[at + bucket]
                if some == 0:
                    continue
                for bucket in range(first, first + AT_A_TIME):
                    if r[at + bucket] != 0:
                        out[end], out[end + 1], out[end + 2], out[end + 3] = window, flow, bucket, r[at + bucket]
                        end += 4
    return end
