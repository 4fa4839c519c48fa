"""Results show themselves in a notebook: folded, escaped, in the page's own colours, with words for verdicts."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

import sim
from sim.notebook import Part, page
from sim.replications import run_replications
from sim.scenario import loads
from sim.sweeps import run_sweep

if TYPE_CHECKING:
    from collections.abc import Callable

SHOP = """
name: {name}
architecture: synchronous
services:
  front: {{workers: 4, queue_max: 10, operations: {{buy: [{{work: {{kind: exponential, mean: {work}}}}}]}}}}
workload:
  orders: {{operation: front.buy, arrivals: {{kind: poisson, rate: 40/s}}, timeout: 1s}}
objectives: ["orders.errors < 1%", "orders.latency.p50 < 1ms"]
run: {{horizon: 5s, replications: 3, seed: 7}}
"""
HOSTILE = "<img src=x onerror=alert(1)>\x1b[2J\u202e&\"'</details><script>alert(2)</script>"
VOID = {"img", "br", "meta", "link", "input"}


def shop(name: str = "shop", work: str = "10ms") -> sim.Scenario:
    """A small shop."""
    return loads(SHOP.format(name=name, work=work))


def hostile(work: str = "10ms") -> sim.Scenario:
    """The same, with names that mean harm."""
    scenario = shop(work=work)
    return scenario.model_copy(update={"name": HOSTILE})


RESULTS: dict[str, Callable[[sim.Scenario, sim.Scenario], str]] = {
    "result": lambda a, _: run_replications(a, engine="simpy")._repr_html_(),
    "comparison": lambda a, b: sim.Comparison(*(run_replications(one, engine="simpy") for one in (a, b)))._repr_html_(),
    "sweep": lambda a, _: run_sweep(a, ["services.front.workers=2,4"], engine="simpy")._repr_html_(),
}


class Reader(HTMLParser):
    """Reads HTML strictly: tags nest, and texts are collected."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag begins; none of them does anything."""
        assert not [name for name, _ in attrs if name.startswith("on") or name in {"src", "href"}]
        self.seen.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """A tag ends: the last one that began."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """A text."""
        self.texts.append(data)


@pytest.mark.parametrize("kind", RESULTS)
def test_results_are_whole_html_without_colours_of_their_own(kind: str) -> None:
    """Tags nest, tables fold, nothing sets a colour that the dark would swallow."""
    text = RESULTS[kind](shop(), shop("other", "30ms"))
    reader = Reader()
    reader.feed(text)
    assert reader.open == []
    assert {"details", "summary", "table", "th", "td"} <= set(reader.seen)
    assert set(re.findall(r"(?:background|color):([^;}]+)", text)) == {"transparent", "inherit"}


@pytest.mark.parametrize("kind", RESULTS)
def test_hostile_names_are_shown_and_do_nothing(kind: str) -> None:
    """Markup in a name is text, control characters and reversals are escapes."""
    if kind == "sweep":
        text = page(HOSTILE, [HOSTILE], [Part(HOSTILE, [HOSTILE], [[HOSTILE]])])  # a sweep checks the names of its points
    else:
        text = RESULTS[kind](hostile(), hostile("30ms"))
    reader = Reader()
    reader.feed(text)
    assert reader.open == []
    assert not {"script", "img"} & set(reader.seen)
    said = "".join(reader.texts)
    assert "<img src=x onerror=alert(1)>\\x1b[2J\\u202e&\"'</details><script>alert(2)</script>" in said
    assert not [sign for sign in text if not sign.isprintable()]


def test_verdicts_are_words() -> None:
    """Each objective stands there with its outcome as a word, and its reason."""
    result = run_replications(shop(), engine="simpy")
    text = result._repr_html_()
    outcomes = [verdict.outcome.upper() for verdict in result.objectives()]
    assert len(set(outcomes)) == 2
    for verdict in result.objectives():
        assert f"{verdict.outcome.upper()}: {str(verdict.objective).replace('<', '&lt;')}: " in text


def test_flows_are_folded_and_the_system_is_open() -> None:
    """What matters first is open; the rest is one click away; nothing is lost."""
    result = run_replications(shop(), engine="simpy")
    text = result._repr_html_()
    assert "<details open><summary>system (" in text
    assert "<details><summary>flows (" in text
    assert "<details><summary>services (" in text
    for row in result.summary("system", "flow", "group", "service"):
        assert f"<td>{row.path}</td>" in text
