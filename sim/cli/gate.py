"""What `run`, `compare` and `sweep` share of baselines: read one before anything is run, judge, turn it into an exit code.

--baseline FILE --read--> judge(what was run) --> Regression --> 0 none proven | 1 regressed | 4 cannot tell | 5 nothing held
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from sim.cli import exits
from sim.cli.progress import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sim.judgements.baseline import Regression
    from sim.loaded import Saved
    from sim.scenario.scenario import Scenario


@dataclass(frozen=True)
class Gate:
    """What the options ask for.

    Attributes:
        baseline: what it is held against; None: nothing.
        paths: metrics that gate; () for the usual ones.
        tolerances: how much worse is accepted.
        fail_on: ``regression``, ``inconclusive`` (doubt fails too), or ``never``.
        kept: the file of ``--save``; None: none.
    """

    baseline: Saved | None
    paths: tuple[str, ...] = ()
    tolerances: tuple[str, ...] = ()
    fail_on: str = "regression"
    kept: Path | None = None

    @classmethod
    def of(
        cls,
        what: str,
        baseline: Path | None,
        gate: str = "",
        tolerances: Sequence[str] | None = None,
        fail_on: str = "regression",
        save: Path | None = None,
    ) -> Gate:
        """Read the baseline, if there is one, for ``a run``, ``a comparison``, ``a matrix`` or ``a sweep``.

        Raises `SavedError`, ``OSError``, `BaselineError` for a baseline of another kind, and a usage error.
        """
        if save is not None and not save.parent.is_dir():
            raise typer.BadParameter(f"--save {save.as_posix()}: there is no folder {save.parent.as_posix()}")
        if save is not None and save.suffix != ".npz":
            raise typer.BadParameter(f"--save {save.as_posix()}: a saved result is a .npz file; write {save.stem}.npz")
        if baseline is None:
            if gate or tolerances or fail_on == "inconclusive":
                raise typer.BadParameter("--gate, --tolerance and --fail-on inconclusive need a --baseline")
            return cls(None, fail_on=fail_on, kept=save)
        from sim.judgements.counterparts import check_kinds
        from sim.loaded import load_saved

        found = load_saved(baseline)
        check_kinds(found, what)
        paths = tuple(dict.fromkeys(path.strip() for path in gate.split(",") if path.strip()))
        if gate and not paths:
            raise typer.BadParameter(f"--gate '{gate}' names no metric; write goodput,errors, or leave it out")
        return cls(found, paths, tuple(tolerances or ()), fail_on, save)

    def check(self, *scenarios: Scenario) -> None:
        """Raise, before anything is run, for metrics or tolerances that do not fit the scenarios."""
        if self.baseline is not None:
            from sim.judgements.baseline import check_gate_paths
            from sim.results.matrix import Matrix

            of_matrix = isinstance(self.baseline, Matrix)
            for scenario in scenarios:
                check_gate_paths(scenario, self.paths, self.tolerances, of_matrix=of_matrix)

    def save(self, found: Saved, *, quiet: bool) -> None:
        """Write what was run to the file of ``--save``, and say so on stderr."""
        if self.kept is not None:
            found.save(self.kept)
            if not quiet:
                say(f"saved to {self.kept.as_posix()}; hold a later one against it by --baseline")

    @property
    def doubt_fails(self) -> bool:
        """Whether what is not proven either way counts as a failure."""
        return self.fail_on == "inconclusive"

    def judge(self, now: Saved) -> Regression | None:
        """Hold what was run against the baseline; None when there is none."""
        if self.baseline is None:
            return None
        from sim.judgements.baseline import compare_to_baseline

        return compare_to_baseline(now, self.baseline, gate=self.paths, tolerance=self.tolerances)

    def code(self, regression: Regression | None, *others: int) -> int:
        """The exit code: the worst of the verdicts and of the other codes; 0 with ``never``."""
        if self.fail_on == "never":
            return exits.OK
        return exits.worst([*others, *([] if regression is None else [self._own(regression)])])

    def _own(self, regression: Regression) -> int:
        if regression.of("regressed"):
            return exits.BREACHED
        if not regression.changes:
            return exits.NOTHING
        doubt = self.doubt_fails and (regression.of("unsure") or regression.left_out)
        return exits.INCONCLUSIVE if doubt or not regression.judged else exits.OK
