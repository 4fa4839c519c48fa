"""What every chart must have, whatever it shows: units, n, faults, words, room for every text, letters that can be read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex

from sim.charts.palette import CONTRAST, LOOKS, SECOND, THEMES, contrast, readable, themed
from sim.charts.style import blank_figure, halo, told
from sim.charts.text import SMALLEST
from sim.version import __version__
from tests.charts.cases import CASES, ON_AXES, PAGES, Case, draw
from tests.charts.looks import cut_off, overlaps, texts_of, too_small, unreadable
from tests.shares import share

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SIZES = [(4.2, 3.0), (14.0, 8.0)]
"""Inches: small and large; the third size is that of a chart's own figure."""
PAGE_SIZES = [(7.0, 13.0), (16.0, 14.0)]
"""The same for pages of several panels."""
NUMBER = re.compile(r"[\N{MINUS SIGN}-]?[\d.,]+(?:e[+-]?\d+)?")
UNIT = re.compile(r"\((?:/?(?:s|min|h)|%)\)$")
COUNTED = {
    *("requests + messages", "attempts a call", "messages", "effects, a run", "replicas", "requests, a replica"),
    "handlers, workers, connections",
}
"""Labels of axes whose numbers count what they name."""
PATH = re.compile(r"\w+(?:\.\w+)+")
"""Labels of axes of a sweep: what was overridden; its values are written with their units."""


def checked(figure: Figure) -> None:
    """No two texts cover each other, none is cut off, none is too small."""
    assert overlaps(figure) == []
    assert cut_off(figure) == []
    assert too_small(figure, SMALLEST) == []


@pytest.mark.parametrize("size", share(SIZES, 2, ids=map(str, SIZES)))
@pytest.mark.parametrize("case", ON_AXES, ids=lambda case: case.name)
def test_every_text_has_its_own_place_at_every_size(case: Case, size: tuple[float, float], subjects: dict[str, Any]) -> None:
    """On axes of a small and of a large figure: no overlap, nothing cut off, 8 points at least."""
    checked(draw(case, subjects, size))


@pytest.mark.parametrize("size", share(PAGE_SIZES, 2, ids=map(str, PAGE_SIZES)))
@pytest.mark.parametrize("case", [case for case in CASES if case.chart in PAGES], ids=lambda case: case.name)
def test_a_page_is_complete_at_every_size(case: Case, size: tuple[float, float], subjects: dict[str, Any]) -> None:
    """The same for pages of several panels, on half a sheet and on a large screen."""
    checked(draw(case, subjects, size))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_chart_on_a_figure_of_its_own_is_complete(case: Case, subjects: dict[str, Any]) -> None:
    """It says n, seed, digest and version at its foot, what it shows in words, panel by panel, and all is legible.

    Every panel is labelled; those over time show every fault; every text can be read in the light.
    """
    figure = draw(case, subjects)
    foot = " ".join(figure.get_supxlabel().split())
    assert f"eventflow {__version__}" in foot
    if case.subject != "bars":
        assert "n = " in foot
        assert "seed " in foot
        assert subjects_digest(subjects[case.subject]) in foot
    checked(figure)
    labelled(figure)
    shows_faults(figure)
    can_be_read(figure, "light")
    plt.close("all")
    said = told(figure)
    assert said.endswith(".")
    assert any(sign.isdigit() for sign in said)
    assert all(ax.get_label() for ax in figure.axes)


def subjects_digest(subject: Any) -> str:
    """The digest that a chart of this subject must show: that of its first scenario."""
    if hasattr(subject, "plan"):
        return str(next(iter(subject.plan.scenarios.values())).digest()[:8])
    return str(getattr(subject, "a", subject).scenario.digest()[:8])


def labelled(figure: Figure) -> None:
    """Every panel has a title on the left; where ticks are plain numbers, the label of the axis says of what, or their unit."""
    for ax in figure.axes:
        assert ax.get_title(loc="left")
        for axis in (ax.xaxis, ax.yaxis):
            label, ticks = axis.label.get_text(), [tick.get_text() for tick in axis.get_ticklabels() if tick.get_visible()]
            if any(ticks) and all(NUMBER.fullmatch(tick) for tick in ticks if tick):
                assert UNIT.search(label) or label in COUNTED or PATH.fullmatch(label), (label, ticks)


