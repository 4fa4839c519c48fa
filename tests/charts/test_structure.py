"""What every chart must have, whatever it shows: units, n, faults, words, room for every text, letters that can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex

from sim.charts.palette import CONTRAST, LOOKS, SECOND, THEMES, contrast, readable, themed
from sim.charts.style import told
from sim.charts.text import SMALLEST
from sim.version import __version__
from tests.charts.cases import CASES, ON_AXES, OVER_TIME, Case, draw
from tests.charts.looks import boxes, cut_off, overlaps, texts_of, too_small

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SIZES = [(4.2, 3.0), (14.0, 8.0)]
"""Inches: small and large; the third size is that of a chart's own figure."""
UNITS = ("s", "share", "%", "/s", "requests", "attempts", "percentile", "answers", "answer", "at most", "recovered", "services")


def checked(figure: Figure) -> None:
    """No two texts cover each other, none is cut off, none is too small."""
    assert overlaps(figure) == []
    assert cut_off(figure) == []
    assert too_small(figure, SMALLEST) == []


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("case", ON_AXES, ids=lambda case: case.name)
def test_every_text_has_its_own_place_at_every_size(case: Case, size: tuple[float, float], subjects: dict[str, Any]) -> None:
    """On axes of a small and of a large figure: no overlap, nothing cut off, 8 points at least."""
    checked(draw(case, subjects, size))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_chart_on_a_figure_of_its_own_is_complete(case: Case, subjects: dict[str, Any]) -> None:
    """It says n, seed, digest and version at its foot, what it shows in words, panel by panel, and all is legible."""
    figure = draw(case, subjects)
    foot = " ".join(figure.get_supxlabel().split())
    assert f"eventflow {__version__}" in foot
    if case.subject != "bars":
        assert "n = " in foot
        assert "seed " in foot
        assert subjects_digest(subjects[case.subject]) in foot
    checked(figure)
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


@pytest.mark.parametrize("case", [case for case in ON_AXES if case.chart != "topology"], ids=lambda case: case.name)
def test_axes_and_titles_are_labelled(case: Case, subjects: dict[str, Any]) -> None:
    """A title on the left; the axis that is read has a label, and its unit is in it or in its ticks."""
    (ax,) = draw(case, subjects, (8.0, 4.0)).axes[:1]
    assert ax.get_title(loc="left")
    if case.chart not in {"forest", "health"}:
        ticks = [label.get_text() for label in (*ax.get_xticklabels(), *ax.get_yticklabels())]
        assert ax.get_xlabel() or ax.get_ylabel()
        words = " ".join([ax.get_xlabel(), ax.get_ylabel(), *ticks])
        assert any(unit in words for unit in UNITS), words


@pytest.mark.parametrize("name", OVER_TIME)
def test_every_panel_over_time_shades_every_fault(name: str, subjects: dict[str, Any]) -> None:
    """From its begin to its end, in the theme's shade; so do all panels of the timeline."""
    figure = draw(Case(name, "pair"), subjects, (8.0, 4.0))
    assert shaded(figure.axes[0]) == [(4.0, 7.0), (5.0, 8.0)]
    timeline = draw(Case("timeline", "pair"), subjects)
    assert [shaded(ax) for ax in timeline.axes] == [[(4.0, 7.0), (5.0, 8.0)]] * 5


def shaded(ax: Any) -> list[tuple[float, float]]:
    """Begin and end of every shaded window."""
    fault = THEMES["light"].fault.lower()
    found = [patch for patch in ax.patches if to_hex(patch.get_facecolor()) == fault and patch.get_alpha() == 0.18]
    return [(patch.get_x(), patch.get_x() + patch.get_width()) for patch in found]


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


def test_the_dark_theme_is_dark_everywhere(subjects: dict[str, Any]) -> None:
    """Figure and axes have its paper, and every text not on a shade of its own is readable on it."""
    figure = draw(Case("goodput", "pair"), subjects, (8.0, 4.0), theme="dark")
    paper = THEMES["dark"].paper
    assert to_hex(figure.get_facecolor()).upper() == paper
    assert {to_hex(ax.get_facecolor()).upper() for ax in figure.axes} == {paper}
    for text, _ in boxes(figure):
        assert contrast(to_hex(text.get_color()).upper(), paper) >= CONTRAST


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
