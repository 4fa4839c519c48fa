"""What a sweep runs: points, each a scenario with some values changed, and the same replications of every one.

    variant x axis x axis   --grid, zip-->         point 0, 1, 2, ...   x replication 0, 1, 2, ...   = tasks
    ranges  --lhs:50, sobol:64 (seeded)-->

A task is stored under what it depends on and nothing else: the resolved scenario, the seed, the replication, the
semantics of a run and the metrics that are kept of it. So a longer sweep finds the runs of a shorter one.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sim.metrics.paths import UnknownMetricError, resolve
from sim.record.record import SEMANTICS
from sim.scenario.checks import check
from sim.scenario.overrides import parse_override
from sim.scenario.problems import Location, Problem, ScenarioError, field_path
from sim.sweeps.axes import parse_axis
from sim.sweeps.errors import SweepError
from sim.sweeps.sensitivity import designed, is_design
from sim.sweeps.summary import METRICS, standard_paths

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sim.scenario.overrides import Override
    from sim.scenario.scenario import Scenario
    from sim.sweeps.axes import Axis

FORMAT = 1
POINTS_MAX = 100_000
TASKS_MAX = 1_000_000
PROBLEMS_MAX = 20
_SAMPLE = re.compile(r"(lhs|sobol):([0-9]{1,6})")
_SHARD = re.compile(r"([0-9]{1,6})/([0-9]{1,6})")


@dataclass(frozen=True, eq=False)
class Point:
    """One setting of everything that is varied.

    Attributes:
        number: from 0.
        variant: name of the scenario it is made of.
        settings: the changed values, as (path, text).
        scenario: the scenario with these values.
        paths: the metrics that are kept of each of its runs.
    """

    number: int
    variant: str
    settings: tuple[tuple[str, str], ...]
    scenario: Scenario = field(repr=False)
    paths: tuple[str, ...] = field(repr=False)

    @property
    def label(self) -> str:
        """The settings in one line."""
        return ", ".join(f"{path}={value}" for path, value in self.settings) or "as it is"

    @cached_property
    def identity(self) -> str:
        """SHA-256, in hex, of all that its runs depend on besides seed and replication.

        The order of services, flows and groups counts: it is the order of a record's rows.
        """
        data = self.scenario.resolved()
        for key in ("title", "objectives"):
            data.pop(key)
        data.pop("sweep", None)
        data["run"] = {key: value for key, value in data["run"].items() if key not in {"replications", "seed"}}
        known = {"scenario": data, "semantics": SEMANTICS, "metrics": METRICS, "paths": list(self.paths)}
        return hashlib.sha256(json.dumps(known).encode()).hexdigest()


@dataclass(frozen=True)
class Task:
    """One replication of one point; ``key`` is what its result is stored under."""

    point: Point
    replication: int
    key: str


@dataclass(frozen=True, eq=False)
class Plan:
    """A whole sweep, whoever runs which part of it.

    Attributes:
        points: point 0 first.
        axes: the paths that are varied.
        runs: replications of each point.
        seed: what all random numbers follow from; points share them.
        metrics: paths of metrics kept besides the standard ones and the objectives'.
        scenarios: what points are made of, by variant.
        sample: the design, when the points are laid out for a sensitivity analysis; '' otherwise.
        over: the axes as they were asked for, of such a design.
    """

    points: tuple[Point, ...]
    axes: tuple[str, ...]
    runs: int
    seed: int
    metrics: tuple[str, ...]
    scenarios: Mapping[str, Scenario] = field(repr=False)
    sample: str = ""
    over: tuple[str, ...] = ()

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        """Every run, those of one point together."""
        return tuple(
            Task(point, replication, key_of(point.identity, self.seed, replication))
            for point in self.points
            for replication in range(self.runs)
        )

    @property
    def variants(self) -> tuple[str, ...]:
        """Names of the scenarios that points are made of, the first one first."""
        return tuple(dict.fromkeys(point.variant for point in self.points))

    def part(self, shard: str) -> tuple[Task, ...]:
        """Return the tasks of a shard ``i/n``: every n-th, beginning with the i-th; all of them for ''."""
        if not shard:
            return self.tasks
        match = _SHARD.fullmatch(shard)
        if match is None or not 1 <= int(match[1]) <= int(match[2]):
            raise SweepError(f"'{shard}' is not a shard; write for example 1/4, 2/4, 3/4 and 4/4 on four machines")
        return self.tasks[int(match[1]) - 1 :: int(match[2])]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data that `plan_of` reads."""
        points = [[one.variant, [value for _, value in one.settings], one.identity] for one in self.points]
        return {
            "format": FORMAT,
            "semantics": SEMANTICS,
            "axes": list(self.axes),
            "runs": self.runs,
            "seed": self.seed,
            "metrics": list(self.metrics),
            "points": points,
            "scenarios": {name: json.dumps(one.declared()) for name, one in self.scenarios.items()},
            "variants": list(self.scenarios),
            **({"sample": self.sample, "over": list(self.over)} if self.sample else {}),
        }