def shows_faults(figure: Figure) -> None:
    """From its begin to its end, by name, on whatever has an axis of simulated time."""
    for ax in figure.axes:
        if over_time(ax):
            assert {"slow_pay", "other-slow-pay"} <= {text.get_text().replace("\n", "") for text in ax.texts}
            assert {(4.0, 7.0), (5.0, 8.0)} <= marked(ax)


def over_time(ax: Any) -> bool:
    """Whether the axes, or others below them on the same axis, are labelled with simulated time."""
    return any("simulated time" in one.get_xlabel() for one in ax.get_shared_x_axes().get_siblings(ax))


def marked(ax: Any) -> set[tuple[float, float]]:
    """Begin and end of everything that has the shade of a fault."""
    fault = THEMES["light"].fault.lower()
    found = [patch for patch in ax.patches if to_hex(patch.get_facecolor()) == fault]
    return {(patch.get_x(), patch.get_x() + patch.get_width()) for patch in found}


def test_the_charts_over_time_are_known_as_such(subjects: dict[str, Any]) -> None:
    """What the test above looks at: eight of the panels that there are, or more."""
    panels = [ax for name in ("goodput", "timeline") for ax in draw(Case(name, "pair"), subjects).axes]
    plt.close("all")
    assert [over_time(ax) for ax in panels] == [True] * 6
    assert not over_time(draw(Case("forest", "pair"), subjects, (8.0, 6.0)).axes[0])


def test_a_trace_during_a_fault_shows_it(subjects: dict[str, Any]) -> None:
    """The slowest trace of the shop falls into both faults; the waterfall names them."""
    texts = [text.get_text() for text in texts_of(draw(Case("waterfall", "sync"), subjects, (9.0, 4.0)))]
    assert {"slow_pay", "other-slow-pay"} <= set(texts)


@pytest.mark.parametrize("theme", sorted(THEMES))
def test_text_can_be_read_on_its_paper(theme: str) -> None:
    """Ink, quiet text and the colours of all sides have a contrast of 4.5 at least, after WCAG 2."""
    with themed(theme):
        now = THEMES[theme]
        for colour in (now.ink, now.quiet, *(readable(look.colour) for look in (*LOOKS.values(), *SECOND.values()))):
            assert contrast(colour, now.paper) >= CONTRAST


@pytest.mark.parametrize("case", share(CASES, 4, ids=[case.name for case in CASES]))
def test_every_text_can_be_read_in_the_dark_too(case: Case, subjects: dict[str, Any]) -> None:
    """What the test of a figure of its own holds in the light."""
    can_be_read(draw(case, subjects, None if case.chart in PAGES else (8.0, 5.0), theme="dark"), "dark")


def can_be_read(figure: Figure, theme: str) -> None:
    """Figure and axes have the paper of the theme; every text has a contrast of 4.5 at least with what is behind it."""
    paper = THEMES[theme].paper
    assert to_hex(figure.get_facecolor()).upper() == paper
    assert {to_hex(ax.get_facecolor()).upper() for ax in figure.axes} == {paper}
    assert unreadable(figure, paper) == []


def test_a_text_that_cannot_be_read_is_noticed() -> None:
    """Grey on grey is; black on it is not, nor is grey with a halo of white paper."""
    ax = blank_figure((4.0, 3.0)).add_subplot()
    ax.set_facecolor("#909090")
    for number, colour in enumerate(("#808080", "#000000", "#606060")):
        ax.text(0.1, 0.2 + 0.2 * number, colour, color=colour, path_effects=halo() if number == 2 else None)
    assert [words.split()[0] for words in unreadable(ax.figure, "#FFFFFF")] == ["'#808080'"]


def test_an_unknown_theme_is_refused(subjects: dict[str, Any]) -> None:
    """With a did-you-mean, and the theme in force stays."""
    with pytest.raises(ValueError, match="there is no theme 'drak'; did you mean 'dark'"):
        subjects["pair"].plot.goodput(theme="drak")


def test_charts_are_asked_for_by_name_of_what_they_can_show(subjects: dict[str, Any]) -> None:
    """A chart of a sweep is not offered by a result; the message says which there are."""
    assert "forest" in dir(subjects["pair"].plot)
    assert "heatmap" in dir(subjects["sweep"].plot)
    with pytest.raises(AttributeError, match="'heatmap' is no chart of a result; its charts: attempts, backlog"):
        _ = subjects["sync"].plot.heatmap
    ax = subjects["sweep"].plot.lines(theme="dark")
    assert to_hex(ax.figure.get_facecolor()).upper() == THEMES["dark"].paper
    plt.close("all")
