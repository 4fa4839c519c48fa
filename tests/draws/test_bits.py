"""Bits: known answers, equality of the Python, NumPy and lowered versions, and randomness."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim import draws
from sim.lowering.machine import loaded, object_code
from sim.lowering.module import lowered
from sim.scenario.distributions.empirical import Empirical
from sim.scenario.distributions.lognormal import Lognormal
from sim.shared import Words

SIGNED = st.integers(-(2**63), 2**63 - 1)
N = 100_000
KEY = 8034859164263072188
TRACE = 220347964716974904
BITS = [1626043416617276663, 111970444899646150, 7486805048180472198, 7091528226199133893]
EDGES = [0, 1, -1, 2**63 - 1, -(2**63), 2**62, -(2**62), 0x5555555555555555]


def test_known_answers() -> None:
    """The hash is a promise: these integers never change."""
    key = draws.stream_key(1, 0, "payment.charge:work")
    trace = draws.trace_key(draws.stream_key(1, 0, "checkout:trace"), 12_345)
    assert key == KEY
    assert trace == TRACE
    assert [draws.bits(key, trace, occurrence) for occurrence in range(4)] == BITS
    assert draws.bits(0, 0, 0) == 0
    assert draws.trace_key(0, 0) == -2152535657050944081  # SplitMix64's first output for seed 0, as a signed integer


def test_stream_keys_tell_seed_replication_and_name_apart() -> None:
    """No two of many streams share a key, and names may hold any character."""
    names = ["a", "b", "1/a", "a/1", "a\n", "ä", ""]
    keys = {draws.stream_key(seed, r, name) for seed in range(12) for r in range(12) for name in names}
    assert len(keys) == 12 * 12 * len(names)
    with pytest.raises(ValueError, match="must not be negative"):
        draws.stream_key(-1, 0, "a")


@given(SIGNED, SIGNED, st.integers(0, 2**40))
def test_numpy_bits_equal_python_bits(key: int, trace: int, occurrence: int) -> None:
    """The array version gives the same integers, and Python's accepts NumPy's scalars."""
    expected = draws.bits(key, trace, occurrence)
    assert 0 <= expected < 2**63
    assert draws.bits_many(key, trace, occurrence).tolist() == [expected]
    assert draws.bits(np.int64(key), np.int64(trace), np.int64(occurrence)) == expected
    assert draws.trace_keys(key, occurrence).tolist() == [draws.trace_key(key, occurrence)]
    assert draws.trace_key(np.int64(key), np.int64(occurrence)) == draws.trace_key(key, occurrence)


TABLES, RESULTS = 1, 4  # words of an entry: how many, where the four tables are; then keys, traces, and four results of each


def many(m: Words) -> None:
    """Bits, picks, durations and trace keys of many keys and traces."""
    count = m[0]
    for i in range(count):
        key, trace = m[RESULTS + TABLES + i], m[RESULTS + TABLES + count + i]
        at = RESULTS + TABLES + 2 * count + i
        u = draws.bits(key, trace, i & 7)
        m[at] = u
        m[at + count] = draws.below(u, i + 1)
        m[at + 2 * count] = draws.draw(m, m[TABLES + (i & 3)], u)
        m[at + 3 * count] = draws.trace_key(key, i)


def test_machine_code_equals_python_bit_for_bit() -> None:
    """Lowered and plain versions of every function agree on 1e5 values and on the edges of the integers."""
    models = [
        Lognormal(median="3ms", p99="12ms"),
        Empirical(values=["1ms", "2ms", "7ms"]),
        Empirical(values=["1ms", "2ms", "7ms"], weights=[1, 2, 5]),
        Empirical(values=["5ms"]),
    ]
    tables = [draws.compile_distribution(model) for model in models]
    keys = np.concatenate([np.repeat(EDGES, len(EDGES)), draws.trace_keys(1, np.arange(N))])
    traces = np.concatenate([np.tile(EDGES, len(EDGES)), draws.trace_keys(2, np.arange(N))])
    begin = RESULTS + TABLES + 6 * len(keys)
    ats = (begin + np.cumsum([0, *(len(table) for table in tables[:-1])])).tolist()
    memory = np.concatenate([[len(keys), *ats], keys, traces, np.zeros(4 * len(keys), np.int64), *tables])
    loaded([object_code(lowered(many, "many"))], "many", memories=1)(int(memory.ctypes.data))
    found = memory[RESULTS + TABLES + 2 * len(keys) : begin].reshape(4, len(keys))

    words = memory.tolist()
    bits = [
        draws.bits(key, trace, i & 7) for i, (key, trace) in enumerate(zip(keys.tolist(), traces.tolist(), strict=True))
    ]
    assert found[0].tolist() == bits
    assert found[1].tolist() == [draws.below(u, i + 1) for i, u in enumerate(bits)]
    assert found[2].tolist() == [draws.draw(words, int(ats[i & 3]), u) for i, u in enumerate(bits)]
    assert found[3].tolist() == [draws.trace_key(key, i) for i, key in enumerate(keys.tolist())]
    assert draws.bits_many(keys, traces, np.arange(len(keys)) & 7).tolist() == bits


@given(st.integers(0, 2**63 - 1), st.integers(1, 2**31 - 1))
def test_below_is_the_exact_product(u: int, n: int) -> None:
    """floor(u n / 2**63) without 128-bit arithmetic; each of n results gets its share to 2**-63."""
    assert draws.below(u, n) == (u * n) >> 63
    assert draws.below_many(np.array([u]), n).tolist() == [(u * n) >> 63]


def test_thresholds() -> None:
    """A share becomes a threshold on the scale of the bits; weights become cumulative thresholds."""
    assert draws.share_to_threshold(0.0) == 0
    assert draws.share_to_threshold(0.5) == 2**62
    assert draws.share_to_threshold(1.0) == 2**63 - 1
    assert draws.shares_to_thresholds([1, 1, 2, 0]) == [2**61, 2**62, 2**63 - 1, 2**63 - 1]
    with pytest.raises(ValueError, match="from 0 to 1"):
        draws.share_to_threshold(1.5)
    with pytest.raises(ValueError, match="positive weight"):
        draws.shares_to_thresholds([0.0, 0.0])


@given(st.lists(st.floats(0.0, 1e6), min_size=1, max_size=50).filter(lambda weights: sum(weights) > 1e-3))
def test_thresholds_give_each_branch_its_share(weights: list[float]) -> None:
    """Exact to 2**-40, and a branch without weight is never taken."""
    thresholds = [0, *draws.shares_to_thresholds(weights)]
    for i, weight in enumerate(weights):
        width = thresholds[i + 1] - thresholds[i]
        assert abs(width / 2**63 - weight / sum(weights)) < 2**-40
        assert width == 0 or weight > 0


def p_value(counts: np.ndarray) -> float:
    """Chi-square test that all cells are equally likely."""
    return float(stats.chisquare(counts.ravel()).pvalue)


def sequences() -> dict[str, np.ndarray]:
    """Bits along each of the coordinates that a draw has."""
    key, flow = draws.stream_key(7, 0, "a"), draws.stream_key(7, 0, "b")
    traces = draws.trace_keys(flow, np.arange(N))
    keys = np.array([draws.stream_key(7, i, "a") for i in range(N // 10)])
    return {
        "traces": draws.bits_many(key, traces),
        "occurrences": draws.bits_many(key, draws.trace_key(flow, 5), np.arange(N)),
        "arrivals": draws.bits_many(key, 0, np.arange(N)),
        "replications": draws.bits_many(keys, draws.trace_key(flow, 5)),
        "small keys": draws.bits_many(np.arange(N), 0),
    }


@pytest.mark.parametrize("name", list(sequences()))
def test_bits_are_uniform_and_neighbours_independent(name: str) -> None:
    """High, middle and low bits are uniform, and so are pairs of neighbours and of distant neighbours."""
    u = sequences()[name]
    for shift in (55, 30, 0):
        byte = (u >> shift) & 255
        assert p_value(np.bincount(byte, minlength=256)) > 1e-4
        for lag in (1, 2, 64):
            pairs = (byte[:-lag] >> 4) * 16 + (byte[lag:] >> 4)
            assert p_value(np.bincount(pairs, minlength=256)) > 1e-4


def test_streams_and_occurrences_are_independent_of_each_other() -> None:
    """The same traces in two streams, and two occurrences in one stream, give unrelated bits."""
    traces = draws.trace_keys(3, np.arange(N))
    first = draws.bits_many(draws.stream_key(1, 0, "a"), traces)
    for other in (
        draws.bits_many(draws.stream_key(1, 0, "b"), traces),
        draws.bits_many(draws.stream_key(1, 0, "a"), traces, 1),
    ):
        table = np.histogram2d(first.astype(float), other.astype(float), bins=16, range=[[0, 2.0**63]] * 2)[0]
        assert p_value(table) > 1e-4
        assert abs(np.corrcoef(first.astype(float), other.astype(float))[0, 1]) < 4 / np.sqrt(N)


def test_one_flipped_bit_flips_half_of_the_bits() -> None:
    """Avalanche: each bit of the key and of the trace key moves every bit of the answer with probability about 1/2."""
    traces = draws.trace_keys(9, np.arange(2_000))
    base = draws.bits_many(77, traces)
    for bit in range(64):
        flip = np.array([1 << bit], dtype=np.uint64).view(np.int64)[0]
        for changed in (draws.bits_many(77 ^ flip, traces), draws.bits_many(77, traces ^ flip)):
            moved = (base ^ changed)[:, None] >> np.arange(63) & 1
            assert np.all(np.abs(moved.mean(axis=0) - 0.5) < 0.1)
