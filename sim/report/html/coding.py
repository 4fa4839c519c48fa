"""Series of numbers as short texts: what 600 windows of one service cost is some hundred characters.

    0.0 0.0 0.0 0.12 0.5 nan  --/ step 0.01-->  0 0 0 12 50 -1  --differences-->  0 0 0 +12 +38 -51
        --zigzag, a run of zeros as one--> bytes --base64--> {"step": 0.01, "data": "AAMYTGU="}

A number is a whole multiple of ``step`` (0 or more), or none (nan, kept as -1). `replay.js` reads the same with `unpack`.
"""

from __future__ import annotations

import base64
import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SHARE_STEP = 0.001
"""Shares are kept to a tenth of a percent."""
STEPS_OF_PEAK = 1000
"""Rates and levels are kept to about a thousandth of their highest value."""
LEAST = 1e-6
"""A series that never gets higher is as good as zero: one request in eleven days."""
LOW_BITS = 0x7F
MORE = 0x80


def step_for(values: NDArray[np.float64]) -> float:
    """The step for rates and levels: 1, 2 or 5 times a power of ten, about a thousandth of the highest value."""
    highest = float(np.nanmax(values, initial=0.0))
    if highest <= 0.0:
        return 1.0
    exact = max(highest, LEAST) / STEPS_OF_PEAK
    power = 10.0 ** math.floor(math.log10(exact))
    return float(f"{next(power * nice for nice in (1, 2, 5, 10) if power * nice >= exact * (1 - 1e-9)):.6g}")


def pack(values: NDArray[np.float64], step: float | None = None) -> dict[str, Any]:
    """Return the series as plain data, each value rounded to ``step`` (default: see `step_for`); nan is kept."""
    step = step_for(values) if step is None else step
    counted = np.isfinite(values)
    whole = np.where(counted, np.rint(np.maximum(np.where(counted, values, 0.0), 0.0) / step), -1).astype(np.int64)
    coded = bytearray()
    zeros = 0
    for change in np.diff(whole, prepend=0).tolist():
        if change == 0:
            zeros += 1
            continue
        _write_zeros(coded, zeros)
        zeros = 0
        _write(coded, 2 * change if change > 0 else -2 * change - 1)
    _write_zeros(coded, zeros)
    return {"step": step, "data": base64.b64encode(bytes(coded)).decode()}


def unpack(packed: dict[str, Any], count: int) -> NDArray[np.float64]:
    """Return the series again, ``count`` values. Raises ``ValueError`` when it has another length."""
    step, value = float(packed["step"]), 0
    whole: list[int] = []
    words = _read(base64.b64decode(packed["data"], validate=True))
    at = 0
    while at < len(words):
        word = words[at]
        if word == 0:
            whole += [value] * min(words[at + 1], count - len(whole) + 1)
            at += 2
        else:
            value += -(word + 1) // 2 if word & 1 else word // 2
            whole.append(value)
            at += 1
    if len(whole) != count:
        raise ValueError(f"a series of {len(whole)} values where {count} were expected; run the scenario again")
    found = np.array(whole, dtype=np.float64)
    return np.where(found < 0, np.nan, found * step)


def _write(coded: bytearray, word: int) -> None:
    """Append a whole number, seven bits a byte, the lowest first."""
    while word > LOW_BITS:
        coded.append((word & LOW_BITS) | MORE)
        word >>= 7
    coded.append(word)


def _write_zeros(coded: bytearray, count: int) -> None:
    if count:
        coded.append(0)
        _write(coded, count)


def _read(coded: bytes) -> Sequence[int]:
    words, word, shift = [], 0, 0
    for byte in coded:
        word |= (byte & LOW_BITS) << shift
        shift += 7
        if not byte & MORE:
            words.append(word)
            word, shift = 0, 0
    return words
