"""Policies in the replay: a call that guards keep back looks so, and a box says what its service's policies are at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sim.report.html.folder import read_folder
from sim.report.html.page import page
from tests.browser.looking import Page, messages
from tests.report.html.guarded import guarded_pair
from tests.report.html.made import write_folder

if TYPE_CHECKING:
    from pathlib import Path

LINK = """const link = document.querySelector(`[data-side="${arguments[0]}"] [data-link="${arguments[1]}"]`);
return [link.getAttribute("class"), link.querySelector("title").textContent]"""
TEXT = 'return document.querySelector(`[data-side="0"] [data-node="${arguments[0]}"] .policy`).textContent'


@pytest.fixture(scope="module")
def guarded(driver: Any, tmp_path_factory: pytest.TempPathFactory) -> Page:
    """The page of a shop with policies beside one without."""
    folder: Path = write_folder(guarded_pair(), tmp_path_factory.mktemp("guarded"))
    path = folder / "report.html"
    path.write_text(page(read_folder(folder)), encoding="utf-8")
    return Page(driver, path)


def test_a_call_behind_an_open_breaker_is_held(guarded: Page) -> None:
    """Before the fault its link is one as others; under it the link is held, and says how many guards are engaged."""
    guarded.open()
    found = {}
    for frame in (1, 4):
        guarded.to(frame)
        found[frame] = [guarded.run(LINK, side, number) for side in (0, 1) for number in range(3)]
    assert not any("held" in kind for kind, _ in found[1])
    held = [said for kind, said in found[4] if "held" in kind.split()]
    assert len(held) == 1
    assert "of its breakers keep calls back" in held[0]
    assert messages(guarded) == []


def test_boxes_and_the_table_say_what_policies_are_at(guarded: Page) -> None:
    """In short in the box, in full in the table; a box of a service without policies has no such line."""
    guarded.open()
    guarded.to(9)
    assert " up" in guarded.run(TEXT, "s2")
    assert guarded.run(TEXT, "s0").endswith("hits")
    guarded.click("#state summary")
    assert "cache hits" in guarded.text('[data-state="0 s0"]')
    assert "replicas ready" in guarded.text('[data-state="0 s2"]')
    assert "replicas ready" not in guarded.text('[data-state="1 s2"]')
    assert guarded.all('[data-side="1"] .policy') == []
