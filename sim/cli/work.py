"""What `run`, `compare` and `demo` share: load with warnings, run with progress, note how it was asked for."""

from __future__ import annotations

import hashlib
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sim.cli import signals
from sim.cli.gate_options import GateOptions
from sim.cli.progress import progress, say
from sim.errors import EventflowError
from sim.shipped import path_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sim.engine import EngineName
    from sim.report.manifest import Invocation
    from sim.results.result import Result
    from sim.scenario.problems import Problem
    from sim.scenario.scenario import Scenario

T = TypeVar("T")


@dataclass
class Work:
    """One command at work.

    Attributes:
        engine, jobs: how to run.
        quiet, verbose: how much to say on stderr.
        began: seconds on a clock that never jumps.
        time: when it began, UTC.
        files: SHA-256 of every file read, by its path as given.
        out: where the report goes; after Ctrl-C also what is finished by then. None: nowhere, or it is there already.
        gate: what the manifest notes of the gate; None: what the words of the command say.
    """

    engine: EngineName = "auto"
    jobs: int | None = None
    quiet: bool = False
    verbose: bool = False
    began: float = field(default_factory=time.monotonic)
    time: str = field(default_factory=lambda: datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ"))
    files: dict[str, str] = field(default_factory=dict)
    out: Path | None = None
    gate: GateOptions | None = None

    def load(self, given: str, overrides: Sequence[str] = (), *, points: bool = False) -> Scenario:
        """Read and check a scenario, with ``points`` every point of its ``sweep`` too; its warnings go to stderr.

        Raises `ScenarioError` and ``OSError``.
        """
        from sim.metrics.paths import metric_units
        from sim.scenario.base import bases_of
        from sim.scenario.loader import load_with_warnings

        path = path_of(given)
        if path.is_dir():
            remedy = "give the file of a scenario; the folder of a sweep is taken by merge and plot, that of a report by report"
            raise EventflowError(f"{path.as_posix()} is a folder; {remedy}")
        scenario, warnings = load_with_warnings(
            path, overrides, metrics=metric_units(), also=lambda found: _further_problems(found, points=points)
        )
        self.files[given] = hashlib.sha256(path.read_bytes()).hexdigest()
        for base in bases_of(path):
            name = (Path(given).parent / base.relative_to(path.parent)).as_posix()
            self.files[name] = hashlib.sha256(base.read_bytes()).hexdigest()
        for warning in warnings if not self.quiet else ():
            say(str(warning))
        return scenario

    def run(self, scenarios: Sequence[Scenario], *, replications: int, seed: int) -> list[Result]:
        """Run all scenarios with the same number of replications and seed, under one progress bar.

        On Ctrl-C the report of what is finished is written, and ``KeyboardInterrupt`` goes on.
        """
        from sim.engine import prepare
        from sim.replications import run_replications
        from sim.running import InterruptedRunError

        if self.engine != "simpy":
            prepare(_nothing if self.quiet else say)
        self._get_ready()
        self.foretell(scenarios, replications)
        what = "simulating" if len(scenarios) == 1 else f"simulating {len(scenarios)} scenarios"
        results: list[Result] = []
        try:
            with progress(what, replications * len(scenarios), quiet=self.quiet) as step:
                for scenario in scenarios:
                    one = run_replications(
                        scenario,
                        replications=replications,
                        seed=seed,
                        engine=self.engine,
                        jobs=self.jobs,
                        progress=lambda _done, _total: step(),
                        measured=self.out is not None,
                    )
                    results.append(one)
        except InterruptedRunError as stopped:
            self._keep([*results, stopped.result] if stopped.result else results, replications)
            raise KeyboardInterrupt from None
        if self.verbose:
            events = sum(result.events for result in results)
            say(f"{events} events in {self.elapsed:.1f} s, {results[0].engine} engine")
        return results

    def foretell(self, scenarios: Sequence[Scenario], replications: int) -> None:
        """Say on stderr how long it will take, when that is long."""
        from sim.foreseen import duration_words

        words = duration_words(scenarios, replications, self.jobs, self.engine)
        if words and not self.quiet:
            say(words)

    def until_precise(self, make: Callable[[Callable[[str], None]], T], runs_max: int) -> T:
        """Make what goes on until it is precise; it tells each look on stderr. On Ctrl-C as `run`."""
        from sim.engine import prepare
        from sim.running import InterruptedRunError

        if self.engine != "simpy":
            prepare(_nothing if self.quiet else say)
        self._get_ready()
        try:
            return make(_nothing if self.quiet else say)
        except InterruptedRunError as stopped:
            self._keep(stopped.sides or ([stopped.result] if stopped.result else []), runs_max)
            raise KeyboardInterrupt from None

    @contextmanager
    def keeping(self, *results: Result) -> Iterator[None]:
        """On Ctrl-C while results are reported write what can be written at once, unless the report is there already."""
        try:
            yield
        except BaseException as error:
            if not isinstance(error, KeyboardInterrupt) and not signals.stop_requested():
                raise
            self._keep(results, results[0].replications)
            raise KeyboardInterrupt from None

    def _get_ready(self) -> None:
        """Load what writes the results, if it comes to that: after Ctrl-C there is no time for it."""
        if self.out is not None:
            from sim.report import partial  # noqa: F401 - not for --help
            from sim.stats.intervals import t_quantile

            t_quantile(2)

    def _keep(self, results: Sequence[Result], wanted: int) -> None:
        """After Ctrl-C: write the report of what is finished, without charts and page."""
        from sim.report.partial import write_partial

        if not results or self.out is None:
            return
        done = ", ".join(f"{result.name}: {result.replications} of {wanted} replications" for result in results)

        def told(folder: Path) -> None:
            say(f"what is finished is kept in {folder.as_posix()} ({done}); its page: eventflow report {folder.as_posix()}")

        write_partial(results, wanted, self.out, self.invocation(), told)

    @property
    def elapsed(self) -> float:
        """Seconds since the command began."""
        return time.monotonic() - self.began

    def invocation(self) -> Invocation:
        """How and when this was asked for, for the manifest."""
        from sim.report.manifest import Invocation

        argv = tuple(sys.argv[1:])
        gate = GateOptions.by(argv) if self.gate is None else self.gate
        return Invocation(argv, self.time, self.elapsed, dict(sorted(self.files.items())), gate.to_dict())


def _further_problems(scenario: Scenario, *, points: bool) -> Sequence[Problem]:
    """What else is wrong: metrics that are not of this scenario, what cannot be run, the scenario's own ``sweep``.

    ``points`` also asks whether the replications that the file itself asks for fit into memory.
    """
    from sim.checking import objective_problems
    from sim.foreseen import foreseen_problems, memory_problems

    problems = [*objective_problems(scenario), *foreseen_problems(scenario)]
    if points and not problems:
        problems += memory_problems(scenario, scenario.run.replications, 1)
    if scenario.sweep is not None:
        from sim.sweeps.plan import sweep_problems

        problems += sweep_problems(scenario, points=points)
    return problems


def _nothing(_text: str) -> None:
    """Say nothing."""