def canonical(data: Any) -> bytes:
    """Return data as JSON in one spelling."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode()


def listed(given: Sequence[str]) -> Sequence[str]:
    """One text is a list of one."""
    return [given] if isinstance(given, str) else given


def key_of(identity: str, seed: int, replication: int) -> str:
    """Return what a run is stored under."""
    return hashlib.sha256(canonical({"point": identity, "seed": seed, "replication": replication})).hexdigest()


def plan(
    scenarios: Mapping[str, Scenario],
    over: Sequence[str] = (),
    *,
    zipped: bool = False,
    sample: str = "",
    runs: int | None = None,
    seed: int | None = None,
    metrics: Sequence[str] = (),
) -> Plan:
    """Return the plan of a sweep of scenarios by their names.

    Points are the grid of the axes; ``zipped``: the axes' first values together, then their second ones, and so on. Axes
    that are not given are taken from the scenarios' own ``sweep``, and so are metrics, and how axes are put together.

    Raises `SweepError`, `ScenarioError` with what is wrong with any point, and `UnknownMetricError`.
    """
    first = next(iter(scenarios.values()))
    number_of_runs = first.run.replications if runs is None else runs
    settled = first.run.seed if seed is None else seed
    if number_of_runs < 1:
        raise SweepError(f"{number_of_runs} replications are nothing to run; ask for at least 1")
    if not over:
        over, own_zipped, own_sample = _own(scenarios)
        zipped, sample = (zipped, sample) if zipped or sample else (own_zipped, own_sample)
    metrics = metrics or tuple(dict.fromkeys(path for one in scenarios.values() if one.sweep for path in one.sweep.metrics))
    paths, rows = _settings(over, first, settled, zipped=zipped, sample=sample)
    total = len(rows) * len(scenarios)
    if total > POINTS_MAX or total * number_of_runs > TASKS_MAX:
        raise SweepError(
            f"{total} points of {number_of_runs} replications are too many; at most {POINTS_MAX} points and "
            f"{TASKS_MAX} runs are taken; use fewer values, or --sample"
        )
    asked = [(name, tuple(zip(paths, row, strict=True))) for row in rows for name in scenarios]
    points = _points(scenarios, asked, metrics)
    if not is_design(sample):
        _check_different(points)
    design, spread = (sample, tuple(over)) if is_design(sample) else ("", ())
    return Plan(points, tuple(paths), number_of_runs, settled, tuple(metrics), dict(scenarios), design, spread)


def _own(scenarios: Mapping[str, Scenario]) -> tuple[Sequence[str], bool, str]:
    """Return the axes that the scenarios themselves ask for, whether zipped, and the sample; raise when they differ."""
    asked = {name: one.sweep for name, one in scenarios.items()}
    found = {name: ((), False, "") if one is None else (one.over, one.zipped, one.sample or "") for name, one in asked.items()}
    (name, first), *others = found.items()
    for other, axes in others:
        if axes != first and asked[other] is not None:
            raise SweepError(f"'{other}' has a sweep of its own that '{name}' has not; say by --over what is to be varied")
    return first


def _settings(
    over: Sequence[str], scenario: Scenario, seed: int, *, zipped: bool, sample: str
) -> tuple[list[str], list[tuple[str, ...]]]:
    """The paths that are varied, and the values of each point."""
    axes = [parse_axis(text, scenario) for text in over]
    paths = [axis.path for axis in axes]
    twice = next((path for number, path in enumerate(paths) if path in paths[:number]), None)
    if twice is not None:
        raise SweepError(f"two axes vary '{twice}'; write all its values in one")
    if zipped and sample:
        raise SweepError("a sample spreads points over all axes, --zip binds the axes together; leave out one of the two")
    return paths, _sampled(axes, sample, seed) if sample else _zipped(axes) if zipped else _grid(axes)


def sweep_problems(scenario: Scenario, *, points: bool = False) -> list[Problem]:
    """Return what is wrong with a scenario's own ``sweep``; [] when nothing is, or it has none.

    ``points``: build every point too, as a sweep does; not of a scenario that is wrong itself.
    """
    own = scenario.sweep
    if own is None:
        return []
    problems = []
    for position, text in enumerate(own.over):
        try:
            parse_axis(text, scenario)
        except (SweepError, ScenarioError) as error:
            said = error.problems[0].message if isinstance(error, ScenarioError) else str(error)
            problems.append(Problem(field=f"sweep.over[{position}]", message=said, loc=("sweep", "over", position)))
    if problems:
        return problems
    for position, path in enumerate(own.metrics):
        try:
            resolve(path, scenario)
        except UnknownMetricError as error:
            problems.append(Problem(field=f"sweep.metrics[{position}]", message=str(error), loc=("sweep", "metrics", position)))
    try:
        _settings(own.over, scenario, 0, zipped=own.zipped, sample=own.sample or "")
    except SweepError as error:
        problems.append(Problem(field="sweep", message=str(error), loc=("sweep",)))
    return _point_problems(scenario, own.over) if points and not problems and not _wrong(scenario, ()) else problems


def _point_problems(scenario: Scenario, over: Sequence[str]) -> list[Problem]:
    """What is wrong with the points of a scenario's own sweep, each problem with the axis that is to blame."""
    try:
        plan({scenario.name: scenario})
    except (SweepError, UnknownMetricError) as error:
        return [Problem(field="sweep", message=str(error), loc=("sweep",))]
    except ScenarioError as error:
        axes = [parse_override(scenario, f"{parse_axis(text, scenario).path}=0") for text in over]
        return list(dict.fromkeys(_blamed(problem, axes) for problem in error.problems))
    return []


