"""What the replay says of policies is what the records hold; who has none hears nothing of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from sim.record import fields as f
from sim.report.html.coding import unpack
from sim.report.html.data import replay_data
from sim.report.html.folder import PageError, read_folder
from sim.report.html.page import page
from tests.report.html.guarded import guarded_pair
from tests.report.html.made import write_folder
from tests.report.html.seen import Seen

if TYPE_CHECKING:
    from pathlib import Path

    from sim.results.comparison import Comparison

SECOND = 1e9
TITLES = ("breakers engaged", "replicas ready", "replicas ejected", "concurrency limit", "cache hits")


@pytest.fixture(scope="module")
def pair() -> Comparison:
    """A shop with policies, and one without."""
    return guarded_pair()


@pytest.fixture(scope="module")
def sides(pair: Comparison) -> list[dict[str, Any]]:
    """Both sides of the replay."""
    found: list[dict[str, Any]] = replay_data([pair.a, pair.b], pair.labels)["sides"]
    return found


def states(side: dict[str, Any], name: str) -> dict[str, Any]:
    """The series of a service's policies, as numbers."""
    node = next(one for one in side["nodes"] if one["name"] == name)
    return {key: unpack(series, 10) for key, series in node.get("policies", {}).items()}


def counted(pair: Comparison, family: str, row: int, column: int) -> Any:
    """A column of a row, by window, of all replications together."""
    return sum(record.tables[family][:, row, column] for record in pair.a.records)


def test_each_service_has_what_its_policies_are_at(pair: Comparison, sides: list[dict[str, Any]]) -> None:
    """Replicas, ejections by caller, the limit of a replica, and hits of looks, as means over each second."""
    payment, catalog, shop = (states(sides[0], name) for name in ("payment", "catalog", "shop"))
    assert (set(payment), set(catalog), set(shop)) == ({"ready", "wanted"}, {"ejected", "limit"}, {"hits"})
    assert payment["ready"] == pytest.approx(counted(pair, "scalers", 0, f.scalers.SCALER_READY_AREA) / 2 / SECOND, abs=0.005)
    assert payment["ready"].max() > payment["ready"][0] == 2.0
    ejected = counted(pair, "balancers", 0, f.balancers.BALANCER_EJECTED_AREA) / 2 / SECOND
    assert catalog["ejected"] == pytest.approx(ejected / 2, abs=0.005)  # two callers, each with a list of its own
    assert 0.0 < catalog["ejected"].max() <= 4.0
    assert catalog["limit"] == pytest.approx(
        counted(pair, "limiters", 0, f.limiters.LIMIT_AREA) / 2 / SECOND / 4, rel=0.002
    )
    looks, hits = (counted(pair, "caches", 0, column) for column in (f.caches.CACHE_LOOKS, f.caches.CACHE_HITS))
    assert shop["hits"] == pytest.approx(hits / looks, abs=0.0005001)


def test_a_call_has_the_share_of_its_guards_that_are_engaged(pair: Comparison, sides: list[dict[str, Any]]) -> None:
    """The breakers of both callers, of which all are open for a part of the fault, and none before."""
    links = [one for one in sides[0]["links"] if "policies" in one]
    assert [(one["from"], one["to"], list(one["policies"])) for one in links] == [("s0", "s2", ["breaker"])]
    engaged = unpack(links[0]["policies"]["breaker"], 10)
    assert engaged == pytest.approx(counted(pair, "guards", 0, f.guards.GUARD_ENGAGED_AREA) / 4 / SECOND, abs=0.0005001)
    assert engaged[:3].max() == 0.0
    assert engaged[4] > 0.5


def test_who_has_no_policies_hears_nothing_of_them(sides: list[dict[str, Any]]) -> None:
    """No series, no link with guards, no curve."""
    assert not any("policies" in node for node in sides[1]["nodes"])
    assert not any("policies" in link for link in sides[1]["links"])
    assert set(sides[0]["curves"]) - set(sides[1]["curves"]) == {"breakers", "ready", "ejected", "limit", "hits"}


def test_the_curves_are_of_the_whole_system(sides: list[dict[str, Any]]) -> None:
    """With one service each they are what the service is at; their band holds them."""
    for key, name in (("ready", "payment"), ("ejected", "catalog"), ("limit", "catalog")):
        mean, low, high = (unpack(sides[0]["curves"][key][part], 10) for part in ("mean", "low", "high"))
        assert mean == pytest.approx(states(sides[0], name)[key], abs=0.02)
        assert np.all((low <= mean + 0.02) & (mean <= high + 0.02))


def test_the_page_has_a_strip_for_each_and_refuses_one_that_is_damaged(pair: Comparison, tmp_path: Path) -> None:
    """Strips stand where a side has such a policy, said in words too; a series that cannot be read is met at once."""
    folder = write_folder(pair, tmp_path)
    text = page(read_folder(folder))
    titles = Seen(text).texts["b"]
    assert [title for title in titles if title in TITLES] == list(TITLES)
    assert "breakers engaged over 0:10; shop-guarded: at most" in text
    data = json.loads((folder / "replay.json").read_text(encoding="utf-8"))
    del next(one for one in data["sides"][0]["nodes"] if "policies" in one)["policies"]["hits"]["step"]
    (folder / "replay.json").write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(PageError, match="damaged"):
        read_folder(folder)
