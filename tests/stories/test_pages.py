"""Every story's page says what its scenarios say, and has what a page of a story has."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import pytest

import sim
from sim import shipped
from sim.plots import chart_names
from sim.results.matrix_rows import OF_ONE_WIRING
from sim.scenario.base import bases_in
from sim.scenario.targets import entity_of
from tests.shares import THOROUGH
from tests.stories.story import FOLDERS, ROOT, SCENARIOS, Cell, cells, drawn

CELLS = [
    pytest.param(
        cell,
        id=f"{cell.folder}-{cell.variant}-{cell.path}-{len(cell.overrides)}",
        marks=THOROUGH if cell.overrides else (),
    )
    for folder in FOLDERS
    for cell in cells(folder)
]


@pytest.mark.parametrize("cell", CELLS)
def test_a_figure_of_a_page_is_what_its_scenario_gives(cell: Cell) -> None:
    """To the last digit: a number in prose that no command reproduces is a defect.

    What is as declared by default; tables of other settings when asked for.
    """
    assert cell.said == cell.found


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_page_has_what_a_page_of_a_story_has(folder: str) -> None:
    """A question, its variants, a picture that is there and the command that draws it, figures, knobs, and when not."""
    page = (FOLDERS[folder] / "README.md").read_text()
    assert shipped.stories()[FOLDERS[folder].relative_to(SCENARIOS).as_posix()].endswith("?")
    assert {"## What the numbers say", "## Knobs", "## When it is the wrong choice"} <= set(page.splitlines())
    command, picture = drawn(folder)
    assert picture.read_bytes()[:4] == b"\x89PNG"
    assert command[1] in chart_names()
    assert {(ROOT / path).is_file() for path in command[2:] if path.endswith(".yaml")} == {True}
    variants = {path.stem for path in FOLDERS[folder].glob("*.yaml")} - {"common"}
    assert {cell.variant for cell in cells(folder)} == variants >= {"sync"}
    assert len(cells(folder)) >= 10


def without(faults: dict[str, Any], names: set[str]) -> dict[str, Any]:
    """Faults but those of some names."""
    return {name: fault for name, fault in faults.items() if name not in names}


@pytest.mark.parametrize("folder", FOLDERS)
def test_variants_differ_in_their_wiring_only(folder: str) -> None:
    """They stand on one base, which may stand on one of another folder, and have its load, its faults and its run.

    Only what one of them has alone, a relay or a broker, may go down besides.
    """
    here = FOLDERS[folder]
    assert {path for path in bases_in(here) if path.parent == here} == {here / "common.yaml"}
    found = [sim.load(path) for path in sorted(FOLDERS[folder].glob("*.yaml")) if path.stem != "common"]
    own = {name for one in found for name, fault in one.faults.items() if entity_of(fault) in OF_ONE_WIRING}
    alike = [one.model_dump(mode="json", include={"workload", "faults", "run", "network"}) for one in found]
    assert len({json.dumps({**one, "faults": without(one["faults"], own)}) for one in alike}) == 1


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_knobs_of_a_page_can_be_turned(folder: str) -> None:
    """Each `-s` of the table of knobs is a setting of a variant."""
    page = (FOLDERS[folder] / "README.md").read_text()
    scenarios = [path for path in sorted(FOLDERS[folder].glob("*.yaml")) if path.stem != "common"]
    for knob in re.findall(r"^\| `-s ([^`]+)`", page, re.MULTILINE):
        turned = 0
        for path in scenarios:
            try:
                sim.load(path, [knob])
                turned += 1
            except sim.ScenarioError:
                continue
        assert turned, knob


def test_stories_are_listed_with_their_questions() -> None:
    """`eventflow list stories` names each with what it answers."""
    command = [sys.executable, "-m", "sim", "list", "stories"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for folder in FOLDERS:
        assert FOLDERS[folder].relative_to(SCENARIOS).as_posix() in said
    assert said.count("?") >= len(FOLDERS)
