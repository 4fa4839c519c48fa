"""The replay in a browser: it opens without a request, it moves by hand, by key and by itself, and shows what was measured."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from sim.report.html.coding import unpack
from sim.report.html.console import RULES, worst_frame
from tests.browser.looking import messages, requests, until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.looking import Page

LEFT, RIGHT, HOME, END, PAGE_UP, PAGE_DOWN = "\ue012", "\ue014", "\ue011", "\ue010", "\ue00e", "\ue00f"


@pytest.fixture(scope="module")
def replay(made: Path) -> dict[str, Any]:
    """The data that the page was made of."""
    data: dict[str, Any] = json.loads((made / "replay.json").read_text(encoding="utf-8"))
    return data


def test_it_opens_without_a_request_and_without_a_complaint(report: Page) -> None:
    """From a file, nothing else is asked for, and the console stays empty, also after the replay was moved."""
    report.open()
    report.to(3)
    report.press("#time", END)
    assert requests(report) == []
    assert messages(report) == []


def test_it_begins_at_the_worst_moment(report: Page, replay: dict[str, Any]) -> None:
    """Opened, it shows the frame in which most fails and waits, and who is failing."""
    report.open()
    assert report.frame() == worst_frame(replay)
    assert 10 <= report.frame() < 20
    assert "payment" in report.text('[data-summary="0"]')
    assert report.text("#active").endswith("slow")
    assert report.run("return document.querySelector('[data-side=\"0\"] .node.struck title').textContent").startswith("payment")


def test_every_frame_shows_what_was_measured(report: Page, replay: dict[str, Any]) -> None:
    """Bars and states of every service, on both sides at once, are those of the series as Python reads them."""
    report.open()
    for frame in (0, 11, 17, 25, 39):
        report.to(frame)
        for number, side in enumerate(replay["sides"]):
            for node in (one for one in side["nodes"] if one["kind"] == "service"):
                found = report.run(
                    """const g = document.querySelector(`[data-side="${arguments[0]}"] [data-node="${arguments[1]}"]`);
const bar = g.querySelector(".queue");
return [g.getAttribute("class"), Number(bar.getAttribute("width")) / Number(bar.dataset.full)]""",
                    number,
                    node["id"],
                )
                waiting = unpack(node["waiting"], replay["frames"])[frame]
                if node["queue_max"]:
                    assert found[1] == pytest.approx(min(1.0, waiting / node["queue_max"]), abs=0.002)
                failed = unpack(node["failed"], replay["frames"])[frame]
                if np.isnan(failed):
                    assert found[0].split()[2] in {"idle", "strained"}
                elif failed > RULES["strained"]:
                    state = "down" if failed > RULES["down"] else "failing" if failed > RULES["failing"] else "strained"
                    assert found[0].split()[2] == state
                else:
                    assert found[0].split()[2] in {"well", "strained"}


def test_a_topic_fills_up(report: Page, replay: dict[str, Any]) -> None:
    """The tank is as full as its backlog is of the highest, and says how many wait."""
    report.open()
    topic = next(node for node in replay["sides"][1]["nodes"] if node["kind"] == "topic")
    lag = unpack(topic["lag"], replay["frames"])
    script = """const l = document.querySelector('[data-side="1"] .topic .level');
return [Number(l.getAttribute("height")) / Number(l.dataset.full), l.closest(".topic").querySelector(".state").textContent]"""
    for frame in (2, 14, int(np.argmax(lag))):
        report.to(frame)
        part, said = report.run(script)
        assert part == pytest.approx(lag[frame] / lag.max(), abs=0.005)
        assert float(said.split()[0]) == pytest.approx(lag[frame], rel=0.06, abs=0.06)


def test_keys_move_the_slider(report: Page) -> None:
    """Arrows go a frame, Page Up and Down a tenth, Home and End to the ends; the text for screen readers follows."""
    report.open()
    report.press("#time", HOME)
    assert (report.frame(), report.text("#now")) == (0, "0:00")
    report.press("#time", RIGHT, RIGHT)
    assert (report.frame(), report.text("#now")) == (2, "0:02")
    report.press("#time", LEFT)
    assert report.frame() == 1
    report.press("#time", PAGE_UP)
    assert report.frame() == 5
    report.press("#time", PAGE_DOWN)
    assert report.frame() == 1
    report.press("#time", END)
    assert (report.frame(), report.text("#now")) == (39, "0:39")
    assert report.one("#time").get_attribute("aria-valuetext") == "0:39 of 0:40"
    report.to(12)
    assert report.one("#time").get_attribute("aria-valuetext") == "0:12 of 0:40, slow"
    assert report.text("#status").startswith("slow. synchronous: ")


def test_it_plays_and_pauses(report: Page) -> None:
    """The button and the space bar start it and stop it; at the end it stops by itself, and starts anew."""
    report.open()
    report.press("#time", HOME)
    report.click("#play")
    assert report.text("#play .word") == "Pause"
    assert until(report, "Number(document.getElementById('time').value) > 1")
    report.press("#time", " ")
    assert report.text("#play .word") == "Play"
    stopped = report.frame()
    later = "return new Promise(done => setTimeout(() => done(Number(document.getElementById('time').value)), 300))"
    assert report.run(later) == stopped
    report.run("document.getElementById('speed').value = '4'")
    report.to(36)
    report.press("#play", " ")
    assert until(report, "document.querySelector('#play .word').textContent === 'Play'")
    assert report.frame() == 39
    report.press("#play", " ")
    assert report.text("#play .word") == "Pause"
    assert report.frame() < 39


def test_both_sides_move_in_step(report: Page) -> None:
    """Whatever moves, one clock: the state table of both sides and the strips' mark are of the same time."""
    report.open()
    report.run("document.getElementById('state').open = true")
    report.to(14)
    assert until(report, "document.querySelector('[data-state]').textContent !== ''")
    assert report.text(".shown-time") == report.text("#now") == "0:14"
    assert "failed" in report.text('[data-state="0 s2"]')
    assert "messages not committed" in report.text('[data-state="1 s2"]')
    mark = report.run("return getComputedStyle(document.getElementById('playhead')).getPropertyValue('--at')")
    assert float(mark) == pytest.approx(14 / 40)


