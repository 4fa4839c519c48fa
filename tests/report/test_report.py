"""Reports: cells, tables, folders that are whole or not there, manifests, JUnit."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from sim.report.figures_text import interval_cell, value_cell
from sim.report.folder import whole_folder
from sim.report.junit import junit
from sim.report.manifest import ManifestError, differing_versions, read_manifest, versions
from sim.report.tables import Table, overall, width
from sim.scenario.objectives import parse_objective
from sim.stats.intervals import Estimate
from sim.stats.judging import Verdict

if TYPE_CHECKING:
    from pathlib import Path


def estimate(mean: float, low: float, high: float, unit: str = "1", **more: int) -> Estimate:
    """An estimate of ten replications."""
    return Estimate(mean=mean, low=low, high=high, median=mean, n=10, unit=unit, **more)


@pytest.mark.parametrize(
    ("found", "cell"),
    [
        (estimate(-0.0123, -0.0151, -0.0098, "s"), "-12.3 [-15.1, -9.8] ms"),
        (estimate(2.5, 1.25, 3.75, "s"), "+2.50 [1.25, 3.75] s"),
        (estimate(-0.175, -0.181, -0.167, "share"), "-17.5 [-18.1, -16.7] pp"),
        (estimate(24.46, 23.11, 25.31, "1/s"), "+24.5 [23.1, 25.3] /s"),
        (estimate(416.2, 394.9, 438.4, "messages"), "+416 [395, 438]"),
        (estimate(12345.0, 12000.0, 12690.0), "+12 345 [12 000, 12 690]"),
        (estimate(-0.000449, -0.000472, -0.000428), "-0.449 [-0.472, -0.428] e-3"),
        (estimate(0.0, 0.0, 0.0, "s"), "0 [0, 0] s"),
        (estimate(math.nan, math.nan, math.nan, "s", infinite=10), "no interval"),
        (estimate(3.0, math.nan, math.nan, "s"), "+3.00 s, no interval"),
    ],
)
def test_a_difference_is_one_cell_in_one_unit(found: Estimate, cell: str) -> None:
    """Sign, figure and interval share their unit and their number of decimals."""
    assert interval_cell(found) == cell


def test_values_without_an_end_say_so() -> None:
    """All infinite: no end; some infinite: the median with a star; nothing: a dash."""
    assert value_cell(estimate(0.412, 0.4, 0.42, "s")) == "412 ms"
    nan = math.nan
    assert value_cell(Estimate(mean=nan, low=nan, high=nan, median=math.inf, n=10, infinite=10, unit="s")) == "no end"
    assert value_cell(Estimate(mean=nan, low=nan, high=nan, median=2.0, n=10, infinite=3, unit="s")) == "2 s *"
    assert value_cell(Estimate(mean=nan, low=nan, high=nan, median=nan, n=10, missing=10, unit="s")) == "-"


@pytest.mark.parametrize(("missing", "word"), [(0, "open: more replications may tell"), (10, "open")])
def test_more_replications_are_asked_for_where_they_can_tell(missing: int, word: str) -> None:
    """No replication more brings back a value that cannot be there, as of a recovery without a fault."""
    found = estimate(1.0, 0.0, 2.0, missing=missing)
    verdict = Verdict(parse_objective("time_to_recover < 20s"), "time_to_recover", "unsure", found, "")
    assert overall([verdict]) == f"UNSURE: 1 of 1 objective {word}"


def test_columns_line_up_whatever_the_letters() -> None:
    """Wide and combining characters count as what they take in a terminal; pipes are safe in Markdown."""
    table = Table(("name", "n"), (("日本", "1"), ("e\u0301|", "22")), (False, True), ("a note",))
    lines = table.text().split("\n")
    assert [width(line) for line in lines[:4]] == [8, 8, 8, 8]
    assert table.markdown().split("\n")[3] == "| e\u0301\\| | 22 |"
    assert table.markdown().endswith("\n\n- a note")


def test_a_folder_appears_whole(tmp_path: Path) -> None:
    """It is written under another name, renamed at the end, and the pointer says where it is."""
    with whole_folder(tmp_path, "shop", "now") as (draft, final):
        (draft / "file").write_text("x")
        assert not final.exists()
    assert (tmp_path / "shop" / "now" / "file").read_text() == "x"
    assert (tmp_path / "latest").read_text() == "shop/now\n"
    with whole_folder(tmp_path, "shop", "now") as (_, final):
        assert final.name == "now-2"
    assert sorted(path.name for path in (tmp_path / "shop").iterdir()) == ["now", "now-2"]


def test_a_folder_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """An error, or Ctrl-C, while writing leaves no half report behind."""

    def interrupted() -> None:
        with whole_folder(tmp_path, "shop", "now") as (draft, _):
            (draft / "file").write_text("x")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list((tmp_path / "shop").iterdir()) == []
    assert not (tmp_path / "latest").exists()


@pytest.mark.parametrize("name", ["../up", "a/b", "..", "/etc"])
def test_nothing_is_written_outside(name: str, tmp_path: Path) -> None:
    """Names that lead elsewhere are refused."""
    with pytest.raises(ValueError, match="not the name of a folder"), whole_folder(tmp_path / "out", name, "now"):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON"),
        ("[]", "has no 'runs'"),
        ('{"schema": 99, "runs": [1]}', "manifest schema 99; this version reads 1"),
        ('{"schema": 1, "runs": [{}]}', r"runs\[0\] is incomplete"),
    ],
)
def test_what_is_not_a_manifest_is_refused(text: str, message: str, tmp_path: Path) -> None:
    """The message names the file and says what is wrong."""
    path = tmp_path / "manifest.json"
    path.write_text(text)
    with pytest.raises(ManifestError, match=message):
        read_manifest(path)


def test_other_versions_are_named() -> None:
    """What changed since the manifest was written is said, package by package."""
    assert differing_versions({"versions": versions()}) == []
    assert differing_versions({"versions": {**versions(), "numpy": "0.1"}}) == [f"numpy 0.1, now {versions()['numpy']}"]


def test_junit_tells_failures_from_doubts() -> None:
    """A case for each objective; breached and inconclusive ones are failures of their own type; markup is escaped."""
    verdicts = [
        SimpleNamespace(outcome=outcome, objective=f"flow.errors < {n}%", reason="1 % <&>", path="flow.errors")
        for n, outcome in enumerate(("pass", "fail", "unsure"))
    ]
    result = SimpleNamespace(
        name="shop",
        seed=1,
        replications=10,
        fingerprint=lambda: "f",
        objectives=lambda: verdicts,
        scenario=SimpleNamespace(digest=lambda: "d"),
    )
    suite = ET.fromstring(junit(result))[0]  # type: ignore[arg-type]
    assert (suite.get("tests"), suite.get("failures")) == ("3", "2")
    kinds = [case.find("failure") for case in suite.iter("testcase")]
    assert [None if kind is None else kind.get("type") for kind in kinds] == [None, "objective", "inconclusive"]
