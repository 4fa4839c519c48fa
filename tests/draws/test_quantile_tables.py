"""Every distribution's table: mean, quantiles, equality of the versions, refusals."""

from fractions import Fraction
from typing import Any

import numpy as np
import pydantic
import pytest
from scipy import stats

from sim import draws
from sim.scenario.distributions import Distribution, DistributionModel
from sim.scenario.distributions.empirical import Empirical
from sim.scenario.distributions.pareto import Pareto
from sim.scenario.distributions.uniform import Uniform

ADAPTER: pydantic.TypeAdapter[DistributionModel] = pydantic.TypeAdapter(Distribution)
MS = 1e6
PROBABILITIES = np.array([0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999, 0.9999])


def model_of(value: Any) -> DistributionModel:
    """Validate as a scenario file would be."""
    return ADAPTER.validate_python(value)


def lognormal(mean: float, cv: float) -> Any:
    """SciPy's lognormal by mean and coefficient of variation."""
    sigma2 = np.log1p(cv * cv)
    return stats.lognorm(np.sqrt(sigma2), scale=mean * np.exp(-sigma2 / 2))


def gamma(mean: float, shape: float) -> Any:
    """SciPy's gamma by mean and shape."""
    return stats.gamma(shape, scale=mean / shape)


def weibull(shape: float, scale: float) -> Any:
    """SciPy's Weibull."""
    return stats.weibull_min(shape, scale=scale)


P99 = np.log(4.0) / stats.norm.ppf(0.99)
CASES: dict[str, tuple[dict[str, Any], Any]] = {
    "exponential": ({"kind": "exponential", "mean": "5ms"}, stats.expon(scale=5 * MS)),
    "exponential, short": ({"kind": "exponential", "mean": "2us"}, stats.expon(scale=2000.0)),
    "exponential, long": ({"kind": "exponential", "mean": "30d"}, stats.expon(scale=30 * 86400e9)),
    "uniform": ({"kind": "uniform", "low": "2ms", "high": "10ms"}, stats.uniform(2 * MS, 8 * MS)),
    "uniform from 0": ({"kind": "uniform", "low": "0s", "high": "1s"}, stats.uniform(0, 1e9)),
    "lognormal p99": ({"kind": "lognormal", "median": "3ms", "p99": "12ms"}, stats.lognorm(P99, scale=3 * MS)),
    "lognormal .1": ({"kind": "lognormal", "mean": "10ms", "cv": 0.1}, lognormal(10 * MS, 0.1)),
    "lognormal 1": ({"kind": "lognormal", "mean": "10ms", "cv": 1}, lognormal(10 * MS, 1.0)),
    "lognormal 10": ({"kind": "lognormal", "mean": "10ms", "cv": 10}, lognormal(10 * MS, 10.0)),
    "gamma .01": ({"kind": "gamma", "mean": "10ms", "cv": 0.01}, gamma(10 * MS, 1e4)),
    "gamma .5": ({"kind": "gamma", "mean": "10ms", "cv": 0.5}, gamma(10 * MS, 4.0)),
    "gamma 2": ({"kind": "gamma", "mean": "10ms", "cv": 2}, gamma(10 * MS, 0.25)),
    "gamma shape": ({"kind": "gamma", "mean": "10ms", "shape": 2.5}, gamma(10 * MS, 2.5)),
    "erlang 1": ({"kind": "erlang", "mean": "10ms", "stages": 1}, stats.expon(scale=10 * MS)),
    "erlang 8": ({"kind": "erlang", "mean": "10ms", "stages": 8}, gamma(10 * MS, 8.0)),
    "pareto 1.3": ({"kind": "pareto", "alpha": 1.3, "minimum": "1ms"}, stats.pareto(1.3, scale=MS)),
    "pareto 2.5": ({"kind": "pareto", "alpha": 2.5, "mean": "5ms"}, stats.pareto(2.5, scale=3 * MS)),
    "weibull .5": ({"kind": "weibull", "shape": 0.5, "scale": "4ms"}, weibull(0.5, 4 * MS)),
    "weibull 3": ({"kind": "weibull", "shape": 3, "scale": "4ms"}, weibull(3.0, 4 * MS)),
    "weibull mean": ({"kind": "weibull", "shape": 2, "mean": "4ms"}, weibull(2.0, 8 * MS / np.sqrt(np.pi))),
}