def test_a_moment_of_the_story_takes_the_replay_there(report: Page) -> None:
    """The times under Why are buttons: one press shows that time, with the slider in hand."""
    report.open()
    button = report.one(".faults .moment")
    assert button.text == "0:10"
    report.run("arguments[0].click()", button)
    assert report.frame() == 10
    assert report.run("return document.activeElement.id") == "time"


def test_a_strip_can_be_pressed(report: Page) -> None:
    """A press on a strip goes to that time."""
    report.open()
    report.run(
        """const s = document.querySelectorAll(".strip-box")[2], r = s.getBoundingClientRect();
s.setPointerCapture = () => {};
s.dispatchEvent(new PointerEvent("pointerdown", { clientX: r.left + r.width * 0.625, clientY: r.top + 5, pointerId: 1 }))"""
    )
    assert report.frame() == 25


def test_the_fault_is_marked_over_the_slider(report: Page) -> None:
    """Each window begins and ends where its time is on the axis of the strips, and bears its name."""
    report.open()
    box = report.run("const r = document.querySelector('.strip-box').getBoundingClientRect(); return [r.left, r.width]")
    windows = report.run(
        """return [...document.querySelectorAll('.window')].map(one => {
  const r = one.getBoundingClientRect(); return [r.left, r.right]; })"""
    )
    expected = [[box[0] + box[1] * at / 40 for at in times] for times in ((10, 18), (24, 26))]
    assert np.allclose(windows, expected, atol=1.5)
    assert report.run("return [...document.querySelectorAll('.window-name')].map(t => t.textContent)") == ["slow", "crash"]


def test_tables_sort(report: Page) -> None:
    """A heading sorts up, then down, by numbers where there are any, and says so; what has no value stays last."""
    report.open()
    body = "return [...document.querySelector('#detail table.sortable').tBodies[0].rows]"
    column = f"{body}.map(row => [row.cells[3].dataset.value ?? null, row.cells[3].textContent])"
    head = report.all("#detail table.sortable")[0].find_elements("css selector", "thead th")[3]
    for wanted in ("ascending", "descending"):
        report.run("arguments[0].querySelector('button').click()", head)
        assert head.get_attribute("aria-sort") == wanted
        rows = report.run(column)
        values = [float(value) for value, _ in rows if value is not None]
        assert len(values) > 10
        assert values == sorted(values, reverse=wanted == "descending")
        assert all(value is None for value, _ in rows[len(values) :])
    first = report.all("#detail table.sortable")[0].find_elements("css selector", "thead th")[0]
    report.run("arguments[0].querySelector('button').click()", first)
    names = report.run(f"{body}.map(row => row.cells[0].textContent)")
    assert names == sorted(names, key=str.lower)
    assert head.get_attribute("aria-sort") == "none"


def test_every_text_stays_inside_its_box(report: Page, replay: dict[str, Any]) -> None:
    """At any moment, in the wide letters of a plain Debian: what is too long for its box is squeezed, not cut."""
    report.open()
    outside = """
const found = [];
for (const node of document.querySelectorAll(".topology .node")) {
  const box = node.querySelector(".body").getBoundingClientRect();
  for (const one of node.querySelectorAll("text")) {
    const at = one.getBoundingClientRect();
    if (one.textContent && (at.left < box.left || at.right > box.right)) found.push(one.textContent);
  }
}
return found"""
    for frame in {0, worst_frame(replay), int(replay["frames"]) - 1}:
        report.to(frame)
        assert report.run(outside) == []


def test_times_are_on_paper_and_wide_tables_fit_it(report: Page) -> None:
    """The moments that are buttons on a screen are words on paper; no table is wider than the sheet."""
    report.open(718)
    report.run("dispatchEvent(new Event('beforeprint'))")
    report.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert report.run("return [...document.querySelectorAll('.moment')].every(one => one.offsetWidth > 0)")
    assert report.run("return [...document.querySelectorAll('table')].every(one => one.getBoundingClientRect().right <= 718)")
    assert report.run("return document.querySelector('.on-paper').offsetHeight > 0")
    report.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_paper_gets_everything_open(report: Page) -> None:
    """Before printing all details are open and the table of the moment is filled; afterwards they are as they were."""
    report.open()
    closed = report.run("return document.querySelectorAll('details:not([open])').length")
    assert closed >= 3
    report.run("dispatchEvent(new Event('beforeprint'))")
    assert report.run("return document.querySelectorAll('details:not([open])').length") == 0
    assert report.run("return [...document.querySelectorAll('[data-state]')].every(cell => cell.textContent)")
    report.run("dispatchEvent(new Event('afterprint'))")
    assert report.run("return document.querySelectorAll('details:not([open])').length") == closed
    printed = report.driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})["data"]
    assert len(printed) > 20_000


@pytest.mark.parametrize("width", [400, 800, 1440, 2200])
def test_it_fits_every_width(report: Page, width: int) -> None:
    """The page never scrolls sideways; on a wide screen the two sides stand beside each other."""
    report.open(width)
    assert report.run("return document.documentElement.scrollWidth") <= width
    tops = report.run("return [...document.querySelectorAll('.panel')].map(p => p.getBoundingClientRect().top)")
    assert (tops[0] == tops[1]) == (width >= 1440)
