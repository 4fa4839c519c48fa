"""The page: one file, closed to the outside, in an order, for eyes and ears, whatever the names in it."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest

from sim.api import compare
from sim.charts.palette import LOOKS, SECOND
from sim.cli import main
from sim.cli.commands import plot
from sim.judgements.verdict import cascade
from sim.plots import chart_names
from sim.report.html.elements import escape, tag, visible
from sim.report.html.folder import FIGURE_BYTES_MAX, FIGURES_BYTES_MAX, PageError, read_folder
from sim.report.html.page import page, write_page
from sim.scenario import Scenario
from tests.report.html.made import PAYLOADS, SVG, make_hostile, scenario, write_folder
from tests.report.html.seen import SINKS, Seen, hashed

if TYPE_CHECKING:
    from pathlib import Path

    from sim.results.comparison import Comparison

@pytest.fixture(scope="module")
def text(made: Path) -> str:
    """The page of the pair."""
    return page(read_folder(made))


@pytest.fixture(scope="module")
def seen(text: str) -> Seen:
    """The same, parsed."""
    return Seen(text)


def test_the_policy_allows_its_own_scripts_and_nothing_else(text: str, seen: Seen) -> None:
    """Each script and the style are allowed by their hash; all else is forbidden, and no element carries code or style."""
    policy = next(one["content"] for one in seen.of("meta") if one.get("http-equiv") == "Content-Security-Policy")
    parts = dict(part.strip().split(" ", 1) for part in str(policy).split(";"))
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert len(scripts) == 2
    assert parts == {
        "default-src": "'none'",
        "script-src": " ".join(hashed(script) for script in scripts),
        "style-src": hashed(re.findall(r"<style>(.*?)</style>", text, re.DOTALL)[0]),
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert [one.get("type") for one in seen.of("script")] == ["application/json", None, None]
    for name, attributes in seen.elements:
        assert not {key for key in attributes if key.startswith("on") or key == "style"}, name


def test_nothing_is_fetched(seen: Seen) -> None:
    """Every address leads into the page itself, or holds its content."""
    addresses = [value for _, attributes in seen.elements for key, value in attributes.items() if key in SINKS]
    assert all(str(value).startswith(("#", "data:image/")) for value in addresses)
    assert not {"link", "iframe", "object", "embed", "base"} & {name for name, _ in seen.elements}


def test_every_element_is_closed(seen: Seen) -> None:
    """The markup is well formed."""
    assert seen.open == []


def test_the_verdict_comes_first_then_why_then_the_replay_then_detail(seen: Seen) -> None:
    """The order of the parts, each a region with a heading of its own."""
    sections = seen.of("section")
    assert [one["id"] for one in sections] == ["verdict", "why", "replay", "detail", "charts", "settings"]
    ids = [attributes["id"] for _, attributes in seen.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert all(one["aria-labelledby"] in ids for one in sections)
    assert [len(seen.of(name)) for name in ("h1", "main", "nav", "header", "footer")] == [1] * 5
    assert seen.of("html") == [{"lang": "en"}]


def test_tables_have_headings_and_captions(seen: Seen) -> None:
    """Every heading says what it heads, every table what it is, every image what it shows."""
    assert all(one.get("scope") in {"col", "row", "colgroup"} for one in seen.of("th"))
    assert len(seen.of("caption")) == len(seen.of("table"))
    assert [one["alt"] for one in seen.of("img")] == ["A red square."]
    assert all(one.get("type") == "button" for one in seen.of("button"))


def test_it_says_the_verdict_and_what_broke_in_order(comparison: Any, text: str, seen: Seen) -> None:
    """Every sentence of the verdict is there, and the services of the cascade in their order, each with its moment."""
    words = " ".join(" ".join(parts) for parts in seen.texts.values()).lower()
    for sentence in comparison.verdict():
        assert sentence.partition(": ")[0].lower() in words
        assert sentence.partition(": ")[2].lower() in words
    chain = text[text.index("What gave way: synchronous") : text.index("What gave way: event-driven")]
    order = [one.service for one in cascade(comparison.a)]
    assert order[0] == "payment"
    assert len(order) == 3
    places = [chain.index(f"<strong><bdi>{name}</bdi></strong>") for name in order]
    assert places == sorted(places)
    assert "struck by <bdi>slow</bdi>" in chain
    assert "calls <bdi>payment</bdi>" in chain


def test_everything_to_repeat_it_is_there(text: str, comparison: Any) -> None:
    """Command, seed, versions, fingerprints, every setting."""
    for word in ("eventflow run --from manifest.json", "eventflow compare a b", "numpy", "seed 3", "horizon: 40s"):
        assert word in text
    assert all(record.fingerprint()[:16] in text for record in comparison.a.records)


def test_equal_folders_give_equal_pages(made: Path, text: str) -> None:
    """The page follows from the files alone, to the byte."""
    assert page(read_folder(made)) == text


def test_no_payload_is_markup(folder: Path, seen: Seen) -> None:
    """With hostile names everywhere, there are the same kinds of elements and attributes as without, and all is closed."""
    make_hostile(folder)
    found = Seen(page(read_folder(folder)))
    assert {name for name, _ in found.elements} <= {name for name, _ in seen.elements} | {"noscript", "ol", "li"}
    keys = {key for _, attributes in seen.elements for key in attributes}
    assert {key for _, attributes in found.elements for key in attributes} <= keys
    assert found.open == []
    assert len(found.of("script")) == 3
    shown = set(found.texts["bdi"])
    assert {visible(payload) for payload in PAYLOADS} <= shown


def test_the_data_cannot_end_its_element(folder: Path) -> None:
    """The JSON in the page holds no markup, and reads back as the replay with its unseen characters shown."""
    make_hostile(folder)
    found = Seen(page(read_folder(folder)))
    data = next(part for part in found.texts["script"] if part.startswith("{"))
    assert not set("<>&") & set(data)
    names = [fault["name"] for fault in json.loads(data)["sides"][0]["faults"]]
    assert names == [visible(payload) for payload in PAYLOADS]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("plain", "plain"),
        ("a\x00b\x1b[31m", "a\\x00b\\x1b[31m"),
        ("abc\u202edef", "abc\\u202edef"),
        ("\u05d0\u05d1", "\u05d0\u05d1"),
        ("a\u200db", "a\u200db"),
        ("\ud800", "\\ud800"),
        ("1\u00a0000", "1\u00a0000"),
    ],
)
def test_what_cannot_be_seen_is_written_out(given: str, shown: str) -> None:
    """Controls, marks of direction and halves of characters are escapes; letters of any script stay as they are."""
    assert visible(given) == shown


def test_elements_escape_what_is_not_markup() -> None:
    """Texts and attributes are escaped, elements are not; what is None or False is left out."""
    made = tag("p", "<b>", tag("i", "&"), None, class_='x"y', title=None, hidden=False)
    assert made == '<p class="x&quot;y">&lt;b&gt;<i>&amp;</i></p>'
    assert tag("input", type="range", min=0, value=1.50, checked=True) == '<input type="range" min="0" value="1.5" checked>'
    assert escape("a\nb") == "a\\nb"
    assert escape("a\nb", keep="\n") == "a\nb"


def test_without_a_replay_the_rest_is_there(folder: Path) -> None:
    """A folder of an older version, or of an interrupted run, gets a page that says what is missing."""
    (folder / "replay.json").unlink()
    data = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**data, "complete": False}))
    text = page(read_folder(folder))
    assert 'id="replay"' not in text
    assert "has no replay.json" in text
    assert "Interrupted: these are the replications that were finished." in text


def test_large_figures_become_pictures_and_too_many_are_named(folder: Path) -> None:
    """An SVG of a megabyte is put in as PNG; what does not fit any more is named."""
    (folder / "figures" / "compare.svg").write_text(SVG.format(" " * FIGURE_BYTES_MAX))
    (folder / "figures" / "compare.png").write_bytes(b"\x89PNG")
    for name in ("one", "two"):
        (folder / "figures" / f"{name}.svg").write_text(SVG.format(" " * (FIGURES_BYTES_MAX // 2)))
    text = page(read_folder(folder))
    assert "data:image/png;base64,iVBORw==" in text
    assert text.count("data:image/svg+xml") == 1
    assert "to be found in its folder: two." in text


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("manifest.json", None, r"is not the folder of a report: no manifest.json is there"),
        ("manifest.json", '{"kind": "sweep"}', "is the folder of a sweep; a page is made of a run or of a comparison"),
        ("manifest.json", '{"kind": "run"}', "incomplete: .* is missing"),
        ("summary.json", "{", "is not JSON"),
        ("summary.json", "[]", "holds no object"),
        ("summary.json", "{}", "incomplete: 'sides' is missing"),
        ("replay.json", '{"schema": 99}', "schema 99; this version reads 1"),
        ("replay.json", '{"schema": 1, "sides": []}', "another number of sides"),
    ],
)
def test_a_folder_that_no_page_can_be_made_of_is_refused(folder: Path, name: str, text: str | None, message: str) -> None:
    """The message names the file and says what to do; nothing is written."""
    if text is None:
        (folder / name).unlink()
    else:
        (folder / name).write_text(text)
    with pytest.raises(PageError, match=message):
        write_page(folder, folder / "report.html")
    assert not (folder / "report.html").exists()


@pytest.mark.parametrize(
    ("where", "value", "message"),
    [
        (("links", 0, "to"), "s99", "is damaged: KeyError: 's99'"),
        (("nodes", 0, "rate", "data"), "AP//////DA==", "is damaged: ValueError: a series of .* where 40 were expected"),
        (("nodes", 0, "rate", "data"), "not base64!", "is damaged"),
        (("nodes", 1, "kind"), "planet", "is damaged: KeyError: 'planet'"),
        (("curves", "goodput", "mean"), None, "is damaged"),
    ],
)
def test_a_damaged_replay_is_refused(folder: Path, where: tuple[Any, ...], value: object, message: str) -> None:
    """Links to nowhere and series that cannot be read are met before the page is begun, and said with the file's name."""
    data = json.loads((folder / "replay.json").read_text())
    thing: Any = data["sides"][0]
    for key in where[:-1]:
        thing = thing[key]
    thing[where[-1]] = value
    (folder / "replay.json").write_text(json.dumps(data))
    with pytest.raises(PageError, match=message):
        read_folder(folder)