def table_quantile(table: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Return the draw at given lower-tail probabilities."""
    return draws.draw_many(table, (p * 2.0**63).astype(np.int64))


def table_mean(table: np.ndarray) -> Fraction:
    """Exact mean of all draws but for rounding: each cell's draw in its middle, times the cell's probability."""
    total = Fraction(0)
    for tail in (0, 1):
        for octave in range(draws.OCTAVES):
            middles = (2 * np.arange(32, 64) + 1) << (56 - octave) >> 1
            drawn = draws.draw_many(table, middles if tail == 0 else draws.TOP - middles)
            total += sum(drawn.tolist()) * Fraction(1, 2 ** (octave + 7))
        atom = draws.draw_many(table, np.array([5 if tail == 0 else draws.TOP - 5]))
        total += int(atom[0]) * Fraction(1, 2**41)
    return total


@pytest.mark.parametrize("name", CASES)
def test_mean_and_quantiles(name: str) -> None:
    """The declared mean is SciPy's, the table's is within 0.1 % of it, and p1 to p99.99 are within 0.5 % or 1 ns."""
    value, exact = CASES[name]
    model = model_of(value)
    table = draws.compile_distribution(model)
    assert model.mean_ns == pytest.approx(exact.mean(), rel=1e-9)
    assert abs(float(table_mean(table)) - model.mean_ns) <= max(0.001 * model.mean_ns, 0.5)
    expected = exact.ppf(PROBABILITIES)
    assert np.all(np.abs(table_quantile(table, PROBABILITIES) - expected) <= np.maximum(0.005 * expected, 1.0))


@pytest.mark.parametrize(
    ("value", "mean"),
    [
        ({"branches": [{"weight": 9, "mean": "1ms"}, {"weight": 1, "mean": "20ms"}]}, 2.9 * MS),
        ({"branches": [{"weight": 1, "mean": "5ms"}]}, 5.0 * MS),
        ({"mean": "10ms", "cv": 1}, 10.0 * MS),
        ({"mean": "10ms", "cv": 5}, 10.0 * MS),
    ],
)
def test_hyperexponential(value: dict[str, Any], mean: float) -> None:
    """Mean, coefficient of variation and distribution function of the mixture are those declared."""
    model = model_of({"kind": "hyperexponential", **value})
    table = draws.compile_distribution(model)
    assert model.mean_ns == pytest.approx(mean, rel=1e-12)
    assert abs(float(table_mean(table)) - mean) <= 0.001 * mean
    mixture = model.mixture()  # type: ignore[attr-defined]
    if "cv" in value:
        assert sum(2 * share * m * m for share, m in mixture) == pytest.approx((1 + value["cv"] ** 2) * mean**2)
    drawn = table_quantile(table, PROBABILITIES)
    for factor, side in ((0.995, np.less_equal), (1.005, np.greater_equal)):
        reached = -sum(share * np.expm1(-drawn * factor / m) for share, m in mixture)
        assert side(reached, PROBABILITIES).all()


def test_resampling_is_exact() -> None:
    """An empirical distribution gives its values only, each with its share, whichever way it is compiled."""
    values = ("1ms", "2ms", "2ms", "9ms")
    plain = draws.compile_distribution(Empirical(values=values))
    assert plain.tolist() == [draws.SAMPLES, 4, 1_000_000, 2_000_000, 2_000_000, 9_000_000]
    u = draws.bits_many(1, np.arange(100_000))
    assert np.unique(draws.draw_many(plain, u), return_counts=True)[0].tolist() == [1_000_000, 2_000_000, 9_000_000]
    weighted = draws.compile_distribution(Empirical(values=values, weights=(1, 0, 2, 5)))
    counts = np.unique(draws.draw_many(weighted, u), return_counts=True)[1]
    assert stats.chisquare(counts, np.array([1, 2, 5]) / 8 * len(u)).pvalue > 1e-4
    assert Empirical(values=values, weights=(1, 0, 2, 5)).mean_ns == 6.25e6
    for model in (Empirical(values=values), Empirical(values=values, weights=(1, 0, 2, 5))):
        p = np.array([0.1, 0.3, 0.6, 0.99])
        assert model.quantile(p, 1 - p).tolist() == table_quantile(draws.compile_distribution(model), p).tolist()


def test_a_single_value_is_a_constant() -> None:
    """Shorthand, constant, and empirical with one distinct value compile to the same two words."""
    for value in ("5ms", {"kind": "constant", "value": "5ms"}, {"kind": "empirical", "values": ["5ms", "5ms"]}):
        model = model_of(value)
        assert draws.compile_distribution(model).tolist() == [draws.CONSTANT, 5_000_000]
        assert model.mean_ns == 5.0 * MS
        assert model.quantile(np.array([0.1]), np.array([0.9])).tolist() == [5.0 * MS]


EDGES = sorted(
    {
        *(max(0, min(draws.TOP, (1 << shift) + off)) for shift in range(64) for off in (-1, 0, 1)),
        *(draws.TOP - max(0, min(draws.TOP, (1 << shift) + off)) for shift in range(64) for off in (-1, 0, 1)),
    }
)


@pytest.mark.parametrize("name", CASES)
def test_python_and_numpy_draws_are_equal_and_ascend(name: str) -> None:
    """Bit for bit, also at the edges of octaves; a larger u never gives a shorter duration; none is negative."""
    table = draws.compile_distribution(model_of(CASES[name][0]))
    u = np.sort(np.concatenate([draws.bits_many(5, np.arange(3_000)), EDGES]))
    drawn = draws.draw_many(table, u)
    words = [0, 0, 0, *table.tolist()]
    assert drawn.tolist() == [draws.draw(words, 3, x) for x in u.tolist()]
    assert drawn.tolist()[::50] == [draws.draw(memoryview(table), 0, x) for x in u.tolist()[::50]]
    with np.errstate(all="raise"):  # NumPy's integers, where a table is still an array
        assert drawn.tolist()[::50] == [draws.draw(table, 0, x) for x in u.tolist()[::50]]
    assert np.all(np.diff(drawn) >= 0)
    assert drawn[0] >= 0


def test_widest_cells_do_not_overflow() -> None:
    """Interpolation holds 64 bits for cells as wide as 2**62 nanoseconds, rising and falling."""
    table = np.zeros(draws.TABLE_WORDS, dtype=np.int64)
    table[0] = draws.TABLE
    table[2 : draws.TAIL + 1 : 2] = draws.KNOT_NS_MAX
    u = draws.bits_many(5, np.arange(20_000))
    assert draws.draw_many(table, u).tolist() == [draws.draw(table.tolist(), 0, x) for x in u.tolist()]
    assert draws.draw_many(table, u).min() >= 0
    assert draws.draw_many(table, u).max() <= draws.KNOT_NS_MAX


def test_sample_means_meet_the_declared_mean() -> None:
    """A million draws of a lognormal average to its mean within four standard errors."""
    model = model_of({"kind": "lognormal", "mean": "10ms", "cv": 1})
    drawn = draws.draw_many(draws.compile_distribution(model), draws.bits_many(11, np.arange(1_000_000)))
    assert abs(drawn.mean() / model.mean_ns - 1) < 4e-3


@pytest.mark.parametrize("alpha", [1.05, 1.1, 1.2])
def test_a_tail_that_no_table_can_hold_is_refused(alpha: float) -> None:
    """The message names the distribution, the shortfall and the remedy."""
    with pytest.raises(ValueError, match=r'"pareto", "alpha": .* % below the declared mean.* choose a lighter tail'):
        draws.compile_distribution(Pareto(alpha=alpha, minimum="1ms"))


def test_compiled_tables_are_shared_and_read_only() -> None:
    """The same settings give the same array, which nobody can change."""
    table = draws.compile_distribution(Uniform(low="1ms", high="2ms"))
    assert draws.compile_distribution(Uniform(low="1ms", high="2ms")) is table
    with pytest.raises(ValueError, match="read-only"):
        table[0] = 1


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"kind": "lognormal", "median": "3ms"}, "either median and p99, or mean and cv, and got median"),
        ({"kind": "lognormal", "median": "3ms", "p99": "9ms", "cv": 1}, "got median, p99, cv; give exactly one pair"),
        ({"kind": "lognormal"}, "got none of them"),
        ({"kind": "lognormal", "median": "3ms", "p99": "1ms"}, r"p99 \(1ms\) is below the median \(3ms\)"),
        ({"kind": "gamma", "mean": "3ms"}, "exactly one of cv or shape, and got neither"),
        ({"kind": "pareto", "alpha": 2, "mean": "3ms", "minimum": "1ms"}, "got minimum and mean"),
        ({"kind": "pareto", "alpha": 1, "mean": "3ms"}, "greater than 1"),
        ({"kind": "weibull", "shape": 2}, "exactly one of scale or mean"),
        ({"kind": "hyperexponential", "mean": "3ms"}, "either branches, or mean and cv"),
        ({"kind": "uniform", "low": "3ms", "high": "1ms"}, r"high \(1ms\) is below low \(3ms\); swap them"),
        ({"kind": "empirical", "values": []}, "at least 1"),
        ({"kind": "empirical", "values": ["1ms"], "weights": [1, 2]}, "2 weights for 1 values"),
        ({"kind": "empirical", "values": ["1ms"], "weights": [0]}, "not all zero"),
        ({"kind": "exponental", "mean": "1ms"}, "constant, empirical, erlang, exponential, gamma"),
        ({"mean": "1ms"}, "constant, empirical, erlang, exponential, gamma"),
        ({"kind": "exponential", "mean": "1ms", "men": "2ms"}, "men"),
        (5, "needs a unit"),
        ("fast", "is not a duration"),
    ],
)
def test_refusals_say_the_remedy(value: object, message: str) -> None:
    """Every mistake in a distribution is refused with words that lead to the right one."""
    with pytest.raises(pydantic.ValidationError, match=message):
        model_of(value)


def test_every_kind_round_trips_and_is_in_the_schema() -> None:
    """What a model prints is read as the same model; the JSON Schema offers every kind and the shorthand."""
    for value, _ in CASES.values():
        model = model_of(value)
        assert model_of(model.model_dump(exclude_none=True)) == model
        assert model_of(model) is model
    schema = ADAPTER.json_schema()
    assert schema["anyOf"][0]["type"] == "string"
    kinds = {
        definition["properties"]["kind"]["const"]
        for definition in schema["$defs"].values()
        if "kind" in definition["properties"]
    }
    assert kinds >= {"constant", "empirical", "erlang", *(value["kind"] for value, _ in CASES.values())}