def _blamed(problem: Problem, axes: Sequence[Override]) -> Problem:
    """A problem of a point as one of the axis that it follows from: the one nearest to it, as far as that can be told."""
    shared = (zip(one.loc, problem.loc, strict=False) for one in axes)
    near = [sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs)) for pairs in shared]
    named = [problem.path.startswith(f"override '{one.text.removesuffix('0')}") for one in axes]
    number = max(range(len(axes)), key=lambda at: (near[at], named[at]))
    loc: Location = ("sweep", "over", number) if near[number] else ("sweep", "over")
    where = problem.path if named[number] or not any(named) else ""
    said = ": ".join(part for part in (where, problem.field, problem.message) if part)
    return Problem(field=field_path(loc), message=said, loc=loc)


def _points(
    scenarios: Mapping[str, Scenario], asked: Sequence[tuple[str, tuple[tuple[str, str], ...]]], metrics: Sequence[str]
) -> tuple[Point, ...]:
    """Build every point; raise `ScenarioError` with what is wrong with them."""
    points: list[Point] = []
    problems: list[Problem] = []
    known: dict[tuple[str, ...], tuple[str, ...]] = {}
    for variant, settings in asked:
        try:
            changed = scenarios[variant].with_overrides([f"{path}={value}" for path, value in settings])
            problems.extend(_wrong(changed, settings))
        except ScenarioError as error:
            problems.extend(error.problems)
        if len(problems) > PROBLEMS_MAX:
            break
        if problems:
            continue
        paths = _paths(changed, metrics)
        points.append(Point(len(points), variant, settings, changed, known.setdefault(paths, paths)))
    if problems:
        raise ScenarioError(list(dict.fromkeys(problems)))
    return tuple(points)


def _check_different(points: Sequence[Point]) -> None:
    """Refuse points that are the same though they are written otherwise: ``1s`` and ``1000ms``."""
    seen: dict[tuple[str, str], Point] = {}
    for point in points:
        other = seen.setdefault((point.variant, point.identity), point)
        if other is not point and other.scenario == point.scenario:
            raise SweepError(f"'{other.label}' and '{point.label}' are the same point; write it once")


