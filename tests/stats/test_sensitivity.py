"""Which input matters: functions whose indices are known, with and without noise of the replications."""

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from sim.draws import bits_many
from sim.stats.sensitivity import morris, morris_design, saltelli_design, sobol

Floats = NDArray[np.float64]


def ishigami(shares: Floats) -> Floats:
    """The function of Ishigami and Homma (1990), a = 7, b = 0.1, of inputs from -pi to pi given as shares."""
    x = -math.pi + 2.0 * math.pi * shares
    return np.asarray(np.sin(x[..., 0]) + 7.0 * np.sin(x[..., 1]) ** 2 + 0.1 * x[..., 2] ** 4 * np.sin(x[..., 0]))


def sobol_g(shares: Floats, a: tuple[float, ...]) -> Floats:
    """Sobol's G function: a product of one factor for each input."""
    return np.asarray(np.prod([(np.abs(4.0 * shares[..., at] - 2.0) + one) / (1.0 + one) for at, one in enumerate(a)], axis=0))


def noise(*shape: int, seed: int = 5) -> Floats:
    """Noise with mean 0 and variance 1, of that shape: sums of twelve uniforms."""
    numbers = bits_many(seed, np.arange(12 * math.prod(shape), dtype=np.int64)) / 2.0**63
    return np.asarray(numbers.reshape(12, *shape).sum(axis=0) - 6.0)


ISHIGAMI = ((0.3139, 0.5576), (0.4424, 0.4424), (0.0, 0.2437))


def test_the_indices_of_ishigami() -> None:
    """Within 0.01 of the closed form at 2**15 base points, first and total, and inside their intervals."""
    found = sobol(ishigami(saltelli_design(3, 2**15, 1))[None])
    for row, (first, total) in zip(found.rows, ISHIGAMI, strict=True):
        assert abs(row.first.value - first) < 0.01
        assert abs(row.total.value - total) < 0.01
        assert row.first.low < first < row.first.high
        assert row.total.low < total < row.total.high
    assert found.variance == pytest.approx(13.845, rel=0.01)
    assert [row.matters for row in found.rows] == [True, True, True]


def test_the_indices_of_sobol_g() -> None:
    """A product has closed indices too: V_i = 1 / 3 (1 + a_i)^2; what hardly matters is found to hardly matter."""
    a = (0.0, 1.0, 9.0, 99.0)
    parts = [1.0 / 3.0 / (1.0 + one) ** 2 for one in a]
    whole = math.prod(1.0 + part for part in parts) - 1.0
    found = sobol(sobol_g(saltelli_design(4, 2**13, 2), a)[None])
    for row, part in zip(found.rows, parts, strict=True):
        assert abs(row.first.value - part / whole) < 0.01
        assert abs(row.total.value - part * (whole + 1.0) / (1.0 + part) / whole) < 0.01


def test_one_replication_is_what_scipy_finds() -> None:
    """The estimators are those of `scipy.stats.sobol_indices`, to rounding."""
    from scipy.stats import sobol_indices  # the oracle

    values = ishigami(saltelli_design(3, 256, 3))
    mixed = np.moveaxis(values[:, 2:], 1, 0)[:, None, :]
    oracle = sobol_indices(func={"f_A": values[:, 0][None], "f_B": values[:, 1][None], "f_AB": mixed}, n=256)
    found = sobol(values[None])
    assert [row.first.value for row in found.rows] == pytest.approx(oracle.first_order.tolist(), abs=1e-9)
    assert [row.total.value for row in found.rows] == pytest.approx(oracle.total_order.tolist(), abs=1e-9)
    assert math.isnan(found.noise)


def test_the_noise_of_the_replications_is_subtracted() -> None:
    """Noise as large as the effect, and some that a replication adds everywhere: the indices stay where they are."""
    values = ishigami(saltelli_design(3, 2**12, 1))
    replications = values[None] + 4.0 * noise(8, *values.shape) + 20.0 * noise(8, 1, 1, seed=6)
    found = sobol(replications)
    for row, (first, total) in zip(found.rows, ISHIGAMI, strict=True):
        assert abs(row.first.value - first) < 0.04
        assert abs(row.total.value - total) < 0.04
    assert found.noise == pytest.approx(2.0 / (13.845 + 2.0), abs=0.02)  # 16 / 8 replications
    naive = sobol(replications.mean(axis=0)[None])
    assert naive.rows[2].total.value > 0.31  # what is not subtracted looks like an effect


