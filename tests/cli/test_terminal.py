"""What the terminal shows: at any width nothing is torn, in any terminal nothing raw, and words say what colours say."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from sim.cli import output, terminal
from sim.replications import run_replications
from sim.report import sparklines
from sim.report.fitting import fill, width, wrapped
from sim.report.sparklines import history
from sim.report.tables import Table, overall
from sim.results.comparison import Comparison
from sim.scenario import loads
from sim.stats.judging import Verdict

if TYPE_CHECKING:
    from sim.results.result import Result

ROOT = Path(__file__).parents[2]
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
WIDTHS = (24, 40, 60, 80, 100, 200)
SHOP = """
name: {name}
architecture: {architecture}
services:
  front: {{workers: 8, queue_max: 20, operations: {{buy: [{{work: 1ms}}, {step}]}}}}
  a-back-end-with-quite-a-long-name: {{queue_max: 20, operations: {{pay: [{{work: {{kind: exponential, mean: 10ms}}}}]}}}}
{broker}
workload:
  orders: {{operation: front.buy, arrivals: {{kind: poisson, rate: 40/s}}, timeout: 1s}}
faults:
  slow-pay: {{kind: slowdown, target: a-back-end-with-quite-a-long-name, factor: 10, at: 4s, for: 3s}}
objectives: ["orders.errors < 1%", "orders.latency.p50 < 1s"]
run: {{horizon: 20s, replications: 3, seed: 7}}
"""
BROKER = """
brokers: {events: {topics: {placed: {partitions: 2}}}}
subscriptions: {payers: {topic: placed, operation: a-back-end-with-quite-a-long-name.pay}}
"""


def shop(name: str, *, events: bool = False) -> Result:
    """A small shop in one wiring."""
    pay = "a-back-end-with-quite-a-long-name.pay"
    step = "{publish: placed}" if events else f"{{call: {pay}, timeout: 200ms}}"
    wiring = "event-driven" if events else "synchronous"
    text = SHOP.format(name=name, architecture=wiring, step=step, broker=BROKER if events else "")
    return run_replications(loads(text), engine="compiled")


@pytest.fixture(scope="module")
def result() -> Result:
    """The shop wired by calls."""
    return shop("shop")


@pytest.fixture(scope="module")
def comparison(result: Result) -> Comparison:
    """Both wirings."""
    return Comparison(result, shop("shop-by-events", events=True))


class Screen(io.StringIO):
    """A terminal, or a pipe, with an encoding."""

    def __init__(self, *, tty: bool, encoding: str = "utf-8") -> None:
        super().__init__()
        self.tty, self._encoding = tty, encoding

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self.tty

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """What it can show."""
        return self._encoding


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What a call prints on a screen of some kind, in an environment."""

    def show(call: Any, *, tty: bool = True, columns: int | None = None, encoding: str = "utf-8", **environment: str) -> str:
        for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TERM"):
            monkeypatch.delenv(name, raising=False)
        for name, value in {**environment, **({"COLUMNS": str(columns)} if columns else {})}.items():
            monkeypatch.setenv(name, value)
        screen = Screen(tty=tty, encoding=encoding)
        monkeypatch.setattr(sys, "stdout", screen)
        try:
            call()
        finally:
            monkeypatch.undo()
        return screen.getvalue()

    return show


@pytest.mark.parametrize("columns", WIDTHS)
def test_nothing_is_torn(shown: Any, result: Result, comparison: Comparison, columns: int) -> None:
    """No line is longer than the terminal, whatever its width, and no figure is lost."""
    one = shown(lambda: output.print_result(result, "text", None), columns=columns, NO_COLOR="1")
    two = shown(lambda: output.print_comparison(comparison, "text", None), columns=columns, NO_COLOR="1")
    for text in (one, two):
        assert max(width(line) for line in text.split("\n")) <= columns
        assert not [line for line in text.split("\n") if line != line.rstrip()]
    flat = " ".join(one.split())
    assert "FAIL: 1 of 2 objectives breached" in flat
    for row in result.summary("flow"):
        if row.estimate.estimable:
            assert re.search(re.escape(f"{row.subject}: {row.label}".split()[-1]), flat)
    assert len(re.findall(r"\[[-0-9., ]+\]", one)) == len(re.findall(r"\[[-0-9., ]+\]", wide(shown, result)))


def wide(shown: Any, result: Result) -> str:
    """The same on a screen without end."""
    return str(shown(lambda: output.print_result(result, "text", None), columns=1000, NO_COLOR="1"))