def _wrong(scenario: Scenario, settings: Sequence[tuple[str, str]]) -> list[Problem]:
    """What the checks of a scenario say against a point: a fault after the end, a name that leads nowhere."""
    label = ", ".join(f"{path}={value}" for path, value in settings)
    found = (problem for problem in check(scenario) if problem.severity == "error")
    return [replace(problem, path=f"point '{label}'" if label else scenario.name) for problem in found]


def plan_of(data: Mapping[str, Any], *, same_metrics: bool = True) -> Plan:
    """Return the plan that `Plan.to_dict` wrote; ``same_metrics``: refuse one whose runs this version would store elsewhere."""
    from sim.scenario.scenario import Scenario as Model  # for reading only

    if data["format"] != FORMAT or data["semantics"] != SEMANTICS:
        raise SweepError(
            f"the sweep was written with format {data['format']}, semantics {data['semantics']}; this version has "
            f"{FORMAT} and {SEMANTICS}; run it again"
        )
    scenarios = {name: Model.model_validate(json.loads(data["scenarios"][name])) for name in data["variants"]}
    axes, metrics = tuple(data["axes"]), tuple(data["metrics"])
    asked = [(variant, tuple(zip(axes, values, strict=True))) for variant, values, _ in data["points"]]
    points = _points(scenarios, asked, metrics)
    if same_metrics and [point.identity for point in points] != [identity for _, _, identity in data["points"]]:
        raise SweepError("the sweep was written by a version with other metrics; repeat its command")
    sample, over = data.get("sample", ""), tuple(data.get("over", ()))
    return Plan(points, axes, data["runs"], data["seed"], metrics, scenarios, sample, over)


def _paths(scenario: Scenario, metrics: Sequence[str]) -> tuple[str, ...]:
    """The metrics kept of a run: the standard ones, those of the objectives, those asked for."""
    judged = [f"{one.subject}.{one.metric}" if one.subject else one.metric for one in scenario.objectives]
    for path in (*judged, *metrics):
        resolve(path, scenario)
    return tuple(dict.fromkeys((*standard_paths(scenario), *judged, *metrics)))


def _grid(axes: Sequence[Axis]) -> list[tuple[str, ...]]:
    values = [axis.values() for axis in axes]
    if math.prod(map(len, values)) > POINTS_MAX:
        raise SweepError(f"the grid has more than {POINTS_MAX} points; use fewer values, or --sample lhs:100")
    return list(itertools.product(*values))


def _zipped(axes: Sequence[Axis]) -> list[tuple[str, ...]]:
    values = [axis.steps() for axis in axes]
    if len(axes) < 2:  # noqa: PLR2004 - one goes alone
        raise SweepError("--zip binds axes together; name at least two by --over")
    if len(set(map(len, values))) > 1:
        counts = ", ".join(f"'{axis.text}' has {len(found)}" for axis, found in zip(axes, values, strict=True))
        raise SweepError(f"axes that go together have the same number of values: {counts}")
    return list(dict.fromkeys(zip(*values, strict=True)))


def _sampled(axes: Sequence[Axis], sample: str, seed: int) -> list[tuple[str, ...]]:
    match = _SAMPLE.fullmatch(sample)
    if not is_design(sample) and (match is None or not 1 <= int(match[2]) <= POINTS_MAX):
        raise SweepError(
            f"'{sample}' is not a sample; write lhs:50 (Latin hypercube) or sobol:64, or for a sensitivity analysis "
            "morris:20 or sobol-indices:256"
        )
    if not axes:
        raise SweepError("there is nothing to sample; name ranges by --over, for example --over 'faults.slow.factor=1..20'")
    if match is None:
        return designed(axes, sample, seed)
    kind, count = match[1], int(match[2])
    if kind == "sobol" and count & (count - 1):
        near = 1 << count.bit_length() - 1
        raise SweepError(f"a Sobol set is balanced for powers of 2 only; write sobol:{near} or sobol:{2 * near}")
    from scipy.stats import qmc  # importing sim must not load SciPy

    made = qmc.LatinHypercube(len(axes), seed=seed) if kind == "lhs" else qmc.Sobol(len(axes), scramble=True, seed=seed)
    shares = made.random(count)
    return list(dict.fromkeys(tuple(axis.drawn(float(one)) for axis, one in zip(axes, row, strict=True)) for row in shares))
