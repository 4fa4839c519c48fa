"""The best of several is selected with a guarantee; who is clearly worse stops running early."""

import math
from collections.abc import Callable, Sequence

import pytest

from sim.draws import bits
from sim.stats.selection import select_best

MEANS = {"a": 10.0, "b": 12.0, "c": 9.0, "d": 30.0}


def waits(common: float = 0.0) -> Callable[[str, int, int], Sequence[float]]:
    """Values around each design's mean, uniform within 2, of which a share is common to all designs."""

    def uniform(key: int, k: int) -> float:
        return 4.0 * (bits(key, k, 0) / 2**63) - 2.0

    def more(name: str, start: int, count: int) -> list[float]:
        own = ord(name)
        rounds = range(start, start + count)
        return [MEANS[name] + common * uniform(1, k) + (1.0 - common) * uniform(own, k) for k in rounds]

    return more


def test_the_best_is_selected_and_the_worst_stops_first() -> None:
    """Lower is better: c wins, and d is out after the first ten."""
    found = select_best(waits(), list(MEANS), delta=0.5, unit="s")
    assert found.best == "c"
    assert found.survivors == ("c",)
    runs = {one.name: one.n for one in found.candidates}
    assert runs["d"] == 10
    assert runs["d"] <= runs["b"] <= runs["a"]
    assert found.runs == sum(runs.values())
    assert str(found) == (f"c is the best of 4, or within 500 ms of the best, with 95 % confidence ({found.runs} runs)")


def test_higher_may_be_better() -> None:
    """The same values, the other way."""
    assert select_best(waits(), list(MEANS), delta=0.5, better="higher").best == "d"


def test_common_random_numbers_make_it_cheaper() -> None:
    """What designs have in common needs no runs."""
    apart, alike = (select_best(waits(common), list("abc"), delta=0.25).runs for common in (0.0, 0.9))
    assert alike < apart / 2


def test_steps_of_many_rounds_select_the_same() -> None:
    """Looking less often costs runs, not the guarantee."""
    found = select_best(waits(), list(MEANS), delta=0.5, step=10)
    assert found.best == "c"
    assert all(one.n % 10 == 0 for one in found.candidates)


def test_equal_designs_end_in_a_choice() -> None:
    """Without any difference the first named is taken: it is within delta of the best."""
    found = select_best(lambda _name, start, count: [float(k) for k in range(start, start + count)], ["x", "y"], delta=1.0)
    assert found.best == "x"
    assert found.runs == 20


def test_one_design_is_the_best() -> None:
    """There is nothing to compare it with."""
    assert select_best(waits(), ["a"], delta=1.0).best == "a"


def test_the_cap_is_said_aloud() -> None:
    """Too few replications allowed: who is left, and the remedy."""
    found = select_best(waits(), ["a", "c"], delta=0.01, n_max=11, step=5)
    assert found.best == ""
    assert found.survivors == ("a", "c")
    assert str(found) == "not decided after 22 runs: one of a, c is best; allow more replications"


def test_the_allowance_by_hand() -> None:
    """Two designs whose differences have variance 1: out as soon as the lag exceeds delta / 2r (h2 S2 / delta2 - r)."""
    differences = [1.0, 3.0] * 5  # of mean 2 and variance 10 / 9
    eta = 0.5 * ((2 * 0.05) ** (-2 / 9) - 1)
    allowance = 0.5 / 20 * (2 * eta * 9 * (10 / 9) / 0.25 - 10)
    assert 0 < allowance < 2

    def more(lead: float) -> Callable[[str, int, int], list[float]]:
        return lambda name, start, count: [
            0.0 if name == "x" else differences[k % 10] - 2 + lead for k in range(start, start + count)
        ]

    assert select_best(more(allowance + 0.001), ["x", "y"], delta=0.5, n_max=10).best == "x"
    assert select_best(more(allowance - 0.001), ["x", "y"], delta=0.5, n_max=10).best == ""


@pytest.mark.parametrize(("n", "best"), [(3, ""), (5, ""), (6, "x")])
def test_equal_differences_select_by_their_number(n: int, best: str) -> None:
    """Without any spread three replications would be certain; it takes six, as for every proof by signs at 95 %."""

    def more(name: str, _start: int, count: int) -> list[float]:
        return [0.0 if name == "x" else 2.0] * count

    found = select_best(more, ["x", "y"], delta=1.0, n_first=min(n, 3), n_max=n)
    assert (found.best, found.decided_by) == (best, 6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"names": []}, "0 designs"),
        ({"names": ["a", "a"]}, "each once"),
        ({"delta": 0.0}, "above 0"),
        ({"delta": math.nan}, "above 0"),
        ({"level": 0.5}, "between 0.5 and 1"),
        ({"n_first": 2}, "use 3 <= n_first"),
        ({"n_max": 5}, "n_first <= n_max"),
        ({"step": 0}, "step of at least 1"),
    ],
)
def test_what_makes_no_sense_is_refused(change: dict[str, object], message: str) -> None:
    """The message says what to give instead."""
    arguments: dict[str, object] = {"names": ["a", "b"], "delta": 1.0, **change}
    with pytest.raises(ValueError, match=message):
        select_best(waits(), **arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("values", [[1.0], [math.inf] * 10])
def test_what_cannot_be_averaged_is_refused(values: list[float]) -> None:
    """The message names the design and the replications."""
    with pytest.raises(ValueError, match="replications 0 to 9 of 'a' gave"):
        select_best(lambda _name, _start, _count: values, ["a", "b"], delta=1.0)