def test_a_run_has_a_page_too(comparison: Any, tmp_path: Path) -> None:
    """One side alone: how many objectives hold comes first, then what gave way, one topology, tables without a twin."""
    from sim.report.html.data import replay_data  # beside the folder made by hand
    from sim.report.manifest import Invocation, manifest
    from sim.report.write import json_text

    result = comparison.a
    made = manifest("run", [result], Invocation(("run", "a"), "20270102T030405Z", 1.5, {}))
    replay = replay_data([result], [result.scenario.architecture])
    for name, data in (("manifest", made), ("summary", result.to_dict()), ("replay", replay)):
        (tmp_path / f"{name}.json").write_text(json_text(data, in_order=True))
    text = page(read_folder(tmp_path))
    found = Seen(text)
    assert found.texts["h1"] == ["0 of 1 objectives hold."]
    assert "Breached: orders.errors < 5%." in found.texts["p"]
    assert text.count('class="topology') == 1
    assert "colgroup" not in text
    assert found.open == []
    assert len(found.of("section")) == 5


def test_what_faults_do_not_tell_is_on_the_page(tmp_path: Path) -> None:
    """A fault within the warm-up: no word that no service gets into breach; one that met nothing is named on top."""
    early = [scenario(events=events).replace("run.warmup", "20s") for events in (False, True)]
    data = [one.resolved() for one in early]
    archive = {"archive": {"operations": {"store": [{"work": "1ms"}]}}}
    early = [Scenario.model_validate({**one, "services": {**one["services"], **archive}}) for one in data]
    idle = [one.replace("faults.slow.target", "archive") for one in early]
    text = unescape(page(read_folder(write_folder(compare(*idle, replications=3), tmp_path))))
    assert text.count("It cannot be told which services get into breach</b>: the fault 'slow' begins at 10s") == 2
    assert "No service gets into breach" not in text
    said = "Not exercised: the fault 'slow' met no request and no message at archive from 10s to 18s in any of 3 replications."
    assert said in text
    assert "rows hold one by one, at 95 % each; the claims of the verdict hold all together" in text


