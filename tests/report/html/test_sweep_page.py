"""The page of a sweep: what is missing first, then the verdict, the charts its axes call for, every point, how to repeat it."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from sim.cli import main
from sim.report.html.elements import dotted, visible
from sim.report.html.folder import PageError
from sim.report.html.swept import charts, points
from sim.report.html.swept.charts import drawn, pictures
from sim.report.html.swept.page import sweep_page, write_sweep_page
from sim.report.html.swept.settings import command
from sim.report.html.swept.verdict import leading
from sim.report.html.swept.view import listed, view_of
from sim.report.sweep_words import sweep_words
from sim.sweeps import load_sweep, merge_sweeps, run_sweep
from sim.sweeps.store import Store
from tests.report.html.made import PAYLOADS
from tests.report.html.seen import SINKS, Seen, hashed
from tests.report.html.swept import OVER, hostile, swept, tiny
from tests.shares import THOROUGH
from tests.sweeps.conftest import Disk, Stub, tree

if TYPE_CHECKING:
    from pathlib import Path

    from sim.sweeps import Sweep
    from sim.sweeps.plan import Task
    from sim.sweeps.summary import Summary

RATE = "workload.orders.arrivals.rate=20/s,40/s,60/s"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    """Six points in a folder: not to be changed."""
    return swept(tmp_path_factory.mktemp("sweep"))


@pytest.fixture(scope="module")
def text(made: Sweep, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Its page."""
    path = tmp_path_factory.mktemp("page") / "report.html"
    assert write_sweep_page(made, path) == ()
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def seen(text: str) -> Seen:
    """The same, parsed."""
    return Seen(text)


class Flat(Stub):
    """Every metric of every run is finite."""

    def __call__(self, task: Task, seed: int) -> Summary:
        """Pretend to run a task."""
        found = super().__call__(task, seed)
        return replace(found, values=tuple(float(at + len(self.ran) % 7) for at in range(len(found.values))))


def stub(*over: str, runs: int = 3, **given: Any) -> Sweep:
    """A sweep that takes no time."""
    return run_sweep(given.pop("scenario", tiny()), over, runs=runs, runner=given.pop("runner", Flat()), jobs=1, **given)


def test_the_policy_allows_one_script_and_nothing_else(text: str, seen: Seen) -> None:
    """The script that sorts and the style are allowed by their hashes; nothing is fetched, no element carries code or style."""
    policy = next(one["content"] for one in seen.of("meta") if one.get("http-equiv") == "Content-Security-Policy")
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert len(scripts) == 1
    assert f"default-src 'none'; script-src {hashed(scripts[0])}; style-src 'sha256-" in str(policy)
    for name, attributes in seen.elements:
        assert not {key for key in attributes if key.startswith("on") or key == "style"}, name
        assert all(str(attributes[key]).startswith(("#", "data:image/")) for key in SINKS & set(attributes))


