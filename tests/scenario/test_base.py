"""Twins that have all but their wiring in common: one file is the base of two."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest

import sim
from sim.cli import main
from sim.scenario import json_schema, load
from sim.scenario.base import bases_in
from sim.scenario.loader import load_with_warnings
from sim.scenario.recognise import is_scenario

COMMON = """\
services:
  shop: {workers: 8, operations: {buy: [{work: 2ms}]}}
  pay: {operations: {charge: [{work: 5ms}]}}
network: {hop: 1ms}
workload:
  orders: {operation: shop.buy, arrivals: {kind: poisson, rate: 50/s}, timeout: 1s}
faults:
  slow: {kind: slowdown, target: pay, factor: 5, at: 20s, for: 5s}
run: {horizon: 60s, warmup: 5s}
"""
SYNC = """\
base: common.yaml
name: shop-sync
architecture: synchronous
services: {shop: {operations: {buy: [{work: 2ms}, {call: pay.charge, timeout: 500ms}]}}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a base and one of its twins."""
    (tmp_path / "common.yaml").write_text(COMMON)
    (tmp_path / "sync.yaml").write_text(SYNC)
    return tmp_path


def test_a_scenario_is_its_base_and_what_it_changes(folder: Path) -> None:
    """Mappings are merged key by key, lists are replaced, and what is not mentioned is the base's."""
    found = load(folder / "sync.yaml")
    assert found.services["shop"].workers == 8
    assert [type(step).__name__ for step in found.services["shop"].operations["buy"]] == ["Work", "Call"]
    assert found.run.horizon == 60_000_000_000
    assert found.digest() == load_whole(folder).digest()


def load_whole(folder: Path) -> sim.Scenario:
    """The same written out in one file."""
    whole = COMMON.replace("buy: [{work: 2ms}]", "buy: [{work: 2ms}, {call: pay.charge, timeout: 500ms}]")
    (folder / "whole.yaml").write_text("name: shop-sync\narchitecture: synchronous\n" + whole)
    return load(folder / "whole.yaml")


def test_null_takes_away_what_the_base_has(folder: Path) -> None:
    """`faults: null` leaves out all faults, and `timeout: null` the timeout of one flow."""
    (folder / "sync.yaml").write_text(SYNC + "faults: null\nworkload: {orders: {timeout: null}}\n")
    found = load(folder / "sync.yaml")
    assert not found.faults
    assert found.workload["orders"].timeout is None


def test_a_mistake_is_shown_in_the_file_that_has_it(folder: Path) -> None:
    """Line, column and text of a mistake in the base are the base's; one in the scenario is shown there, in the same go."""
    (folder / "common.yaml").write_text(COMMON.replace("workers: 8", "workrs: 8"))
    (folder / "sync.yaml").write_text(SYNC.replace("pay.charge", "pay.chrge"))
    with pytest.raises(sim.ScenarioError) as error:
        load(folder / "sync.yaml")
    said = str(error.value)
    assert f"{folder / 'common.yaml'}:2:10: services.shop.workrs: unknown key 'workrs'; did you mean 'workers'?" in said
    assert f"{folder / 'sync.yaml'}:4:58: services.shop.operations.buy[1].call: service 'pay' has no operation 'chrge'" in said
    assert "  shop: {workrs: 8, operations: {buy: [{work: 2ms}]}}" in said


def test_a_warning_points_into_the_base(folder: Path) -> None:
    """What is doubtful about a value of the base stands in the base."""
    (folder / "common.yaml").write_text(COMMON.replace("timeout: 1s", "timeout: 1ms"))
    _, warnings = load_with_warnings(folder / "sync.yaml")
    (warning,) = [one for one in warnings if one.field == "workload.orders.timeout"]
    assert (Path(warning.path).name, warning.line) == ("common.yaml", 6)


@pytest.mark.parametrize(
    ("base", "words"),
    [
        ("comon.yaml", "sync.yaml:1:7: base: there is no file 'comon.yaml' beside this one; did you mean 'common.yaml'?"),
        ("/etc/common.yaml", "a base is the name of a file beside this one"),
        ('"common\\0.yaml"', "there is no file"),
        ("[a, b]", "a base is the name of a file beside this one"),
        ("sync.yaml", "more than 8 files stand on each other, or in a circle"),
    ],
)
def test_a_base_that_is_none_is_refused(folder: Path, base: str, words: str) -> None:
    """A file that is not there, an absolute path and a circle are said, and nothing else is said of what is missing then."""
    (folder / "sync.yaml").write_text(SYNC.replace("common.yaml", base, 1))
    with pytest.raises(sim.ScenarioError) as error:
        load(folder / "sync.yaml")
    assert words in str(error.value)
    assert len(error.value.problems) == 1


def test_a_base_may_have_a_base(folder: Path) -> None:
    """Three files, each of which changes what is below."""
    (folder / "busy.yaml").write_text("base: sync.yaml\nname: busy\nworkload: {orders: {arrivals: {rate: 500/s}}}\n")
    found = load(folder / "busy.yaml")
    assert found.name == "busy"
    assert found.workload["orders"].arrivals.mean_rate(found.run.horizon) == 500
    assert found.architecture == "synchronous"


def test_a_base_is_no_scenario_of_its_folder(folder: Path) -> None:
    """Whoever looks for scenarios in a folder finds those that stand on a base, and not the base."""
    assert bases_in(folder) == {folder / "common.yaml"}
    assert is_scenario(folder / "sync.yaml")
    assert not is_scenario(folder / "common.yaml")


def test_a_folder_of_twins_is_valid_when_they_are(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Validating a folder checks a base with those that stand on it, and not as a scenario that lacks what they add."""
    assert main(["validate", str(folder)]) == 0
    out = capsys.readouterr()
    assert "sync.yaml: ok" in out.out
    assert "common.yaml" not in out.out
    assert "architecture" not in out.err


def test_a_base_in_another_folder_is_one_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is told by who stands on it, with the name of one: beside that, or above, however the folders are spelt."""
    for name, base in (("twins", "../common.yaml"), ("others", "../parts/common.yaml")):
        (folder / name).mkdir()
        (folder / name / "sync.yaml").write_text(SYNC.replace("common.yaml", base))
    (folder / "parts").mkdir()
    (folder / "parts" / "common.yaml").write_text(COMMON)
    (folder / "sync.yaml").unlink()
    for given in ([folder], [folder / "others", folder / "parts"], [folder / "twins" / ".." / "others", folder / "parts"]):
        assert main(["validate", *map(str, given)]) == 0
        out = capsys.readouterr()
        assert "parts/common.yaml: passed over, it is a base: sync.yaml stands on it" in out.err.replace("\\", "/")
        assert "common.yaml" not in out.out
        assert out.out.count("sync.yaml: ok") == (2 if given == [folder] else 1)
    assert main(["validate", str(folder / "parts" / "common.yaml")]) == 2
    assert "architecture" in capsys.readouterr().err


def test_the_schema_knows_the_base() -> None:
    """An editor asks for a whole scenario only where there is no base."""
    ask = jsonschema.Draft202012Validator(json_schema())
    ask.validate({"base": "common.yaml", "name": "a"})
    with pytest.raises(jsonschema.ValidationError):
        ask.validate({"name": "a"})
    ask.validate({"base": "common.yaml", "services": {"pay": None}, "faults": {"slow": None}})
    with pytest.raises(jsonschema.ValidationError):
        ask.validate({"base": "common.yaml", "services": {"pay": 1}})


ON_A_BASE: list[tuple[dict[str, Any], bool]] = [
    ({"workload": {"orders": {"timeout": None}}}, True),
    ({"workload": {"orders": {"arrivals": {"rate": "500/s"}}}}, True),
    ({"faults": {"slow": {"factor": 8}}}, True),
    ({"services": {"shop": {"operations": {"buy": [{"work": "2ms"}]}}}}, True),
    ({"run": {"seed": 7}, "objectives": ["errors < 1%"]}, True),
    ({"workload": {"orders": {"timeouts": "1s"}}}, False),
    ({"faults": {"slow": {"fctor": 8}}}, False),
    ({"services": {"shop": {"operations": {"buy": [{"wrk": "2ms"}]}}}}, False),
    ({"services": {"shop": {"operations": {"buy": [{"call": "pay.charge", "retry": {"attempts_max": 2}}]}}}}, False),
    ({"wrokload": {}}, False),
]


@pytest.mark.parametrize(("own", "fine"), ON_A_BASE)
def test_the_schema_asks_on_a_base_for_nothing_but_sense(own: dict[str, Any], fine: bool) -> None:  # noqa: FBT001
    """Any part of a mapping will do, and null; lists are whole, and unknown names are marked. Alone, all must be there."""
    validator = jsonschema.Draft202012Validator(json_schema())
    assert validator.is_valid({"base": "common.yaml", **own}) == fine
    assert not validator.is_valid(own)


def test_a_file_that_cannot_be_read_has_no_base(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One bad file in a folder does not keep the others from being told apart."""
    whole = Path.open

    def opened(path: Path, *args: Any, **more: Any) -> Any:
        if path.name == "locked.yaml":
            raise PermissionError(13, "Permission denied", str(path))
        return whole(path, *args, **more)

    (folder / "locked.yaml").write_text("base: sync.yaml\n")
    monkeypatch.setattr(Path, "open", opened)
    assert bases_in(folder) == {folder / "common.yaml"}