def test_the_command_makes_the_page_of_the_newest_report(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`eventflow report` takes the folder of a report, or that of all reports by its pointer, and writes where it is told."""
    assert main(["report", folder.as_posix()]) == 0
    first = (folder / "report.html").read_text(encoding="utf-8")
    (folder.parent / "latest").write_text("folder\n")
    other = folder.parent / "page.html"
    assert main(["report", folder.parent.as_posix(), "-o", other.as_posix()]) == 0
    assert other.read_text(encoding="utf-8") == first
    assert capsys.readouterr().out.split() == [(folder / "report.html").as_posix(), other.as_posix()]
    (folder.parent / "latest").write_text("../elsewhere\n")
    assert main(["report", folder.parent.as_posix()]) == 2
    assert "points outside of its folder" in capsys.readouterr().err


def test_charts_can_be_put_on_the_page(comparison: Comparison, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--chart` draws what is named into the folder and onto the page; a name that is none is answered."""
    assert main(["report", folder.as_posix(), "--chart", "forest"]) == 2
    assert "holds neither result.npz" in capsys.readouterr().err
    comparison.save(folder / "result.npz")
    assert main(["report", folder.as_posix(), "--chart", "forest"]) == 0
    found = Seen((folder / "report.html").read_text(encoding="utf-8"))
    assert [one.get("class") for one in found.of("figure")].count("chart") == 2
    assert main(["report", folder.as_posix(), "--chart", "forrest"]) == 2
    assert "did you mean 'forest'" in capsys.readouterr().err


def test_all_charts_are_those_that_have_something_to_show(
    comparison: Comparison, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--chart all` draws every chart of what the folder holds but the page that is there; one that cannot be is left out."""
    drawn = []

    def write(name: str, _subject: Any, path: Path, *_rest: Any) -> str:
        if name == "recovery":
            raise plot.PlotError("recovery: nothing failed")
        drawn.append(name)
        path.write_text(SVG, encoding="utf-8")
        return ""

    monkeypatch.setattr(plot, "write_chart", write)
    comparison.save(folder / "result.npz")
    assert main(["report", folder.as_posix(), "--chart", "all"]) == 0
    assert set(drawn) == set(chart_names("comparison")) - {"comparison", "recovery"}
    assert "left out: recovery: nothing failed" in capsys.readouterr().err
    assert main(["report", folder.as_posix(), "--chart", "recovery"]) == 2


def test_sides_have_the_colours_of_the_charts(text: str, seen: Seen) -> None:
    """Each architecture has the colour that it has on every chart, and a second cue: its line."""
    for architecture, look in LOOKS.items():
        assert f"--{architecture}: {look.colour};" in text
        assert f"--{architecture}-second: {SECOND[architecture].colour};" in text
    assert seen.of("body")[0]["class"] == "a-synchronous b-event-driven"
    dashes = dict(re.findall(r"\.([ab]-[a-z-]+) \{ [^}]*--[ab]-dash: ([^;]+);", text))
    assert len(set(dashes.values())) == 4
    assert dashes["a-synchronous"] == dashes["b-synchronous"] == "none"