def test_a_pipe_is_not_wrapped(shown: Any, result: Result) -> None:
    """Without a terminal the table is as wide as it is, and there is no colour."""
    text = shown(lambda: output.print_result(result, "text", None), tty=False)
    assert "\x1b" not in text
    assert any(re.match(r"orders: goodput  +[\d.]+ \[.*\] /s +3$", line) for line in text.split("\n"))


def test_columns_go_in_the_order_that_is_stated() -> None:
    """Words wrap first, then columns go and are named, then figures stand below each other; intervals stay whole."""
    rows = (("some long words about it", "10.5 [9.5, 11.5] ms", "30"), ("b", "1 [0, 2] /s", "30"))
    table = Table(("metric", "mean [95 %]", "n"), rows, (False, True, True), ("a note of several words",), drop=(2,))
    assert table.text(60) == table.text()
    assert table.text(36).split("\n") == [
        "metric               mean [95 %]   n",
        "-----------  -------------------  --",
        "some long    10.5 [9.5, 11.5] ms  30",
        "words about",
        "it",
        "b                    1 [0, 2] /s  30",
        "  a note of several words",
    ]
    assert "left out in 25 columns: n" in " ".join(table.text(25).split())
    assert "30" not in table.text(25)
    assert "10.5" in table.text(25)
    assert "[9.5, 11.5] ms" in table.text(25)
    assert table.text(20).split("\n")[:3] == ["some long words", "about it", "  mean [95 %]:"]


def test_texts_wrap_at_spaces_and_long_names_at_their_joints() -> None:
    """Intervals and units are not parted; a name is broken after a joint; wide letters count twice."""
    assert wrapped("the mean 12.5 [11.5, 13.5] ms of it", 20) == ["the mean 12.5", "[11.5, 13.5] ms of", "it"]
    assert wrapped("with seed 1, in 3 of 3, n = 3", 14) == ["with seed 1,", "in 3 of 3,", "n = 3"]
    assert wrapped("payment-service.charge-card", 16) == ["payment-service.", "charge-card"]
    assert wrapped("x" * 25, 12) == ["x" * 12, "x" * 12, "x"]
    assert wrapped("支払い支払い支払い", 12) == ["支払い支払い", "支払い"]
    assert fill("a b c d", 3, "- ", "  ").split("\n") == ["- a b c d"]  # never narrower than a word of thirteen


@pytest.mark.parametrize(
    ("tty", "environment", "coloured"),
    [
        (True, {}, True),
        (True, {"TERM": "xterm-256color"}, True),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"NO_COLOR": ""}, True),
        (True, {"TERM": "dumb"}, False),
        (False, {}, False),
        (False, {"FORCE_COLOR": "1"}, True),
        (False, {"FORCE_COLOR": "0"}, False),
        (False, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (True, {"FORCE_COLOR": "1", "TERM": "dumb"}, True),
    ],
)
def test_colours_only_repeat_words(
    shown: Any,
    result: Result,
    tty: bool,  # noqa: FBT001 - a parameter of the test
    environment: dict[str, str],
    coloured: bool,  # noqa: FBT001
) -> None:
    """NO_COLOR, FORCE_COLOR, TERM=dumb and pipes are heeded; without colours the text is the same."""
    text = shown(lambda: output.print_result(result, "text", None), tty=tty, columns=100, **environment)
    assert bool(ESCAPE.search(text)) is coloured
    plain = shown(lambda: output.print_result(result, "text", None), columns=100, NO_COLOR="1", **(
        {"TERM": environment["TERM"]} if "TERM" in environment else {}
    ))
    assert ESCAPE.sub("", text) == plain
    if coloured:
        assert "\x1b[31m\x1b[1mFAIL\x1b[0m    orders.errors < 1%" in text
        assert "\x1b[32m\x1b[1mPASS\x1b[0m    orders.latency.p50 < 1s" in text


@pytest.mark.parametrize(("encoding", "term"), [("ascii", "xterm"), ("latin-1", "xterm"), ("utf-8", "dumb")])
def test_terminals_without_blocks_get_ascii(shown: Any, result: Result, encoding: str, term: str) -> None:
    """Where blocks cannot be shown, rows are drawn with ASCII, and every line can be written."""
    text = shown(lambda: output.print_result(result, "text", None), encoding=encoding, TERM=term, columns=80)
    ESCAPE.sub("", text).encode("ascii")
    errors = next(line for line in text.split("\n") if line.startswith("errors   "))
    assert re.match(r"errors   [_.:=+*# -]+  highest", errors)
    assert "#" in errors


HOSTILE = "evil\x1b[2J\x1b]0;owned\x07\x9b31m\u202egnp.exe\u2028\r\x08title"


