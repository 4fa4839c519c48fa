"""The traps of YAML and of typing: each is refused with its own words, or means what a person reads."""

from __future__ import annotations

import pytest

from sim.cli.app import run
from sim.metrics.paths import metric_units
from sim.scenario import Scenario, ScenarioError, loads, loads_with_warnings

SHOP = """name: kiosk
architecture: synchronous
services:
  till: {replicas: 2, operations: {pay: [{work: 5ms}]}}
workload:
  visits: {operation: till.pay, arrivals: {kind: poisson, rate: 100/s}}
run: {horizon: 30s, warmup: 5s, replications: 3, seed: 1}
"""

REFUSED = {
    "a comma for a point": ("work: 5ms", 'work: "1,5ms"', "4:49", "'1,5ms' is not a duration; write for example"),
    "a comma for thousands": ("rate: 100/s", 'rate: "1,000/s"', "6:65", "'1,000/s' is not a rate; write for example"),
    "a comma in a share": ("work: 5ms", 'fail: "2,5%"', "4:49", "'2,5%' is not a share; write a share"),
    "an exponent": ("replicas: 2", "replicas: 1e1", "4:20", "expected a whole number such as 3, got 10.0"),
    "a point nought": ("replications: 3", "replications: 3.0", "7:47", "expected a whole number such as 3, got 3.0"),
    "a seed too large": ("seed: 1", "seed: 18446744073709551616", "7:56", "is too large; write at most 9223372036854775807"),
    "a seed one too large": ("seed: 1", "seed: 9223372036854775808", "7:56", "write at most 9223372036854775807"),
    "two documents": ("run: {", "---\nrun: {", "7:1", "a second document begins here"),
    "another unit": ("rate: 100/s", "rate: 100rps", "6:65", "'100rps' is not a rate; write for example '200/s'"),
    "a unit of other tools": ("rate: 100/s", "rate: 100qps", "6:65", "'100qps' is not a rate"),
    "sixtieths": ("horizon: 30s", "horizon: 1:30", "7:16", "'1:30' is not a duration"),
    "no unit": ("horizon: 30s", "horizon: 30", "7:16", "a duration needs a unit, got 30"),
    "no unit, in quotes": ("horizon: 30s", "horizon: '30'", "7:16", "a duration needs a unit"),
    "a letter of another script": (
        "operation: till", "operation: t\u0456ll", "6:24", "U+0456 CYRILLIC SMALL LETTER BYELORUSSIAN-UKRAINIAN I where 'i' seems",
    ),
    "a Greek letter": ("operation: till.pay", "operation: till.p\u03b1y", "6:23", "is not an operation"),
    "a space of no width": ("  till:", "  till\u200b:", "4:7", "U+200B ZERO WIDTH SPACE, which cannot be seen; remove it"),
    "a joiner": ("operation: till.pay", "operation: till\u200d.pay", "6:27", "U+200D ZERO WIDTH JOINER, which cannot be seen"),
    "a space that does not break": ("name: kiosk", "name:\u00a0kiosk", "1:6", "U+00A0 NO-BREAK SPACE, which cannot be seen"),
    "such a space within a line": ("    ", "    ", "", ""),
    "a narrow one in a rate": ("rate: 100/s", "rate: 100\u202f/s", "6:68", "U+202F NARROW NO-BREAK SPACE"),
}  # fmt: skip
del REFUSED["such a space within a line"]

