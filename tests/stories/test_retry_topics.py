"""What the page on retry topics says in words, as assertions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

import sim
from sim.record import fields as f
from tests.stories.story import PATTERNS, result_of

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "retry-topics"
CALM = ("faults={}",)
MOOD, MALFORMED, TRY, REST, RATE = 0.01, 0.01, 0.007, 2.0, 20.0
RUN, BEGIN, HORIZON = 220.0, 50.0, 240.0


def of(variant: str, path: str, *overrides: str) -> Any:
    """The estimate of a metric of a variant."""
    return result_of(FOLDER, variant, overrides).estimate(path)


def held(malformed: float) -> float:
    """How long a partition is held for a message of four tries in place: the attempts' own times count as well."""
    return (1 - malformed) * (TRY + (TRY + REST) * (MOOD + MOOD**2 + MOOD**3)) + malformed * (4 * TRY + 3 * REST)


def test_one_malformed_order_in_a_hundred_stops_the_log() -> None:
    """Blocking retries are stable only if rate times time held is below 1; above, the backlog grows by what is left over."""
    assert (round(RATE * held(MALFORMED), 2), round(RATE * held(0.0), 2)) == (1.75, 0.55)
    assert (round(REST * MOOD, 2), round(3 * REST * MALFORMED, 2)) == (0.02, 0.06)
    assert round(4 * (RATE - 1 / held(MALFORMED))) == 34
    records = result_of(FOLDER, "in_place").records
    lags = [one.groups[[60, 119], 0, f.groups.GROUP_LAG_MAX] for one in records]
    growth = sum(int(last - first) for first, last in lags) / len(lags) / 59
    assert growth == pytest.approx(4 * (RATE - 1 / held(MALFORMED)), rel=0.1)
    assert of("in_place", "order.late").low > 10 * MALFORMED


def test_with_retry_topics_nobody_waits_behind_what_fails() -> None:
    """The first topic has a handful of orders before it, in the outage too; what is in the retry topic waits for its time."""
    for record in result_of(FOLDER, "topics").records:
        assert record.groups[20:, 0, f.groups.GROUP_LAG_MAX].mean() < 5
        assert record.groups[120:136, 0, f.groups.GROUP_LAG_MAX].max() < 20
        assert record.groups[130:136, 1, f.groups.GROUP_LAG_MAX].max() == pytest.approx(80 * 10, rel=0.15)
    assert of("topics", "order.completion.p90").high < 0.05


def test_the_outage_is_outlasted() -> None:
    """Next to only what is malformed is a dead letter: what had its three tries, 40 s after it came, by the end."""
    share = MALFORMED * (HORIZON - BEGIN - 40) / RUN
    assert of("topics", "order.spoiled").mean == pytest.approx(share, rel=0.1)
    assert of("topics", "order.late").high == 0
    assert round(MOOD**3 * 1e6) == 1
    good = result_of(FOLDER, "topics", ("faults.malformed.at=235s", "faults.malformed.for=1s")).records
    dead = sum(int(one.groups[:, 2, f.groups.GROUP_HANDED_ON].sum()) for one in good)
    assert (5 * 80, 5 * 80 * MOOD, 15 * 80) == (400, 4, 1200)
    assert dead / len(good) == pytest.approx(4, abs=4 * math.sqrt(4 / len(good)))
    assert 39.9 < of("topics", "order.completion.p99").mean < 40.2


def test_the_call_loses_more() -> None:
    """Who comes in the first nine of the fifteen seconds of the outage, and what is malformed; it is told at once."""
    share = (9 + MALFORMED * (HORIZON - BEGIN - 10)) / RUN
    assert of("sync", "order.errors").mean == pytest.approx(share, rel=0.05)
    assert of("sync", "order.spoiled").low > 5 * of("topics", "order.spoiled").high


def test_the_call_is_best_as_long_as_nothing_goes_wrong() -> None:
    """Two seconds instead of ten for the hundredth order, and a half of all no slower."""
    assert of("sync", "order.completion.p50", *CALM).mean < of("topics", "order.completion.p50", *CALM).mean
    assert of("sync", "order.completion.p99", *CALM).high < 2.1
    assert of("topics", "order.completion.p99", *CALM).high > 10


def test_what_it_costs_is_order(tmp_path: Path) -> None:
    """A read model that knows the newest of each customer sees 86 % of the second tries come too late; in place none."""
    exact, found = 1 - math.exp(-10 / 5), {}
    assert round(exact, 2) == 0.86
    (tmp_path / "common.yaml").write_text((PATTERNS / FOLDER / "common.yaml").read_text())
    for variant in ("topics", "in_place"):
        text = (PATTERNS / FOLDER / f"{variant}.yaml").read_text()
        call = "        - {call: partner.confirm, timeout: 1s}\n"
        text = text.replace(call, f"{call}        - {{project: book}}\n") + "projections: {book: {}}\n"
        (tmp_path / f"{variant}.yaml").write_text(text)
        records = sim.run(sim.load(tmp_path / f"{variant}.yaml", list(CALM))).records
        outdated = sum(int(one.tables["projections"][:, 0, f.projections.VIEW_OUTDATED].sum()) for one in records)
        found[variant] = outdated, sum(int(one.groups[:, 1:, f.groups.GROUP_APPLIED].sum()) for one in records)
    assert found["in_place"][0] == 0
    outdated, again = found["topics"]
    assert outdated / again == pytest.approx(exact, abs=4 * math.sqrt(exact * (1 - exact) / again))
