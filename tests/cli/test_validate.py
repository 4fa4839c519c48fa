"""`validate`: what is taken of a folder, and what is said of `sweep:`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sim import shipped
from sim.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable

SCENARIO = """
name: shop
architecture: synchronous
services:
  front: {workers: 4, operations: {buy: [{work: 2ms}, {call: back.pay}]}}
  back: {workers: 2, operations: {pay: [{work: 5ms}]}}
workload:
  orders: {operation: front.buy, arrivals: {kind: poisson, rate: 20/s}}
faults:
  slow: {kind: slowdown, target: back, factor: 20, at: 2s, for: 1s}
run: {horizon: 6s, warmup: 1s, replications: 4}
"""
BACK = "services.back.workers=1,2"


@pytest.fixture
def cli(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Run a command in an empty folder: its exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(list(words))
        out, err = capsys.readouterr()
        return code, out, err

    return run


def test_a_folder_is_what_pytest_takes_of_it(cli: Any) -> None:
    """*.yml too, however it is written; what is another tool's is passed over, and said unless it is to be quiet."""
    Path("a.yaml").write_text(SCENARIO)
    Path("b.yml").write_text(SCENARIO.replace("workers: 2", "workers: 0"))
    Path("ci.yml").write_text("name: ci\non: push\njobs: {test: {steps: [{run: make}]}}\n")
    code, out, err = cli("validate", ".")
    assert code == 2
    assert out.startswith("a.yaml: ok, shop")
    assert "b.yml:6:" in err
    assert "ci.yml: passed over, it has no sections of a scenario" in err
    Path("b.yml").write_text(SCENARIO.replace("services:", '"services":'))
    code, out, err = cli("validate", "-q", ".")
    assert (code, out, err) == (0, "", "")
    assert cli("validate", "ci.yml")[0] == 2


def test_a_base_is_checked_with_the_files_that_are_based_on_it(cli: Any) -> None:
    """In a folder it is passed over, and said; a mistake in it is one of each file on it. Named, it is checked as it is."""
    rest = SCENARIO.strip().removeprefix("name: shop\n")
    Path("common.yaml").write_text(rest)
    for twin in ("sync", "events"):
        Path(f"{twin}.yaml").write_text(f"base: common.yaml\nname: {twin}\n")
    code, out, err = cli("validate", ".")
    assert (code, len(out.splitlines())) == (0, 2)
    assert "common.yaml: passed over, it is a base: events.yaml stands on it; name it to have it checked" in err
    Path("common.yaml").write_text(rest.replace("workers: 2", "workers: 0"))
    code, out, err = cli("validate", "-q", ".")
    assert (code, out, err.count("common.yaml:4:")) == (2, "", 2)
    code, _, err = cli("validate", "common.yaml")
    assert code == 2
    assert "missing key 'name'" in err


def test_all_that_is_shipped_is_sound(cli: Any) -> None:
    """The folder of shipped scenarios passes as a whole, and no base is counted."""
    code, out, _ = cli("validate", str(shipped.folder()))
    assert (code, len(out.splitlines())) == (0, len(shipped.names()))


@pytest.mark.parametrize(
    ("sweep", "said"),
    [
        ({"over": ["services.back.workers=0,8"]}, ":18: sweep.over[0]: override 'services.back.workers=0': "),
        ({"over": [BACK, "services.back.replicas=4,x"]}, "sweep.over[1]: override 'services.back.replicas=x'"),
        ({"over": [BACK, "run.horizon=6s,900ms"]}, "sweep.over[1]: override 'run.horizon=900ms': run.warmup: "),
        ({"over": [BACK, "faults.slow.target=back,bakc"]}, "sweep.over[1]: point 'services.back.workers=1"),
        ({"over": ["services.bakc.workers=1,2"]}, ":18: sweep.over[0]: unknown key 'bakc' in 'services'; did you mean 'back'?"),
        ({"over": [BACK], "zip": True}, ":1: sweep: --zip binds axes together"),
        ({"over": ["services.back.workers=1..2000:lin:2000"], "metrics": ["goodputt"]}, "sweep.metrics[0]: "),
        ({"over": ["run.warmup=1ms..1s:lin:400", "services.back.workers=1..400:lin:400"]}, ":1: sweep: the grid has more than"),
    ],
    ids=["zero", "text", "warmup", "target", "path", "zip", "metric", "grid"],
)
def test_what_a_sweep_would_refuse_is_refused_by_its_place(cli: Any, sweep: dict[str, Any], said: str) -> None:
    """Every point of ``sweep:`` is built, and what is wrong with it is told with file, line, column and source."""
    Path("shop.yaml").write_text(SCENARIO + f"sweep: {json.dumps(sweep)}\n")
    code, _, err = cli("validate", "shop.yaml")
    assert code == 2
    assert "shop.yaml:12:" in err
    assert said in err
    assert "   12 | sweep: {" in err
    assert cli("sweep", "shop.yaml", "--runs", "1", "--engine", "compiled", "-q")[0] == 2


def test_a_sound_sweep_and_a_scenario_that_is_wrong_itself(cli: Any) -> None:
    """A sweep whose points are all sound is ok; what is wrong without it is said once, not of every point."""
    sound = SCENARIO + 'sweep: {over: ["services.back.workers=1,2,4", "faults.slow.factor=1..20"], sample: "lhs:5"}\n'
    Path("shop.yaml").write_text(sound)
    assert cli("validate", "shop.yaml")[0] == 0
    Path("shop.yaml").write_text(sound.replace("target: back", "target: bakc"))
    code, _, err = cli("validate", "shop.yaml")
    assert code == 2
    assert err.count("bakc") == 2  # the message and the source line