def test_the_verdict_comes_first_then_the_charts_then_the_points(seen: Seen) -> None:
    """The order of the parts, each a region with a heading; tables have captions and scopes, images their words."""
    sections = seen.of("section")
    assert [one["id"] for one in sections] == ["verdict", "charts", "points", "settings"]
    ids = [attributes["id"] for _, attributes in seen.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert all(one["aria-labelledby"] in ids for one in sections)
    assert [len(seen.of(name)) for name in ("h1", "main", "nav", "header", "footer")] == [1] * 5
    assert len(seen.of("caption")) == len(seen.of("table"))
    assert all(one.get("scope") in {"col", "row"} for one in seen.of("th"))
    assert all("Share of runs that breach orders.errors" in str(one["alt"]) for one in seen.of("img"))
    assert seen.open == []


def test_it_says_what_the_sweep_says(made: Sweep, seen: Seen) -> None:
    """How many points hold the objective stands on top; every sentence of the sweep is there, word by word."""
    outcomes = [made.objectives(point.number)[0].outcome for point in made.points]
    holding, breached = outcomes.count("pass"), outcomes.count("fail")
    assert 0 < holding < 6
    assert breached
    assert seen.texts["h1"] == [f"{holding} of 6 points hold{'s' if holding == 1 else ''} orders.errors < 5%."]
    assert f"At {breached} points an objective does not hold." in "".join(seen.texts["p"])
    words = " ".join(part for parts in seen.texts.values() for part in parts).lower()
    for sentence in (leading(made, "orders.errors"), *sweep_words(made)):
        for part in sentence.partition(": ")[::2]:
            assert part.lower() in words
    assert f"{len([one for one in outcomes if one == 'pass'])} " in words


def test_every_point_is_a_row_with_intervals_and_outcomes(made: Sweep, text: str) -> None:
    """Settings sort as numbers, figures by their means, outcomes have a word beside their sign and colour."""
    table = text[text.index('aria-label="Points"') : text.index('id="settings"')]
    assert table.count("<tr>") == 1 + len(made.points)
    for point in made.points:
        found = made.estimate(point.number, "orders.errors")
        assert f'data-value="{found.mean!r}"' in table
        outcome = made.objectives(point.number)[0].outcome
        assert f"{outcome}</b>" in table
    assert 'data-value="20.0">20<' in table
    assert table.count('data-value="4.0">4</td>') == 2 + 6  # two points with four workers, and n of all
    assert "<th scope" in table
    assert "services.<wbr>back.<wbr>workers" in table


def test_equal_sweeps_give_equal_pages(made: Sweep, text: str, tmp_path: Path) -> None:
    """Run again elsewhere, or read from its folder, a sweep has the same page to the byte: no clock, no place of a disk."""
    assert made.folder is not None
    for number, again in enumerate((load_sweep(made.folder), swept())):
        path = tmp_path / str(number) / "page.html"
        path.parent.mkdir()
        write_sweep_page(again, path)
        assert path.read_text(encoding="utf-8") == text
        assert [one.name for one in path.parent.iterdir()] == ["page.html"]
    assert made.folder.as_posix() not in text


def test_the_page_does_not_disturb_the_sweep(tmp_path: Path) -> None:
    """A sweep that goes on in a folder with a page, and a merge of and into such folders, leave the bytes of a clean one."""
    over = ("services.back.workers=1,2",)
    for number in (1, 2):
        run_sweep(tiny(), over, runs=3, shard=f"{number}/2", folder=tmp_path / f"{number}", runner=Stub())
        write_sweep_page(load_sweep(tmp_path / f"{number}"), tmp_path / f"{number}" / "report.html")
    merged = merge_sweeps([tmp_path / "1", tmp_path / "2"], tmp_path / "2")
    run_sweep(tiny(), over, runs=3, folder=tmp_path / "1", runner=Stub())
    whole = run_sweep(tiny(), over, runs=3, folder=tmp_path / "whole", runner=Stub())
    assert merged.fingerprint() == whole.fingerprint()
    for number in "12":
        found = tree(tmp_path / number)
        assert found.pop("report.html")
        assert found == tree(tmp_path / "whole")


def test_a_sweep_lets_the_draft_of_a_page_be(tmp_path: Path) -> None:
    """What another process is writing stays; what a killed one left is removed by the next sweep."""
    store = Store(tmp_path, Disk(pid=7))
    store.prepare()
    draft = tmp_path / f".report.html.{store.owner}-page.part"
    draft.touch()
    Store(tmp_path, Disk(pid=8, running=(7,))).clean()
    assert draft.exists()
    Store(tmp_path, Disk(pid=8)).clean()
    assert not draft.exists()


@pytest.mark.parametrize(
    ("over", "given", "expected"),
    [
        (("services.back.workers=1,2",), {}, ["lines"]),
        ((RATE,), {}, ["load_curve", "lines"]),
        (OVER, {}, ["heatmap"]),
        ((RATE, OVER[0]), {}, ["load_curve", "heatmap"]),
        (OVER, {"scenario": tiny(objectives=[])}, ["heatmap"]),
        (("services.back.workers=1,2", "faults.slow.factor=1,20"), {"zipped": True}, []),
        (("services.back.workers=1..4", "faults.slow.factor=1..20"), {"sample": "lhs:6"}, []),
        (("services.back.workers=1..4", "faults.slow.factor=1..20"), {"sample": "morris:20", "runs": 1}, ["sensitivity"]),
        ((), {"scenario": [tiny(), tiny(name="other")]}, []),
    ],
)
def test_axes_call_for_their_charts(over: tuple[str, ...], given: dict[str, Any], expected: list[str]) -> None:
    """Lines over one axis, a heat map over two, a load curve over a load, bars of a design; nothing where points lie anyhow."""
    sweep = stub(*over, **given)
    asked = pictures(sweep, sweep.metrics)
    assert list(dict.fromkeys(one.chart for one in asked)) == expected
    figures, refused = drawn(sweep, sweep.metrics[:1], [])
    assert list(dict.fromkeys(one.name for one in figures)) == expected
    assert refused == []
    assert all(one.address.startswith("data:image/svg+xml") and one.description for one in figures)
    assert ('id="charts"' in sweep_page(view_of(sweep, figures=figures))) == bool(expected)


def test_charts_that_refuse_are_named_with_the_reason() -> None:
    """One that was asked for by name refuses with an error; of all charts, those that can be are drawn."""
    sweep = stub("services.back.workers=1,2")
    with pytest.raises(PageError, match="heatmap: a heat map needs two axes"):
        drawn(sweep, ["goodput"], ["heatmap"])
    figures, refused = drawn(sweep, ["goodput"], ["heatmap", "lines", "load_curve", "sensitivity"], every=True)
    assert [one.name for one in figures] == ["lines"]
    assert [reason.partition(":")[0] for reason in refused] == ["heatmap", "load_curve", "sensitivity"]
    assert "Left out: heatmap: a heat map needs two axes" in sweep_page(view_of(sweep, left_out=refused))


def test_large_charts_become_pictures_and_larger_ones_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chart that takes too much as SVG is put in as PNG; one that does not fit is left out by name."""
    sweep = stub("services.back.workers=1,2")
    for place in ("sim.report.html.swept.charts", "sim.report.html.folder"):
        monkeypatch.setattr(f"{place}.FIGURE_BYTES_MAX", 100)
    assert drawn(sweep, ["goodput"], [])[0][0].address.startswith("data:image/png")
    monkeypatch.setattr("sim.report.html.folder.FIGURES_BYTES_MAX", 100)
    figures, _ = drawn(sweep, ["goodput"], [])
    assert [one.address for one in figures] == [""]
    section = charts.section(view_of(sweep, figures=figures))
    assert "for its size: lines; `eventflow plot lines FOLDER` draws it" in str(section)


def test_what_is_missing_is_said_first(tmp_path: Path) -> None:
    """Of a sweep that is not finished, the page begins with that; points without all of their runs are open, not wrong."""
    part = run_sweep(tiny(), OVER, shard="1/5", folder=tmp_path, engine="compiled", jobs=1)
    found = Seen(sweep_page(view_of(part)))
    assert found.texts["h1"] == [f"Not finished: {part.done} of 24 runs are there."]
    assert "So far: 0 of 6 points hold orders.errors < 5%. At 6 points it cannot be told yet." in found.texts["p"]
    assert any("19 runs are missing, of every point: not run yet, or failed" in one for one in found.texts["p"])
    assert "1 of 4" in found.texts["td"]
    assert any(one.startswith("It makes the whole of it, with the same runs") for one in found.texts["p"])
    assert leading(part, "orders.errors") == ""


def test_failed_runs_and_damaged_files_are_named(made: Sweep) -> None:
    """Each failed run with point, replication and reason, five at most; files that do not match their checksums."""
    tasks = made.plan.tasks
    lost = {task.key: "it took too long" for task in tasks[:7]}
    kept = {key: one for key, one in made.found.items() if key not in lost}
    words = sweep_page(view_of(replace(made, found=kept, failures=lost, damaged=("a.json",), _differences={})))
    assert "7 runs are missing, of points 0, 1" in words
    assert words.count("Failed: point") == 5
    assert "replication 3: it took too long" in words
    assert "And 2 more failed runs." in words
    assert "1 damaged file counts as absent, the first a.json." in words
    kept = {key: one for key, one in made.found.items() if key != tasks[0].key}
    words = sweep_page(view_of(replace(made, found=kept, _differences={})))
    assert "1 run is missing, of point 0" in words
    nothing = Seen(sweep_page(view_of(replace(made, found={}, damaged=("a", "b"), _differences={}))))
    assert nothing.texts["h1"] == ["Not finished: 0 of 24 runs are there."]
    assert "2 damaged files count as absent, the first a." in nothing.texts["p"]


def test_no_payload_is_markup(made: Sweep, text: str, seen: Seen) -> None:
    """With hostile names, titles, values and failures there are the same elements and attributes as without; all are shown."""
    assert 'id="charts"' in text
    bad = hostile(made)
    figures, _ = drawn(bad, bad.metrics, ["lines"])
    assert [one.name for one in figures] == ["lines"]
    found = Seen(sweep_page(view_of(bad, figures=figures)))
    assert {name for name, _ in found.elements} <= {name for name, _ in seen.elements}
    keys = {key for _, attributes in seen.elements for key in attributes}
    assert {key for _, attributes in found.elements for key in attributes} <= keys
    assert found.open == []
    assert len(found.of("script")) == 1
    wanted = {visible(payload) for payload in PAYLOADS if "\ud800" not in payload}
    assert wanted <= set(found.texts["bdi"])
    assert wanted <= set(found.texts["td"])


def test_the_command_on_the_page_makes_the_same_sweep(
    made: Sweep, text: str, seen: Seen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scenario of the page, saved under the name of the command, and the command give the fingerprint of the page."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.yaml").write_text(next(part for part in seen.texts["pre"] if part.startswith("name:")), encoding="utf-8")
    line = next(part for part in seen.texts["code"] if part.startswith("eventflow sweep"))
    assert main([*shlex.split(line)[1:], "--engine", "compiled", "-j", "1", "-q", "-o", "again"]) == 0
    assert load_sweep(tmp_path / "again").fingerprint() == made.fingerprint()
    assert made.fingerprint()[:16] in text


@pytest.mark.parametrize(
    ("over", "given", "expected"),
    [
        (OVER[:1], {}, "--over faults.slow.factor=1,20 --runs 3 --seed 3"),
        (("a=1,2", "b=3,4"), {"zipped": True}, "--over a=1,2 --over b=3,4 --zip --runs 3 --seed 3"),
        ((), {"metrics": ["errors", "goodput"]}, "tiny.yaml --runs 3 --seed 3 --metrics errors,goodput"),
        (("a=1..2", "b=3..4"), {"sample": "lhs:3"}, ""),
        (("a=1..2", "b=3..4"), {"sample": "morris:20"}, ""),
        pytest.param(("faults.slow.factor=1..9:lin:2000",), {"runs": 1}, "", marks=THOROUGH),
    ],
)
def test_a_command_is_given_where_lists_say_it_all(over: tuple[str, ...], given: dict[str, Any], expected: str) -> None:
    """Grids and axes in step are written out; what was drawn from ranges, or would fill pages, is not."""
    paths = {"a": "services.back.workers", "b": "faults.slow.factor"}
    full = [re.sub("^[ab](?==)", lambda match: paths[match[0]], one) for one in over]
    words = shlex.join(command(stub(*full, **given).plan))
    for short, path in paths.items():
        words = words.replace(f"{path}=", f"{short}=") if over and over[0].startswith("a") else words
    assert words.endswith(expected)
    assert bool(words) == bool(expected)


def test_a_design_says_what_matters(tmp_path: Path) -> None:
    """Of a sensitivity analysis the input that matters most stands on top, the table of inputs first, the points folded."""
    over = ("services.back.workers=1..4", "faults.slow.factor=1..20")

    def run(task: Task, seed: int) -> Summary:
        found = Stub()(task, seed)
        size = float(dict(task.point.settings)[over[0].partition("=")[0]]) + 0.001 * task.replication
        return replace(found, values=(size,) * len(found.values))

    sweep = stub(*over, sample="morris:20", runner=run)
    write_sweep_page(sweep, tmp_path / "page.html", metrics=["goodput"])
    found = Seen((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert found.texts["h1"] == ["services.back.workers matters most to goodput."]
    assert "1 of 2 inputs are proven to matter." in found.texts["p"]
    assert [one["aria-label"] for one in found.of("div") if "role" in one] == ["Objectives", "Inputs", "Points"]
    assert found.open == []
    same = Seen(sweep_page(view_of(stub(*over, sample="morris:20", runner=Even()))))
    assert same.texts["h1"] == ["No input is proven to matter to orders.errors."]


def test_a_design_without_figures_says_why() -> None:
    """Where a replication has no finite value, no input is named and there is no table of inputs."""
    over = ("services.back.workers=1..4", "faults.slow.factor=1..20")
    sweep = stub(*over, sample="morris:20", runs=1)
    found = Seen(sweep_page(view_of(replace(sweep, found={}, _differences={}), ["goodput"])))
    assert found.texts["h1"] == ["Not finished: 0 of 60 runs are there."]
    assert "Inputs" not in [one.get("aria-label") for one in found.of("div")]


def test_without_objectives_the_first_sentence_leads() -> None:
    """There is nothing to hold then; a single point has nothing to differ from either."""
    found = Seen(sweep_page(view_of(stub(*OVER, scenario=tiny(objectives=[])), ["goodput"])))
    assert found.texts["h1"][0].startswith("goodput: ")
    assert "No objective is declared, so there is nothing to pass or to fail." in found.texts["p"]
    assert not any(one.get("aria-label") == "Objectives" for one in found.of("div"))
    alone = Seen(sweep_page(view_of(stub(scenario=tiny(objectives=[])))))
    assert alone.texts["h1"] == ["tiny: what was measured."]
    assert "nothing is varied" in " ".join(alone.texts["p"])


def test_the_best_point_is_named_as_it_was_chosen(made: Sweep) -> None:
    """A choice with its guarantee takes the place of the best mean; of a metric without a direction no point leads."""
    best = made.best("goodput", "20/s")
    words = sweep_page(view_of(made, best=best))
    assert str(best).partition(": ")[0] in words
    assert "a choice with a guarantee takes" not in words
    assert leading(made, "offered") == ""
    assert leading(stub(*OVER[:1], runner=Even()), "goodput").startswith("points 0, 1 have the highest goodput in the mean")


class Even(Stub):
    """All runs are alike."""

    def __call__(self, task: Task, seed: int) -> Summary:
        """Pretend to run a task."""
        found = super().__call__(task, seed)
        return replace(found, values=(1.0,) * len(found.values))


def test_variants_have_objectives_of_their_own() -> None:
    """An objective that a variant does not have is a dash in its rows; variants are a column of their own."""
    other = tiny(name="other", objectives=["goodput > 1/s"])
    text = sweep_page(view_of(stub(*OVER[:1], scenario=[tiny(), other])))
    table = text[text.index('aria-label="Points"') : text.index('id="settings"')]
    assert table.count('<td class="quiet">-</td>') == 4
    assert ">variant</button>" in table
    assert "Save each scenario below" in text


def test_a_long_table_is_cut_and_says_so(made: Sweep, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page shows so many points as a browser still sorts at once, and says where all of them are."""
    monkeypatch.setattr(points, "ROWS_MAX", 2)
    words = str(points.section(view_of(made)))
    assert words.count("<tr>") == 1 + 2
    assert "the first 2 of 6 points" in words


def test_points_and_paths_in_words() -> None:
    """Numbers of points are listed up to a dozen; a path may go on in a new line after each dot."""
    assert listed([3]) == "point 3"
    assert listed(range(14)) == "points 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 2 more"
    assert dotted("a.b<c") == "a.<wbr>b&lt;c"
