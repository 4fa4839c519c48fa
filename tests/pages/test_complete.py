"""The reference names everything that there is, and nothing that there is not."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from pydantic import BaseModel

import sim
from sim.cli import exits
from sim.metrics.paths import catalogue
from sim.plots import chart_names
from sim.record.outcomes import OUTCOMES
from sim.registry import discover
from sim.scenario import Flow, Run, Service
from sim.scenario.admission import Limit, Shedding
from sim.scenario.arrivals import ArrivalsModel
from sim.scenario.distributions import DistributionModel
from sim.scenario.kinds import Balance, Broker, Budget, Discipline, Fault, Guard, Retry
from sim.scenario.scaling import Autoscaler
from sim.scenario.scenario import Scenario
from sim.scenario.steps import VERBS
from sim.scenario.subscriptions import reader_kinds
from tests.pages.pages import CODE, DOCS, ROOT, named, spans

LANGUAGE, METRICS, CLI, API = (
    ROOT / "docs" / name for name in ("scenario-language.md", "objectives-and-metrics.md", "cli.md", "python-api.md")
)
FAMILIES = [
    ("sim.policies.retries", Retry),
    ("sim.policies.balancing", Balance),
    ("sim.policies.disciplines", Discipline),
    ("sim.policies.guards", Guard),
    ("sim.policies.scaling", Autoscaler),
    ("sim.policies.budgets", Budget),
    ("sim.policies.limits", Limit),
    ("sim.policies.shedding", Shedding),
    ("sim.brokers", Broker),
    ("sim.faults", Fault),
    ("sim.scenario.distributions", DistributionModel),
    ("sim.scenario.arrivals", ArrivalsModel),
]
UNITS = {"s": "s", "share": "share", "per s": "1/s", "messages": "messages", "count": "1", "ratio": "1"}
PATHS = re.compile(r"(sim|scenarios|notebooks|tests|docs|benchmarks|reports/(?:decisions|validation|benchmarks))/[\w./-]*")
NOT_OURS = {"--eventflow", "--eventflow-runs"}


def words(page: Path) -> set[str]:
    """Every word that a page sets as code."""
    return {word for span in spans(page) for word in re.findall(r"[A-Za-z_][A-Za-z_0-9]*", span)}


def lacking(page: Path, names: Iterable[str]) -> list[str]:
    """Names that a page does not set as code."""
    return sorted(set(names) - words(page))


@pytest.mark.parametrize(("package", "base"), FAMILIES, ids=lambda one: getattr(one, "__name__", one))
def test_every_kind_and_its_parameters_are_in_the_language(package: str, base: type) -> None:
    """The page of the language names every kind of a family, and every key that a kind adds."""
    kinds = discover(package, base)
    assert kinds
    for kind, cls in kinds.items():
        own = {field.alias or name for name, field in cls.model_fields.items() if name not in base.model_fields} - {"kind"}
        assert not lacking(LANGUAGE, {kind, *own}), f"{kind}: {lacking(LANGUAGE, {kind, *own})}"


MODELS = [Scenario, Service, *reader_kinds().values(), Flow, Run, *VERBS.values()]


@pytest.mark.parametrize("model", MODELS, ids=lambda cls: cls.__name__)
def test_every_key_is_in_the_language(model: type[BaseModel]) -> None:
    """The page of the language names every key of sections and steps."""
    keys = {field.alias or name for name, field in model.model_fields.items()}
    assert not lacking(LANGUAGE, keys)


def test_every_metric_and_outcome_is_described() -> None:
    """The page of metrics names every metric, every family and every outcome; what its tables name exists."""
    families = set(catalogue().families)
    single = {name for name in catalogue().metrics if name.partition(".")[0] not in families}
    assert not lacking(METRICS, families | single | set(OUTCOMES))
    rows = [line for line in METRICS.read_text().splitlines() if re.match(r"\| `", line)]
    named_there = {word for row in rows for word in re.findall(r"`([a-z_]+)(?:\.\*)?`", row.split(" | ")[0])}
    assert named_there <= families | single | set(OUTCOMES)


def test_the_units_and_scopes_of_metrics_are_right() -> None:
    """The column of scopes says of what a metric is measured."""
    letters = {"system": "S", "flow": "F", "service": "V", "group": "G"}
    letters |= {"channel": "T", "store": "D", "relay": "R", "effect": "E", "step": "N"}
    seen = 0
    for line in METRICS.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("| ").split(" | ")]
        at = 1 if len(cells) == 3 else 2
        if len(cells) < 3 or not re.fullmatch(r"[SFVGTDREN]( [SFVGTDREN])*", cells[at]):
            continue
        for name in re.findall(r"`([a-z_]+)(?:\.\*)?`", cells[0]):
            family = catalogue().families.get(name)
            metric = family.member("p99") if family else catalogue().metrics[name]
            assert set(cells[at].split()) == {letters[scope] for scope in metric.measures}, name
            assert at == 1 or metric.unit in {UNITS[unit] for unit in cells[1].split(", ")}, name
            seen += 1
    assert seen > len(catalogue().families)


def test_every_chart_is_described() -> None:
    """The page of charts names every chart, and what it is drawn of."""
    page = ROOT / "docs" / "charts.md"
    rows = [re.match(r"\| (.+?) \| (.+?) \|", line) for line in page.read_text().splitlines() if line.startswith("| `")]
    found = {name: set(row[2].split(", ")) for row in rows if row for name in re.findall(r"`(\w+)`", row[1])}
    assert sorted(found) == sorted(chart_names())
    kinds = ("result", "comparison", "sweep", "sensitivity", "matrix")
    for name, of in found.items():
        assert of == {kind for kind in kinds if name in chart_names(kind)}, name


def test_every_command_and_exit_code_is_listed() -> None:
    """The page of the command line names every command and every exit code."""
    text = CLI.read_text()
    commands = {path.stem.rstrip("_") for path in (ROOT / "sim" / "cli" / "commands").glob("[a-z]*.py")}
    assert {command for command in commands if not re.search(rf"\| `eventflow {command}\b", text)} == set()
    table = text[text.index("## Exit codes") :]
    codes = [int(code) for row in re.findall(r"^\| ([0-9, ]+) \|", table, re.MULTILINE) for code in row.split(", ")]
    assert codes == sorted(exits.MEANINGS)


def test_every_variable_is_listed() -> None:
    """The page of the command line names every environment variable that the toolkit reads, and no other of its own."""
    sources = "".join(path.read_text() for path in (ROOT / "sim").rglob("*.py"))
    read = set(re.findall(r"""["'](EVENTFLOW_[A-Z_]+)["']""", sources))
    assert {word for word in words(CLI) if word.startswith("EVENTFLOW_")} == read


def test_every_public_name_is_listed() -> None:
    """The page of the Python API names everything that `import sim` gives, and no other name of it."""
    assert not lacking(API, sim.__all__)
    for page in CODE:
        named_there = {name for span in spans(page) for name in re.findall(r"\bsim\.([a-z_]+)\(", span)}
        assert named_there <= set(sim.__all__), named(page)


def test_every_option_exists() -> None:
    """An option that a page names is one of some command."""
    sources = "".join(path.read_text() for path in (ROOT / "sim" / "cli").rglob("*.py"))
    known = set(re.findall(r'"(--[a-z-]+)"', sources)) | {"--help"} | NOT_OURS
    for page in CODE:
        used = {option for span in spans(page) for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+", span)}
        ours = {option for option in used if not re.search(r"uv run|pip ", " ".join(s for s in spans(page) if option in s))}
        assert ours <= known, f"{named(page)}: {sorted(ours - known)}"


WRITTEN_THERE = {"sim/faults/flapping.py", "sim/policies/guards/tokens.py"}
"""What CONTRIBUTING shows how to write."""


def test_files_that_are_named_exist() -> None:
    """A path into the repository that a page sets as code is there."""
    for page in [*CODE, ROOT / "CONTRIBUTING.md"]:
        for span in spans(page):
            if PATHS.fullmatch(span):
                assert (ROOT / span).exists() or span in WRITTEN_THERE, f"{named(page)}: {span}"


def test_pages_have_one_title() -> None:
    """Each page has one first heading, on its first line."""
    for page in DOCS:
        assert page.read_text().startswith("# ")
        assert len(re.findall(r"^# [^\n]+$", re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL), re.MULTILINE)) == 1
