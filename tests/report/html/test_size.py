"""The page stays small enough to be sent by mail: a hundred services, an hour, twenty replications, two sides."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from sim.api import compare
from sim.report.html.folder import FIGURES_BYTES_MAX, read_folder
from sim.report.html.page import page
from sim.scenario import loads
from tests.report.html.made import write_folder

if TYPE_CHECKING:
    from pathlib import Path

    from sim.scenario.scenario import Scenario

SERVICES = 100
PAGE_MAX = 5_000_000
"""Bytes."""


def tree(*, events: bool) -> Scenario:
    """A tree of services, three below each; of every three the last is called, or told by an event."""
    services: dict[str, Any] = {}
    told = []
    for number in range(SERVICES):
        steps: list[dict[str, Any]] = [{"work": "2ms"}]
        for place, below in enumerate(range(3 * number + 1, min(3 * number + 4, SERVICES))):
            if events and place == 2:
                steps.append({"publish": f"topic-{below:03}"})
                told.append(below)
            else:
                steps.append({"call": f"service-{below:03}.do", "timeout": "1s"})
        services[f"service-{number:03}"] = {"replicas": 2, "workers": 2, "queue_max": 50, "operations": {"do": steps}}
    data: dict[str, Any] = {
        "name": f"tree-{'events' if events else 'sync'}",
        "architecture": "event-driven" if events else "synchronous",
        "services": services,
        "workload": {"orders": {"operation": "service-000.do", "arrivals": {"kind": "poisson", "rate": "0.2/s"}}},
        "faults": {"slow": {"kind": "slowdown", "target": "service-007", "factor": 1500, "at": "600s", "for": "300s"}},
        "run": {"horizon": "1h", "replications": 20, "seed": 1},
    }
    if events:
        data["brokers"] = {"log": {"kind": "log", "topics": {f"topic-{one:03}": {"partitions": 4} for one in told}}}
        data["subscriptions"] = {
            f"group-{one:03}": {"topic": f"topic-{one:03}", "operation": f"service-{one:03}.do"} for one in told
        }
    return loads(json.dumps(data))


@pytest.mark.thorough
def test_a_hundred_services_for_an_hour_fit_into_five_megabytes(tmp_path: Path) -> None:
    """Page and replay of the pair, with all that figures may take besides, are less than 5 MB.

    So few requests an hour make rough curves, which pack worst: more of them make the page smaller.
    """
    folder = write_folder(compare(tree(events=False), tree(events=True)), tmp_path)
    text = page(read_folder(folder))
    assert text.count('class="node service"') == 2 * SERVICES
    assert len(text.encode()) + FIGURES_BYTES_MAX * 4 / 3 < PAGE_MAX