MEANT = {
    "no as a name": (("till", "no"), lambda scenario: list(scenario.services) == ["no"]),
    "on as a name": (("till", "on"), lambda scenario: list(scenario.services) == ["on"]),
    "yes as a name": (("visits", "yes"), lambda scenario: list(scenario.workload) == ["yes"]),
    "a nought in front": (("replicas: 2", "replicas: 010"), lambda scenario: scenario.services["till"].replicas == 10),
    "eight behind a nought": (("replicas: 2", "replicas: 08"), lambda scenario: scenario.services["till"].replicas == 8),
    "the largest seed": (("seed: 1", "seed: 9223372036854775807"), lambda scenario: scenario.run.seed == 2**63 - 1),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_trap_is_refused_with_its_own_words(name: str) -> None:
    """One error, at its place, that says what is wrong and what would be right."""
    old, new, place, words = REFUSED[name]
    assert old in SHOP
    with pytest.raises(ScenarioError) as error:
        loads(SHOP.replace(old, new, 1), "x.yaml")
    first = error.value.problems[0].headline
    assert first.startswith(f"x.yaml:{place}: ")
    assert words in first


@pytest.mark.parametrize("name", MEANT)
def test_what_a_person_reads_is_what_is_meant(name: str) -> None:
    """The words and noughts of YAML 1.1 mean nothing else here."""
    (old, new), right = MEANT[name]
    scenario: Scenario = loads(SHOP.replace(old, new), "x.yaml")
    assert right(scenario)


def test_a_character_that_cannot_be_seen_is_shown() -> None:
    """In the file's line, with a caret below all of it."""
    with pytest.raises(ScenarioError) as error:
        loads(SHOP.replace("  till:", "  till\u200b:"), "x.yaml")
    _, source, caret = str(error.value.problems[0]).split("\n")
    assert source.startswith("    4 |   till<U+200B>: {replicas")
    assert caret == "      |       ^^^^^^^^"
    assert len(error.value.problems) == 1


SEVEN = """name: kiosk
architecture: synchronous
services:
  till: {replicas: 2, operations: {pay: [{work: 5ms}, {call: bank.debit}]}}
  loop: {operations: {turn: [{call: loop.turn}]}}
workload:
  visits: {operation: till.pay, arrivals: {kind: poisson, rate: 100/s}}
faults:
  down: {kind: crash, target: till, at: 90s, for: 5s}
objectives: [visits.latency.p999 < 1s, visit.errors < 1%, visits.latency.p99 < 3]
run: {horizon: 30s, warmup: 5s, replications: 3, sed: 1}
"""
ALL = [
    "4:62: services.till.operations.pay[1].call: unknown service 'bank'; services: loop, till",
    "5:37: services.loop.operations.turn[0].call: synchronous calls go in a circle: loop.turn -> loop.turn",
    "9:41: faults.down.at: begins at 90s, when the run is over (30s)",
    "10:14: objectives[0]: 'latency.p999' is not known; did you mean 'latency.p99.9'?",
    "10:40: objectives[1]: nothing is named 'visit'; did you mean 'visits'?",
    "10:59: objectives[2]: 'latency.p99' is a duration, the limit is a number; write the limit as '300ms'",
    "11:50: run.sed: unknown key 'sed'; did you mean 'seed'?",
]


def told(text: str) -> list[str]:
    """The headlines of a file's problems, without its name."""
    with pytest.raises(ScenarioError) as error:
        loads_with_warnings(text, "x.yaml", metrics=metric_units())
    return [problem.headline.removeprefix("x.yaml:") for problem in error.value.problems]


def test_seven_errors_are_said_at_once() -> None:
    """A misspelt key hides neither a name, nor a circle, nor a fault, nor an objective that is wrong."""
    found = told(SEVEN)
    assert len(found) == len(ALL)
    assert all(line.startswith(right) for line, right in zip(found, ALL, strict=True))


def test_one_run_of_validate_says_them_all(tmp_path, capsys) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """The same on the command line: exit 2, seven places."""
    (tmp_path / "x.yaml").write_text(SEVEN)
    assert run(["validate", str(tmp_path / "x.yaml")]) == 2
    assert capsys.readouterr().err.count("x.yaml:") == 7


def test_what_was_taken_out_is_missed_by_nobody() -> None:
    """A step, an objective and a whole flow that are refused cause no error elsewhere, and move no line of another."""
    text = SEVEN.replace("[{work: 5ms}, ", "[{wrok: 5ms}, ").replace("[visits.latency.p999 < 1s", "[what?")
    text = text.replace("faults:", "  more: {operation: till.pay}\nfaults:").replace("visit.errors", "more.errors")
    found = told(text)
    assert [line.partition(": ")[2].partition(": ")[0] for line in found] == [
        "services.till.operations.pay[0].wrok",
        "services.till.operations.pay[1].call",
        "services.loop.operations.turn[0].call",
        "workload.more.arrivals",
        "faults.down.at",
        "objectives[0]",
        "objectives[2]",
        "run.sed",
    ]


def test_a_file_with_nothing_sound_has_its_first_errors() -> None:
    """Where nothing is left, nothing is made up."""
    assert told("name: 5\nrun: 7\n")[0].startswith("1:1: ") or told("name: 5\nrun: 7\n")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("p100", "max"), ("avg", "mean"), ("average", "mean"), ("p999", "p99.9"), ("p9999", "p99.99"), ("median", "p50"),
        ("P95", "p95"), ("p99th", "p99"), ("p99_9", "p99.9"),
    ],
)  # fmt: skip
def test_the_quantiles_of_other_tools_are_understood(written: str, meant: str) -> None:
    """The likely name is offered, in an objective of a file."""
    text = SHOP + f"objectives: [visits.latency.{written} < 1s]\n"
    assert told(text) == [f"8:14: objectives[0]: 'latency.{written}' is not known; did you mean 'latency.{meant}'?"]