def test_an_input_that_does_nothing_is_not_proven_to_matter() -> None:
    """Under noise its total index is around 0, and its interval says so."""
    shares = saltelli_design(2, 512, 4)
    found = sobol(3.0 * shares[..., 0][None] + noise(5, *shares.shape[:2]))
    assert [row.matters for row in found.rows] == [True, False]
    assert abs(found.rows[1].total.value) < 0.1


def test_intervals_cover() -> None:
    """Over 100 scrambled designs of 128 points the 95 % intervals contain the closed form at least 90 times."""
    inside = np.zeros((3, 2))
    for seed in range(100):
        found = sobol(ishigami(saltelli_design(3, 128, seed))[None], seed=seed)
        for at, (row, exact) in enumerate(zip(found.rows, ISHIGAMI, strict=True)):
            inside[at] += [bar.low <= value <= bar.high for bar, value in zip((row.first, row.total), exact, strict=True)]
    assert inside.min() >= 90


def test_morris_moves_one_input_at_a_time() -> None:
    """Each step of a path moves one input by 2/3, each input once, and all levels come up."""
    design = morris_design(4, 50, 1)
    moved = np.abs(np.diff(design, axis=1))
    assert np.allclose(np.sort(moved, axis=2)[:, :, -1], 2.0 / 3.0)
    assert (np.count_nonzero(moved, axis=2) == 1).all()
    assert (np.count_nonzero(moved, axis=1) == 1).all()
    assert {round(3 * value) for value in design.ravel()} == {0, 1, 2, 3}
    assert np.array_equal(design, morris_design(4, 50, 1))
    assert not np.array_equal(design, morris_design(4, 50, 2))


def test_the_effects_of_a_plane() -> None:
    """3 x - 2 y: every effect is the slope, whatever a replication adds; the third input does nothing."""
    design = morris_design(3, 20, 1)
    values = 3.0 * design[..., 0] - 2.0 * design[..., 1]
    found = morris(design, values[None] + np.array([0.0, 1.0, 5.0])[:, None, None])
    assert [one.mu for one in found] == pytest.approx([3.0, -2.0, 0.0])
    assert [one.mu_star.value for one in found] == pytest.approx([3.0, 2.0, 0.0])
    assert [one.sigma for one in found] == pytest.approx([0.0, 0.0, 0.0], abs=1e-12)
    assert [one.matters for one in found] == [True, True, False]


def test_an_effect_is_scaled_by_how_far_the_input_went() -> None:
    """Of three whole numbers every step takes one, and the range has two of them; what stands still does nothing."""
    design = morris_design(2, 20, 1)
    taken = np.stack([np.round(2.0 * design[..., 0]) / 2.0, np.zeros(design.shape[:2])], axis=2)
    found = morris(design, 8.0 * taken[..., 0][None], taken=taken)
    assert [one.mu for one in found] == pytest.approx([8.0, 0.0])
    assert [one.mu_star.value for one in found] == pytest.approx([8.0, 0.0])


def test_morris_tells_curves_and_noise() -> None:
    """A curve has a spread of effects; an input without effect under noise stays below the noise that is stated."""
    design = morris_design(2, 60, 1)
    found = morris(design, 10.0 * design[..., 0][None] ** 2 + 0.5 * noise(6, *design.shape[:2]))
    assert found[0].sigma > 2.0
    assert found[0].matters
    assert not found[1].matters
    assert found[1].mu_star.value == pytest.approx(found[1].noise, rel=0.4)


@pytest.mark.parametrize("replications", [2, 3, 10])
def test_morris_does_not_take_noise_for_an_effect(replications: int) -> None:
    """An input that does nothing, under noise that no two points share, is called important in at most 8 of 100 designs."""
    design = morris_design(1, 20, 1)
    found = [
        morris(design, noise(replications, *design.shape[:2], seed=1000 * replications + trial), seed=trial)[0].matters
        for trial in range(100)
    ]
    assert sum(found) <= 8
    alone = morris(design, noise(1, *design.shape[:2]))[0]
    assert math.isnan(alone.noise)
    assert not alone.matters


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.zeros((3, 20)), "they need one row a replication"),
        (np.zeros((2, 20, 3)), "they need one row a replication"),
        (np.full((2, 20, 4), math.inf), "replication 0 at point 0 has no finite value"),
    ],
)
def test_what_has_no_indices_is_refused(values: Any, message: str) -> None:
    """Other shapes, and values that are not finite, are named."""
    with pytest.raises(ValueError, match=message):
        morris(morris_design(3, 20, 1), values)


def test_nothing_varies() -> None:
    """A constant has no variance to blame anyone for."""
    found = sobol(np.full((3, 64, 4), 7.0))
    assert all(math.isnan(row.total.value) for row in found.rows)
    assert not any(row.matters for row in found.rows)
