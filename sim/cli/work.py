"""What `run`, `compare` and `demo` share: load with warnings, run with progress, note how it was asked for."""

from __future__ import annotations

import hashlib
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sim.cli.progress import progress, say
from sim.cli.shipped import path_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.engine import EngineName
    from sim.report.manifest import Invocation
    from sim.result import Result
    from sim.scenario.scenario import Scenario


@dataclass
class Work:
    """One command at work.

    Attributes:
        engine, jobs: how to run.
        quiet, verbose: how much to say on stderr.
        began: seconds on a clock that never jumps.
        time: when it began, UTC.
        files: SHA-256 of every file read, by its path as given.
    """

    engine: EngineName = "auto"
    jobs: int | None = None
    quiet: bool = False
    verbose: bool = False
    began: float = field(default_factory=time.monotonic)
    time: str = field(default_factory=lambda: datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ"))
    files: dict[str, str] = field(default_factory=dict)

    def load(self, given: str, overrides: Sequence[str] = ()) -> Scenario:
        """Read and check a scenario; its warnings go to stderr. Raises `ScenarioError` and ``OSError``."""
        from sim.metrics.paths import metric_units  # noqa: PLC0415 - not for --help
        from sim.replications import check_objectives  # noqa: PLC0415
        from sim.scenario.loader import load_with_warnings  # noqa: PLC0415

        path = path_of(given)
        scenario, warnings = load_with_warnings(path, overrides, metrics=metric_units())
        check_objectives(scenario)
        self.files[given] = hashlib.sha256(path.read_bytes()).hexdigest()
        for warning in warnings if not self.quiet else ():
            say(str(warning))
        return scenario

    def run(self, scenarios: Sequence[Scenario], *, replications: int, seed: int) -> list[Result]:
        """Run all scenarios with the same number of replications and seed, under one progress bar."""
        from sim.engine import prepare  # noqa: PLC0415
        from sim.replications import run_replications  # noqa: PLC0415

        if self.engine != "simpy":
            prepare(_nothing if self.quiet else say)
        what = "simulating" if len(scenarios) == 1 else f"simulating {len(scenarios)} scenarios"
        with progress(what, replications * len(scenarios), quiet=self.quiet) as step:
            results = [
                run_replications(
                    scenario,
                    replications=replications,
                    seed=seed,
                    engine=self.engine,
                    jobs=self.jobs,
                    progress=lambda _done, _total: step(),
                )
                for scenario in scenarios
            ]
        if self.verbose:
            events = sum(result.events for result in results)
            say(f"{events} events in {self.elapsed:.1f} s, {results[0].engine} engine")
        return results

    @property
    def elapsed(self) -> float:
        """Seconds since the command began."""
        return time.monotonic() - self.began

    def asked(self) -> Invocation:
        """How and when this was asked for, for the manifest."""
        from sim.report.manifest import Invocation  # noqa: PLC0415

        return Invocation(tuple(sys.argv[1:]), self.time, self.elapsed, dict(sorted(self.files.items())))


def _nothing(_text: str) -> None:
    """Say nothing."""