FOREIGN = {
    "Chaos Mesh": "apiVersion: chaos-mesh.org/v1alpha1\nkind: NetworkChaos\nmetadata: {name: x}\nspec: {action: delay}\n",
    "Kubernetes": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\n---\napiVersion: v1\nkind: Service\n",
    "docker-compose": "services:\n  web: {image: nginx, ports: ['80:80']}\n  db: {build: ., depends_on: [web]}\n",
    "AsyncAPI": "asyncapi: 3.0.0\ninfo: {title: x}\nchannels: {orders: {address: orders}}\n",
    "Jaeger": '{"data": [{"traceID": "a", "spans": [], "processes": {}}], "total": 0}',
    "k6": "import http from 'k6/http';\nexport const options = { vus: 10 };\n",
}


@pytest.mark.parametrize("tool", FOREIGN)
def test_the_file_of_another_tool_is_answered_in_a_sentence(tool: str) -> None:
    """It is known by kind, and said not to be modelled, with what to declare instead."""
    found = told(FOREIGN[tool])
    assert len(found) == 1
    assert tool in found[0]
    assert "not modelled" in found[0]
    assert "declare" in found[0]


def test_a_misspelt_scenario_is_no_file_of_another_tool() -> None:
    """What has the sections of a scenario keeps its own errors."""
    assert told(SHOP.replace("workload:", "wokload:").replace("operations: {pay: [{work: 5ms}]}", "image: x"))[0].count("known") >= 1


NOTHING = SHOP.replace("rate: 100/s", "rate: 0/s") + "objectives: [visits.errors < 1%, visits.latency.p99 < 100ms]\n"


@pytest.mark.parametrize(
    "text",
    [
        NOTHING,
        NOTHING.replace("kind: poisson, rate: 0/s", "kind: constant, rate: 0/s"),
        NOTHING.replace("kind: poisson, rate: 0/s", "kind: step, steps: [{at: 0s, rate: 100/s}, {at: 4s, rate: 0/s}]"),
    ],
    ids=["nobody", "nobody, by the clock", "everybody within the warm-up"],
)
def test_nothing_measured_passes_nothing(tmp_path, capsys, text: str) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """Without an observation no objective holds: exit 4, and both are open."""
    (tmp_path / "x.yaml").write_text(text)
    assert run(["run", str(tmp_path / "x.yaml"), "--no-report", "-q", "--engine", "simpy"]) == 4
    out = capsys.readouterr().out
    assert "UNSURE: 2 of 2 objectives open" in out
    assert "PASS" not in out
