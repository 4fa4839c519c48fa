"""``eventflow plot``: every chart as a file, from scenarios or from what was saved; mistakes end in a sentence and code 2."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from sim.cli.app import run
from sim.plots import chart_names
from sim.replications import run_replications
from sim.scenario import Scenario
from tests.charts.conftest import BROKER, SHOP, TINY, rush

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The shop in both wirings, and a tiny scenario to sweep, as files."""
    folder = tmp_path_factory.mktemp("scenarios")
    texts = {
        "sync": SHOP.format(
            name="shop-sync", architecture="synchronous", step="- {call: back-end.pay, timeout: 200ms}", broker=""
        ),
        "events": SHOP.format(name="shop-events", architecture="event-driven", step="- publish: order.placed", broker=BROKER),
        "tiny": json.dumps({**TINY, "faults": {}}),
    }
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return {name: str(folder / f"{name}.yaml") for name in texts}


FAST = ("--runs", "3", "-q")
SWEPT = {
    "lines": ("--over", "services.back.workers=1,2"),
    "heatmap": ("--over", "services.back.workers=1,2", "--over", "workload.orders.arrivals.rate=40/s,90/s"),
    "load_curve": ("--over", "workload.orders.arrivals.rate=40/s,90/s,140/s"),
    "sensitivity": (
        *("--over", "workload.orders.arrivals.rate=40/s..140/s", "--over", "services.back.workers=1..3"),
        *("--sample", "morris:20", "-w", "metric=goodput", "-s", "run.horizon=1s"),
    ),
}


@pytest.mark.parametrize("name", chart_names())
def test_every_chart_is_a_figure_of_the_command_line(name: str, files: dict[str, str], tmp_path: Path, capsys: Any) -> None:
    """Of a run, a comparison or a sweep, as it needs; the path is printed, the file is an SVG that describes itself."""
    out = tmp_path / f"{name}.svg"
    given = [files["sync"]] if name in chart_names("result") else [files["sync"], files["events"]]
    given = [files["tiny"], *SWEPT[name]] if name in SWEPT else given
    assert run(["plot", name, *given, "-o", str(out), *FAST]) == 0
    assert capsys.readouterr().out == f"{out.as_posix()}\n"
    text = out.read_text(encoding="utf-8")
    assert text.count("<svg ") == 1
    assert f">eventflow {name}</title>" in text
    assert "<desc id=" in text


def test_a_load_curve_of_one_run_goes_up_and_down(tmp_path: Path, capsys: Any) -> None:
    """Without --over it is drawn of a run whose load does so; ``doubled=true`` runs twice the time at each load as well."""
    file = tmp_path / "rush.yaml"
    file.write_text(rush("synchronous", step=2).canonical_json(), encoding="utf-8")
    out = str(tmp_path / "loop.svg")
    assert run(["plot", "load_curve", str(file), "-o", out, "-w", "doubled=true", "-v", *FAST[:-1]]) == 0
    assert "with twice the time" in capsys.readouterr().err
    assert run(["plot", "load_curve", str(file), "-o", out, "-w", "doubled=no", *FAST]) == 2
    assert "doubled is true, or left out" in " ".join(capsys.readouterr().err.split())
    saved = str(run_replications(rush("synchronous", step=2), replications=3, engine="compiled").save(tmp_path / "rush.npz"))
    assert run(["plot", "load_curve", saved, "-o", out]) == 0
    assert run(["plot", "load_curve", saved, "-o", out, "-w", "doubled=true"]) == 2
    assert "was run already" in capsys.readouterr().err


def test_what_no_chart_could_show_is_not_run(files: dict[str, str], capsys: Any, monkeypatch: Any) -> None:
    """A load that does not go up and down is seen before anything is run."""
    monkeypatch.setattr("sim.cli.work.Work.run", lambda *_a, **_k: pytest.fail("it was run"))
    assert run(["plot", "load_curve", files["tiny"], *FAST]) == 2
    assert "or sweep a load: --over workload.orders.arrivals.rate=" in " ".join(capsys.readouterr().err.split())


def test_a_saved_result_is_drawn_without_running_it(tmp_path: Path, capsys: Any) -> None:
    """A file that a result was saved to; options of runs are refused with it."""
    result = run_replications(Scenario.model_validate(TINY), replications=3, engine="compiled")
    saved = str(result.save(tmp_path / "tiny.npz"))
    assert run(["plot", "backlog", saved, "-o", str(tmp_path / "a.png")]) == 0
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert run(["plot", "backlog", saved, "--runs", "5"]) == 2
    assert "was run already" in capsys.readouterr().err
    assert run(["plot", "backlog", saved, saved, saved]) == 2
    assert "only two saved results" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("bakclog", "sync"), "there is no chart 'bakclog'; did you mean 'backlog'"),
        (("backlog", "sync", "-o", "it.pdf"), "'it.pdf' is neither .svg nor .png"),
        (("backlog", "sync", "-o", "no/folder/it.svg"), "there is no folder 'no/folder'; make it, or name another"),
        (("topology", "sync", "-w", "att=5s"), "topology has no setting 'att'; did you mean 'at'"),
        (("topology", "sync", "-w", "at"), "'at' is not key=value"),
        (("topology", "sync", "-w", "at=90s"), "at 90 s there is no window; the run lasts from 0 to 20 s"),
        (("forest", "sync"), "'forest' is no chart of a result, but of: comparison; give two scenarios"),
        (("lines", "tiny"), "nothing is varied; add for example --over"),
        (("backlog", "sync", "events", "tiny"), "3 scenarios cannot be compared"),
    ],
)
def test_mistakes_are_told(words: tuple[str, ...], said: str, files: dict[str, str], capsys: Any) -> None:
    """In one sentence with the remedy, with code 2, and no file is written."""
    argv = [files.get(word, word) for word in words]
    assert run(["plot", *argv, *FAST]) == 2
    assert said in " ".join(capsys.readouterr().err.split())


def test_where_it_goes_is_looked_at_before_anything_runs(
    files: dict[str, str], tmp_path: Path, capsys: Any, monkeypatch: Any
) -> None:
    """Nothing is simulated for a picture that could not be written."""
    monkeypatch.setattr("sim.cli.work.Work.run", lambda *_a, **_k: pytest.fail("it was run"))
    (tmp_path / "file").touch()
    told = {"no/folder/it.svg": "there is no folder", f"{tmp_path}/file/it.svg": "is a file, no folder"}
    for place, said in told.items():
        assert run(["plot", "backlog", files["sync"], "-o", place]) == 2
        assert said in " ".join(capsys.readouterr().err.split())
    monkeypatch.setattr("os.access", lambda *_a: False)
    assert run(["plot", "backlog", files["sync"], "-o", f"{tmp_path}/it.svg"]) == 2
    assert "writing there is not allowed; name another place" in " ".join(capsys.readouterr().err.split())