def test_control_characters_never_reach_the_terminal(shown: Any, result: Result, capsys: pytest.CaptureFixture[str]) -> None:
    """What a scenario, a path or an error may smuggle in is shown as escapes, on stdout and on stderr."""
    scenario = result.scenario.model_copy(update={"title": HOSTILE, "name": HOSTILE})
    hostile = type(result)(scenario, result.records, result.seed, result.engine)
    text = shown(lambda: output.print_result(hostile, "text", None), columns=80, FORCE_COLOR="1")
    for sign in ("\x07", "\x9b", "\u202e", "\u2028", "\r", "\x08"):
        assert sign not in text
    assert "\x1b" not in ESCAPE.sub("", text)
    assert "\x1b[2J" not in text
    assert r"evil\x1b[2J" in text.replace("\n", "")
    data = shown(lambda: output.print_result(hostile, "json", None))
    assert json.loads(data)["title"] == HOSTILE
    assert not [sign for sign in data if terminal.clean(sign) != sign]
    from sim.cli.progress import say  # it writes to the stderr of now

    say(f"cannot read {HOSTILE}")
    assert capsys.readouterr().err == f"cannot read {terminal.clean(HOSTILE)}\n"


def test_what_people_write_is_left_as_it_is() -> None:
    """Letters of any script, marks and line ends are no danger."""
    for text in ("prix: 3 €", "支払い", "zürich\n\tok", "é", "naïve 🚀"):
        assert terminal.clean(text) == text


def test_the_rows_show_the_worst(result: Result) -> None:
    """Each sign is the worst window of its stretch; the fault's row covers its window; notes name the worst of all."""
    lines = history([result], [""], 80)
    goodput, errors, waiting, faults = (line.split("  ")[0:] for line in lines[:4])
    assert waiting[0] == "waiting"  # not backlog, which is of messages only
    assert "waiting: requests in queues, and messages not committed" in " ".join(" ".join(lines).split())
    drawn = {line.split()[0]: line.split()[1] for line in lines[:4]}
    assert {len(row) for row in drawn.values()} == {20}
    assert drawn["faults"] == "·" * 4 + "━" * 3 + "·" * 13
    assert set(drawn["errors"][:4]) == {"▁"}
    assert "█" in drawn["errors"][4:8]
    mean = np.array([record.flows[:, 0, 1:].sum() for record in result.records])
    assert mean.all()
    assert "highest" in " ".join(errors)
    assert "lowest" in " ".join(goodput)
    assert "slow-pay from 4 s to 7 s" in " ".join(faults)
    short = {line.split()[0]: line.split()[1] for line in history([result], [""], 36) if line[:1] not in " eo"}
    assert len(short["goodput"]) <= 27


def test_each_sign_is_the_worst_of_its_windows() -> None:
    """Of goodput the lowest, of errors the highest; windows without a value count where none has one."""
    values = np.array([5.0, 1.0, np.nan, 4.0, np.nan, np.nan])
    assert sparklines._worst(values, 3, low=True).tolist()[:2] == [1.0, 4.0]
    assert sparklines._worst(values, 3, low=False).tolist()[:2] == [5.0, 4.0]
    assert np.isnan(sparklines._worst(values, 3, low=True)[2])
    assert sparklines._drawn(np.array([0.0, 0.001, 0.5, 1.0, np.nan]), 1.0, blocks=True) == "▁▂▅█·"
    assert sparklines._drawn(np.array([0.0, 0.001, 0.5, 1.0, np.nan]), 1.0, blocks=False) == "_.=# "


def test_the_verdict_counts_objectives(result: Result) -> None:
    """One breached objective fails the run; open ones are said; with none there is no verdict."""
    failed, passed = result.objectives()
    assert isinstance(failed, Verdict)
    assert overall([failed, passed]) == "FAIL: 1 of 2 objectives breached"
    assert overall([passed, passed]) == "PASS: all 2 objectives met"
    assert overall([passed]) == "PASS: the one objective met"
    assert overall([]) == ""


@pytest.mark.skipif(sys.platform == "win32", reason="closes a file of the shell")
@pytest.mark.parametrize("words", ["list faults", "--help", "validate nowhere.yaml"])
def test_closed_streams_lead_nowhere(words: str) -> None:
    """With stdout closed the exit code is the same and stderr holds no error; with stderr closed, stdout is still data only."""
    command = f"{sys.executable} -m sim {words}"

    def run(closed: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["/bin/sh", "-c", command + closed], cwd=ROOT, capture_output=True, text=True, check=False)

    whole, silent, unseen = run(""), run(" >&-"), run(" 2>&-")
    assert (silent.returncode, silent.stdout, silent.stderr) == (whole.returncode, "", whole.stderr)
    assert (unseen.returncode, unseen.stdout, unseen.stderr) == (whole.returncode, whole.stdout, "")
