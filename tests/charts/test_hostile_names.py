r"""Names are shown as they are written: dollars, underscores, right to left, control characters, 5 000 signs.

    "a$b_c^d$"  shown      "\n"  written out      5 000 signs  cut in the middle      never mathematics, never a warning
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from matplotlib import pyplot as plt

from sim.charts.sensitivity import Bars
from sim.charts.style import save
from sim.charts.text import ELLIPSIS, NAME_MAX, fitted, shown, width_of, wrapped
from sim.results.comparison import Comparison
from sim.results.result import Result
from sim.scenario import Scenario
from sim.sweeps import run_sweep
from tests.charts.cases import CASES, chart, draw
from tests.charts.conftest import TINY
from tests.charts.looks import boxes, cut_off, texts_of
from tests.shares import THOROUGH, share

if TYPE_CHECKING:
    from pathlib import Path

HEBREW, ARABIC = "\u05e9\u05dc\u05d5\u05dd", "\u0645\u0631\u062d\u0628\u0627"
HOSTILE = {
    "dollars": "a$b_c^d$",
    "broken mathematics": "$\\frac{1}{",
    "underscore": "_hidden",
    "markup": "<b>&amp;</b>",
    "script": "<script>x</script>",
    "percent": "100%s{0}%(x)d",
    "backslashes": "\\alpha\\n",
    "hebrew": HEBREW,
    "arabic": ARABIC,
    "turned around": "ab\u202ecd",
    "joiner": "a\u200db\ufeffc",
    "control": "a\x00b\x1b[31mc",
    "lines": "a\nb\r\nc\td",
    "emoji": "pay\U0001f4b8",
    "chinese": "\u652f\u4ed8",
    "combining": "e\u0301\u0301\u0301",
    "surrogate": "a\ud800b",
    "spaces": "  two  ends  ",
    "quotes": "'\"`",
    "long": "x" * 5000,
    "long words": "word " * 1000,
}


def hostile(result: Result, name: str) -> Result:
    """The same records with every name replaced by a hostile one, a number behind it to tell them apart."""
    network = result.network
    scenario = network.scenario
    services = {service.name: f"{name}{number}" for number, service in enumerate(network.services)}
    faults = {
        f"{name}{number}": fault.model_copy(update={"target": services[fault.target]})
        for number, fault in enumerate(scenario.faults.values())
    }
    renamed_services = {services[old]: service for old, service in scenario.services.items()}
    changed = scenario.model_copy(update={"name": name, "faults": faults, "services": renamed_services})

    def renamed(things: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(replace(thing, name=f"{name}{number}") for number, thing in enumerate(things))

    operations = renamed(network.operations)
    flows = renamed(network.flows)
    callers = dict(zip((one.name for one in (*network.operations, *network.flows)), (*operations, *flows), strict=True))
    edges = tuple(replace(edge, caller=callers[edge.caller].name) for edge in network.edges)
    other = replace(
        network,
        scenario=changed,
        services=renamed(network.services),
        operations=operations,
        flows=flows,
        edges=edges,
        channels=renamed(network.channels),
    )
    return Result(changed, tuple(replace(record, network=other) for record in result.records), result.seed, result.engine)


def titled(result: Result, name: str) -> Result:
    """The same records of a scenario of that name, all else as it was: for charts that look metrics up by name."""
    network = replace(result.network, scenario=result.scenario.model_copy(update={"name": name}))
    records = tuple(replace(record, network=network) for record in result.records)
    return Result(network.scenario, records, result.seed, result.engine)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_name_is_shown_as_it_is_written(text: str) -> None:
    """What can be seen is kept; the rest is written as an escape; nothing is longer than it may be."""
    seen = shown(text)
    assert len(seen) <= NAME_MAX
    assert all(unicodedata.category(sign) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} for sign in seen)
    for sign in seen.replace(ELLIPSIS, ""):
        assert sign in unicodedata.normalize("NFC", text) or sign in "\\xuU0123456789abcdefnrt"


def test_what_can_be_seen_is_not_touched() -> None:
    """Dollars, underscores, markup and right-to-left letters stay; unseen ones are told by their numbers."""
    for name in ("dollars", "broken mathematics", "underscore", "script", "percent", "hebrew", "arabic", "quotes"):
        assert shown(HOSTILE[name]) == HOSTILE[name]
    assert shown("ab\u202ecd") == "ab\\u202ecd"
    assert shown("a\x00b\nc") == "a\\x00b\\nc"
    assert shown("pay\U0001f4b8") == "pay\\U0001f4b8"
    assert shown("x" * 5000, 11) == "xxxxx" + ELLIPSIS + "xxxxx"


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("points", [20.0, 60.0, 300.0])
def test_a_text_is_never_wider_than_its_place(text: str, points: float) -> None:
    """Cut until it fits; sentences in lines that fit."""
    assert width_of(fitted(text, points), 8.0) <= points
    lines = wrapped(f"{text} and more words", points, 8.0).split("\n")
    assert len(lines) <= 3
    assert all(width_of(line, 8.0) <= points for line in lines)


SHOWN = ["broken mathematics", "underscore", "hebrew", "control", "surrogate", "long"]


@pytest.mark.parametrize("step", [9, pytest.param(1, marks=THOROUGH)])
@pytest.mark.parametrize("kind", share(SHOWN, 2))
def test_charts_survive_hostile_names(kind: str, step: int, subjects: dict[str, Any], tmp_path: Path) -> None:
    """Every chart of results is saved without a warning, nothing read as mathematics, no text cut off; the name is there.

    Each second chart with one of the names by default, each with all when asked for.
    """
    name = HOSTILE[kind]
    pair = Comparison.__new__(Comparison)
    pair.__dict__.update(flow="", a=hostile(subjects["sync"], name), b=hostile(subjects["events"], name))
    given = {"pair": pair, "sync": pair.a, "events": pair.b}
    measured = Comparison(*(titled(subjects[side], name) for side in ("sync", "events")))
    for case in [one for one in CASES if one.subject in given][SHOWN.index(kind) % step :: step]:
        settings = {"trace": 0} if case.chart == "waterfall" else case.settings
        figure = draw(replace(case, settings=settings), {"pair": measured} if case.chart == "forest" else given)
        assert cut_off(figure) == []
        save(figure, tmp_path / "it.svg")
        assert not any(text.get_parse_math() and "$" in text.get_text() for text in texts_of(figure))
        texts = "".join(text.get_text() for text in texts_of(figure)).replace("\n", "")
        assert shown(name, 60)[:4] in texts
        assert all(box.width < figure.get_figwidth() * figure.dpi for _, box in boxes(figure))
        plt.close("all")


def test_sweeps_survive_long_names(tmp_path: Path) -> None:
    """Paths of a sweep hold no other signs than those that names may have, but as many as 64 of them."""
    name = "a_" * 32
    text = json.dumps({**TINY, "name": name}).replace('"back', f'"{name}').replace('"orders', f'"{name}')
    scenario = Scenario.model_validate_json(text)
    over = ["network.hop=1ms,2ms", f"workload.{name}.arrivals.rate=20/s,60/s,120/s"]
    for case in CASES:
        if case.subject in {"sweep", "load"}:
            axes = over[1:] if case.subject == "load" else over
            swept = run_sweep(scenario, axes, runs=2, engine="compiled")
            figure = draw(case, {case.subject: swept}, (8.0, 5.0))
            assert cut_off(figure) == []
            save(figure, tmp_path / "it.svg")
            assert not any(text.get_parse_math() and "$" in text.get_text() for text in texts_of(figure))
            assert "a_a_a_a_" in "".join(text.get_text() for text in texts_of(figure))


@pytest.mark.parametrize("kind", share(HOSTILE, 3))
def test_plain_arrays_may_have_any_names(kind: str, tmp_path: Path) -> None:
    """Sensitivity bars of hostile inputs: as they are written, and on axes made by Matplotlib's own settings."""
    name = HOSTILE[kind]
    bars = Bars(names=[name, f"{name}2"], first=[0.1, 0.2], total=[0.3, 0.4], about=name)
    plain = plt.figure(figsize=(7.0, 3.0), layout="constrained").add_subplot()
    for figure in (
        chart("sensitivity").plot(bars, plain).figure,
        chart("sensitivity").plot(bars).figure,
    ):
        assert cut_off(figure) == []
        save(figure, tmp_path / "bars.svg")
        save(figure, tmp_path / "bars.png")
        assert not any(text.get_parse_math() and "$" in text.get_text() for text in texts_of(figure))
        if len(name) < 12 and shown(name) == name:
            assert name in [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert "\x00" not in (tmp_path / "bars.svg").read_text(encoding="utf-8")
    plt.close("all")


def test_the_pages_take_hostile_headlines(subjects: dict[str, Any], tmp_path: Path) -> None:
    """A headline of 5 000 signs, of dollars or of control characters is part of the page, not more than it."""
    for headline in ("$x$ " * 2000, "a\x00b\u202e" * 50):
        figure = chart("timeline").plot(subjects["sync"], headline=headline, panels=["goodput"])
        save(figure, tmp_path / "page.svg")
        assert cut_off(figure) == []
