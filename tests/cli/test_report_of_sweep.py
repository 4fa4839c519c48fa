"""`eventflow report` of a sweep's folder: what it writes, what it says, how it ends."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from sim.cli import main
from sim.cli.commands.report import newest
from sim.sweeps import run_sweep
from tests.report.html.swept import OVER, swept, tiny
from tests.sweeps.conftest import TINY, Stub, tree

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A finished sweep in the folder ``done``."""
    monkeypatch.chdir(tmp_path)
    swept(Path("done"))
    return Path("done")


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run a command in this process: its exit code, stdout and stderr."""

    def run(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(list(words))
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return code, out, err

    return run


def test_the_page_is_written_into_the_folder_or_where_it_is_told(cli: Any, folder: Path) -> None:
    """The path is on stdout and nothing else; besides the page, nothing in the folder changes."""
    before = tree(folder)
    assert cli("report", "done") == (0, "done/report.html\n", "")
    after = tree(folder)
    assert after.pop("report.html").startswith(b"<!DOCTYPE html>")
    assert after == before
    assert cli("report", "done", "-o", "page.html") == (0, "page.html\n", "")
    assert Path("page.html").read_bytes() == (folder / "report.html").read_bytes()


def test_all_charts_are_those_that_can_be_drawn(cli: Any, folder: Path) -> None:
    """`--chart` adds one by name; of `all`, those that refuse are named with the reason."""
    assert cli("report", "done", "--chart", "lines") == (0, "done/report.html\n", "")
    assert (folder / "report.html").read_text(encoding="utf-8").count('class="chart"') == 2
    code, _, err = cli("report", "done", "--chart", "all")
    assert code == 0
    assert "left out: sensitivity: the points are not laid out for a sensitivity analysis" in err
    assert "left out: load_curve: " in err
    assert (folder / "report.html").read_text(encoding="utf-8").count('class="chart"') == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--chart", "sensitivity"), "not laid out for a sensitivity analysis"),
        (("--chart", "heatmpa"), "did you mean 'heatmap'"),
        (("--chart", "forest"), "there is no chart 'forest' of this"),
        (("--metrics", "orders.latncy.p99"), "did you mean"),
        (("--best", "goodput"), "--best PATH and --within SIZE go together"),
        (("--best", "goodput", "--within", "2 kg"), "the difference that matters"),
        (("-o", "page.pdf"), "write page.html"),
    ],
)
def test_what_cannot_be_done_ends_with_2(cli: Any, folder: Path, words: tuple[str, ...], said: str) -> None:
    """The message names the remedy, and no page is written."""
    code, out, err = cli("report", "done", *words)
    assert (code, out) == (2, "")
    assert said in " ".join(err.replace("\u2502", " ").split())
    assert sorted(one.name for one in folder.iterdir()) == ["runs", "sweep.json"]


def test_a_choice_and_other_metrics_are_on_the_page(cli: Any, folder: Path) -> None:
    """`--best` with `--within` selects with a guarantee; `--metrics` are the columns of the points."""
    words = ("--metrics", "goodput,back.utilisation", "--best", "goodput", "--within", "20/s")
    assert cli("report", "done", *words)[0] == 0
    assert "Not decided which point has the highest goodput" in (folder / "report.html").read_text(encoding="utf-8")
    swept(folder, runs=6)  # some points are equal in all runs, which takes six of them to prove anything
    assert cli("report", "done", *words)[0] == 0
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert "With 95 % confidence point" in text
    assert "back.<wbr>utilisation" in text


def test_a_sweep_that_is_not_finished_has_a_page(cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no error: the page says it, first of all."""
    monkeypatch.chdir(tmp_path)
    run_sweep(tiny(), OVER, shard="1/3", folder="part", runner=Stub())
    code, _, err = cli("report", "part")
    assert (code, err) == (0, "")
    assert "<h1>Not finished: 8 of 24 runs are there.</h1>" in Path("part/report.html").read_text(encoding="utf-8")


def test_a_damaged_plan_is_an_error(cli: Any, folder: Path) -> None:
    """Without its plan a folder says nothing; the message says how to mend it."""
    (folder / "sweep.json").write_bytes(b"sha256:0\n{}\n")
    code, _, err = cli("report", "done")
    assert code == 2
    assert "repeat the command of the sweep" in err


def test_options_of_sweeps_are_for_sweeps(cli: Any, folder: Path) -> None:
    """A folder that is none is refused with what would do."""
    (folder / "sweep.json").unlink()
    code, _, err = cli("report", "done")
    assert code == 2
    assert "give one that `eventflow run`, `compare` or `sweep` wrote" in err
    assert cli("report", "done", "--metrics", "goodput")[0] == 2


def test_a_sweep_says_how_to_get_its_page(cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On stderr, as it is no data; with -q, not."""
    monkeypatch.chdir(tmp_path)
    Path("tiny.yaml").write_text(yaml.safe_dump(TINY), encoding="utf-8")
    words = ("sweep", "tiny.yaml", "--runs", "3", "--engine", "compiled", "-j", "1", "-o", "a b")
    code, out, err = cli(*words)
    assert code == 0
    assert "report" not in out
    assert err.splitlines()[-1] == "one page of it: eventflow report 'a b'"
    assert cli(*words, "-q")[2] == ""


def test_the_newest_is_a_sweep_when_it_is(cli: Any, folder: Path) -> None:
    """Of a folder of reports and sweeps, the one in which something was stored last; a sweep needs no pointer."""
    (folder.parent / "reports" / "tiny").mkdir(parents=True)
    place = folder.rename("reports/tiny/sweep-1")
    again = Path("reports/mine")
    swept(again)
    for path, when in ((place, 100), (again, 200)):
        for changed in (path / "sweep.json", path / "runs"):
            os.utime(changed, (when, when))
    assert cli("report", "reports") == (0, "reports/mine/report.html\n", "")
    os.utime(place / "runs", (300, 300))
    assert cli("report") == (0, "reports/tiny/sweep-1/report.html\n", "")
    report = Path("reports/tiny/one")
    report.mkdir()
    (report / "manifest.json").write_text("{}")
    Path("reports/latest").write_text("tiny/one\n")
    os.utime(report / "manifest.json", (250, 250))
    assert newest(Path("reports")) == place
    os.utime(report / "manifest.json", (350, 350))
    assert newest(Path("reports")) == report


def test_a_page_that_cannot_be_written_is_named(cli: Any, folder: Path) -> None:
    """The error has the name that was asked for, not that of a draft, and no draft is left."""
    code, out, err = cli("report", "done", "-o", "nowhere/page.html")
    assert (code, out) == (2, "")
    assert err == "eventflow: nowhere/page.html: No such file or directory\n"
    Path("page.html").mkdir()
    (Path("page.html") / "x").touch()
    assert "page.html" in cli("report", "done", "-o", "page.html")[2]
    assert not list(Path().glob(".*"))
