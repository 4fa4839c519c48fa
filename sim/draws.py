"""The only random code: every random number is looked up, none is drawn from a generator with a state.

    seed, replication, "payment.charge:work" --SHA-256--> key         one per stream
    flow's key, 12345                        --mix------> trace key   one per trace
    key, trace key, occurrence               --mix------> u           63 uniform bits        bits()
    u                                        --table----> 3_214_077   nanoseconds            draw()

So a draw depends on what it is for and on nothing else: another service, retry or fault shifts no other draw.
Everything after the tables is integer arithmetic, hence the same in Python, machine code and NumPy and on every machine.

A table has one half per tail, 40 octaves of tail probability per half, 32 cells per octave, and straight lines inside a
cell:

    tail v   2**-41   2**-40                       2**-2          2**-1 (median)
               |||||||||||||| | | | | |  ...  | | | | | | |  |  |  |
             fine where it is rare, so that p99.99 is as accurate as the median
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from math import fsum, ldexp
from typing import TYPE_CHECKING

import numpy as np

from sim.scenario.units import format_duration
from sim.shared import Words, in_llvm, shared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from sim.scenario.distributions.base import DistributionModel

    Integers = NDArray[np.int64]

WORD = (1 << 64) - 1
SIGN = 1 << 63
ODD = 0x9E3779B97F4A7C15  # 2**64 over the golden ratio, odd: steps of it visit every 64-bit number
MIX_1 = 0xBF58476D1CE4E5B9  # the two multipliers of SplitMix64's finalizer (Stafford's variant 13)
MIX_2 = 0x94D049BB133111EB

CONSTANT = 0  # [0, value]
TABLE = 1  # [1, lower tail: atom, knots; upper tail: atom, knots]
SAMPLES = 2  # [2, n, values]
WEIGHTED = 3  # [3, n, n cumulative thresholds, values]

OCTAVES = 40
CELLS = 32
KNOTS = OCTAVES * CELLS + 1
TAIL = KNOTS + 1
TABLE_WORDS = 1 + 2 * TAIL

TOP = (1 << 63) - 1
HALF = 1 << 62
NORMAL = 1 << 61  # a tail of HALF > w >= NORMAL is in the octave next to the median
NORMAL_BITS = 62
ATOM = 1 << (62 - OCTAVES)  # a tail below this is rarer than the outermost knot, 2**-41
CELL_SHIFT = 56  # of w in [NORMAL, HALF): 32 + cell is above this bit,
FRACTION_SHIFT = 35  # and the place in the cell above this one
FRACTION_BITS = 21
FRACTION_MASK = (1 << FRACTION_BITS) - 1
FRACTION_HALF = 1 << (FRACTION_BITS - 1)
LAST_OCTAVE = 1 + (OCTAVES - 2) * CELLS  # offset such that adding 32 + cell gives the knot at the cell's left

KNOT_NS_MAX = 1 << 62
SAMPLES_MAX = 1 << 30
MEAN_ERROR_MAX = 0.001  # relative
MEAN_ERROR_NS = 0.5
ATOM_FACTOR_MAX = 4  # the atom of the upper tail may be this many times the outermost knot, to put the mean right


# --- keys and bits ----------------------------------------------------------------------------------------------------


def stream_key(seed: int, replication: int, name: str) -> int:
    """Key of a stream, a signed 64-bit integer, from the run's seed, the replication and the stream's name.

    Names say the role (``"payment.charge:work"``); replications count from 0. Raises ``ValueError`` for negative
    numbers.
    """
    if seed < 0 or replication < 0:
        message = f"seed {seed} and replication {replication} must not be negative; use 0, 1, 2, ..."
        raise ValueError(message)
    digest = hashlib.sha256(f"{seed}/{replication}/{name}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


MIX_IN_LLVM = f"""
define internal i64 @sim.draws.mix(i64 %z) alwaysinline nounwind {{
  %a = lshr i64 %z, 30
  %b = xor i64 %z, %a
  %c = mul i64 %b, {MIX_1}
  %d = lshr i64 %c, 27
  %e = xor i64 %c, %d
  %f = mul i64 %e, {MIX_2}
  %g = lshr i64 %f, 31
  %h = xor i64 %f, %g
  ret i64 %h
}}
"""
KEY_IN_LLVM = f"""
define internal i64 @sim.draws.trace_key(i64 %key, i64 %index) alwaysinline nounwind {{
  %next = add i64 %index, 1
  %step = mul i64 %next, {ODD}
  %z = add i64 %key, %step
  %mixed = call i64 @sim.draws.mix(i64 %z)
  ret i64 %mixed
}}
"""
BITS_IN_LLVM = f"""
define internal i64 @sim.draws.bits(i64 %key, i64 %trace_key, i64 %occurrence) alwaysinline nounwind {{
  %step = mul i64 %occurrence, {ODD}
  %at = add i64 %trace_key, %step
  %z = xor i64 %key, %at
  %mixed = call i64 @sim.draws.mix(i64 %z)
  %half = lshr i64 %mixed, 1
  ret i64 %half
}}
"""


@in_llvm(MIX_IN_LLVM, KEY_IN_LLVM)
def trace_key(flow_stream_key: int, index: int) -> int:
    """Key of the ``index``-th trace (0, 1, ...) of a flow, a signed 64-bit integer."""
    z = (int(flow_stream_key) + (int(index) + 1) * ODD) & WORD
    z = ((z ^ (z >> 30)) * MIX_1) & WORD
    z = ((z ^ (z >> 27)) * MIX_2) & WORD
    return ((z ^ (z >> 31)) ^ SIGN) - SIGN


@in_llvm(MIX_IN_LLVM, BITS_IN_LLVM)
def bits(key: int, trace_key: int, occurrence: int) -> int:
    """Return a uniform integer from 0 to 2**63 - 1: the ``occurrence``-th (0, 1, ...) of a trace in a stream.

    ``key`` and ``trace_key`` are signed 64-bit integers. A pure function; equal in Python, machine code and NumPy.
    """
    try:
        z = (key ^ (trace_key + occurrence * ODD)) & WORD
    except (OverflowError, TypeError):  # NumPy's integers, when the compiled engine runs without being compiled
        z = (int(key) ^ (int(trace_key) + int(occurrence) * ODD)) & WORD
    z = ((z ^ (z >> 30)) * MIX_1) & WORD
    z = ((z ^ (z >> 27)) * MIX_2) & WORD
    return (z ^ (z >> 31)) >> 1


# --- from bits to choices and durations: also lowered -----------------------------------------------------------------


@shared
def below(u: int, n: int) -> int:
    """Return floor(u * n / 2**63): from uniform bits a uniform integer from 0 to n - 1, for 1 <= n < 2**31."""
    return ((u >> 32) * n + (((u & 0xFFFF_FFFF) * n) >> 32)) >> 31


@shared
def draw(memory: Words, at: int, u: int) -> int:
    """Duration in nanoseconds that the bits ``u`` mean in the compiled distribution at ``memory[at]``.

    ``memory`` is any sequence of 64-bit integers: a list or memoryview (fast in Python) or an address in machine code.
    """
    code = memory[at]
    if code == TABLE:
        w = TOP - u if u >= HALF else u  # which half no processor foresees: two choices of a number, and no branch
        tail = at + 1 + TAIL if u >= HALF else at + 1
        if w < ATOM:
            return memory[tail]
        shift = NORMAL_BITS - w.bit_length()
        w <<= shift
        cell = tail + LAST_OCTAVE - CELLS * shift + (w >> CELL_SHIFT)
        start = memory[cell]
        width = memory[cell + 1] - start
        fraction = ((w >> FRACTION_SHIFT) & FRACTION_MASK) | 1
        # start + width * fraction / 2**21, rounded; in two parts, since the product may need more than 64 bits
        low = ((width & FRACTION_MASK) * fraction + FRACTION_HALF) >> FRACTION_BITS
        return start + (width >> FRACTION_BITS) * fraction + low
    if code == CONSTANT:
        return memory[at + 1]
    n = memory[at + 1]
    if code == SAMPLES:
        return memory[at + 2 + below(u, n)]
    first = at + 2
    last = at + 1 + n
    while first < last:
        middle = (first + last) >> 1
        if u < memory[middle]:
            last = middle
        else:
            first = middle + 1
    return memory[first + n]


# --- the same for arrays ----------------------------------------------------------------------------------------------


def _words(values: ArrayLike) -> NDArray[np.uint64]:
    return np.atleast_1d(np.asarray(values, dtype=np.int64)).view(np.uint64)


def _mix_many(z: NDArray[np.uint64]) -> NDArray[np.uint64]:
    z = (z ^ (z >> np.uint64(30))) * np.uint64(MIX_1)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(MIX_2)
    return z ^ (z >> np.uint64(31))


def bits_many(key: ArrayLike, trace_keys: ArrayLike, occurrence: ArrayLike = 0) -> Integers:
    """Return ``bits`` of arrays (or single numbers) that broadcast; at least one-dimensional."""
    z = _words(key) ^ (_words(trace_keys) + _words(occurrence) * np.uint64(ODD))
    return (_mix_many(z) >> np.uint64(1)).view(np.int64)


def trace_keys(flow_stream_key: int, indexes: ArrayLike) -> Integers:
    """Return ``trace_key`` of an array of indexes."""
    return _mix_many(_words(flow_stream_key) + (_words(indexes) + np.uint64(1)) * np.uint64(ODD)).view(np.int64)


def below_many(u: Integers, n: int) -> Integers:
    """Return ``below`` of an array of bits."""
    return ((u >> 32) * n + (((u & 0xFFFF_FFFF) * n) >> 32)) >> 31


def draw_many(table: Integers, u: Integers) -> Integers:
    """Return ``draw(table, 0, u)`` of an array of bits."""
    code = int(table[0])
    if code == CONSTANT:
        return np.full(u.shape, table[1], dtype=np.int64)
    if code == SAMPLES:
        return table[2 + below_many(u, int(table[1]))]
    if code == WEIGHTED:
        n = int(table[1])
        return table[2 + n + np.searchsorted(table[2 : 1 + n], u, side="right")]
    upper = u >= HALF
    w = np.where(upper, TOP - u, u)
    tail = np.where(upper, 1 + TAIL, 1)
    shift = np.maximum(53 - np.frexp((w >> 9).astype(np.float64))[1], 0)
    inside = w >= ATOM
    shift = np.where(inside, shift, 0).astype(np.int64)
    w = np.where(inside, w << shift, NORMAL)
    cell = tail + (LAST_OCTAVE - CELLS * shift) + (w >> CELL_SHIFT)
    start = table[cell]
    width = table[cell + 1] - start
    fraction = ((w >> FRACTION_SHIFT) & FRACTION_MASK) | 1
    low = ((width & FRACTION_MASK) * fraction + FRACTION_HALF) >> FRACTION_BITS
    return np.where(inside, start + (width >> FRACTION_BITS) * fraction + low, table[tail])


# --- compiling --------------------------------------------------------------------------------------------------------


def share_to_threshold(p: float) -> int:
    """Return the threshold such that ``bits(...) < threshold`` has probability p, to 2**-54 relative.

    A share of 1 gives the largest int64, which 1 in 9e18 bits does not stay below. Raises ``ValueError`` outside 0..1.
    """
    if not 0.0 <= p <= 1.0:
        message = f"{p} is not a share; give a number from 0 to 1"
        raise ValueError(message)
    return min(int(ldexp(p, 63)), TOP)


def shares_to_thresholds(weights: Sequence[float]) -> list[int]:
    """Return cumulative thresholds of branches with these weights: branch i is the first with ``u < threshold[i]``.

    The last branch with a weight above 0, and those after it, get 2**63 - 1. Exact to 2**-40 for a million branches.
    """
    total = fsum(weights)
    if not total > 0.0:
        message = "the weights add up to zero; give at least one branch a positive weight"
        raise ValueError(message)
    thresholds = []
    reached = 0
    for weight in weights:
        reached += round(ldexp(weight / total, 63))
        thresholds.append(min(reached, TOP))
    last = max(i for i, weight in enumerate(weights) if weight > 0.0)
    return thresholds[:last] + [TOP] * (len(thresholds) - last)


@lru_cache(maxsize=512)
def compile_distribution(model: DistributionModel) -> Integers:
    """Return the distribution as int64 words for ``draw``, read-only: ``[code, ...]``.

    Raises ``ValueError`` that names the distribution when its tail is too heavy for the table's mean to be within 0.1 %
    (or half a nanosecond) of the declared mean.
    """
    atoms = model.atoms()
    words = _compile_table(model) if atoms is None else _compile_atoms(*atoms)
    words.flags.writeable = False
    return words


def _compile_atoms(values: tuple[int, ...], weights: tuple[float, ...] | None) -> Integers:
    """Words of a distribution that takes a few values only."""
    if weights is not None:
        pairs = [(value, weight) for value, weight in zip(values, weights, strict=True) if weight > 0.0]
        values = tuple(value for value, _ in pairs)
        weights = tuple(weight for _, weight in pairs)
    if len(set(values)) == 1:
        return np.array([CONSTANT, values[0]], dtype=np.int64)
    if len(values) > SAMPLES_MAX:
        message = f"{len(values)} values are too many; at most {SAMPLES_MAX} fit"
        raise ValueError(message)
    if weights is None or len(set(weights)) == 1:
        return np.array([SAMPLES, len(values), *values], dtype=np.int64)
    return np.array([WEIGHTED, len(values), *shares_to_thresholds(weights), *values], dtype=np.int64)


def _compile_table(model: DistributionModel) -> Integers:
    """Words of a continuous distribution."""
    k = np.arange(KNOTS)
    v = np.ldexp(1.0 + (k % CELLS) / CELLS, k // CELLS - (OCTAVES + 1))
    exact = model.quantile(np.concatenate([v, 1.0 - v]), np.concatenate([1.0 - v, v]))
    declared = model.mean_ns
    if not (np.all(exact >= 0.0) and np.isfinite(declared)):
        message = f"{_describe(model)}: its mean or a quantile is infinite or undefined; choose a lighter tail"
        raise ValueError(message)
    knots = np.rint(np.minimum(exact, float(KNOT_NS_MAX))).astype(np.int64)
    rising = np.maximum.accumulate(np.concatenate([knots[:KNOTS], knots[: KNOTS - 1 : -1]]))
    lower, upper = rising[:KNOTS], rising[: KNOTS - 1 : -1]
    outermost = int(upper[0])
    scaled = _scaled_mean(lower, outermost=int(lower[0])) + _scaled_mean(upper, outermost=0)
    wanted = int(ldexp(declared, OCTAVES + 7))
    atom = min(max((wanted - scaled) >> 6, outermost), ATOM_FACTOR_MAX * outermost, KNOT_NS_MAX)
    reached = ldexp(scaled + (atom << 6), -(OCTAVES + 7))
    if abs(reached - declared) > max(MEAN_ERROR_MAX * declared, MEAN_ERROR_NS):
        raise ValueError(_mean_message(model, reached))
    return np.concatenate([[TABLE, lower[0]], lower, [atom], upper]).astype(np.int64)


def _scaled_mean(knots: Integers, *, outermost: int) -> int:
    """Exact mean of one tail of a table, times 2**(OCTAVES + 7): areas of its trapezoids, and of the atom outside."""
    values = knots.tolist()
    areas: int = sum((values[k] + values[k + 1]) << (k // CELLS) for k in range(KNOTS - 1))
    return (outermost << 6) + areas


def _describe(model: DistributionModel) -> str:
    return json.dumps(model.model_dump(exclude_none=True), ensure_ascii=False)


def _mean_message(model: DistributionModel, reached: float) -> str:
    declared = model.mean_ns
    percent = abs(reached / declared - 1.0) * 100.0
    side = "below" if reached < declared else "above"
    return (
        f"{_describe(model)}: the mean that a run can reach, {format_duration(round(reached))}, is {percent:.2g} % "
        f"{side} the declared mean, {format_duration(round(declared))}, since no draw lies beyond the quantile "
        "1 - 2**-41 and all are whole nanoseconds; choose a lighter tail (a pareto of alpha 1.25 or more fits), or "
        "resample measured values with kind empirical"
    )
