"""Run everything of a manifest again: the same fingerprints, the same gate, the same exit code.

manifest.json --> runs, to the number or to the precision --> objectives, claims, precision --> exit code
                  fingerprints as noted? otherwise 1
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sim.cli import exits, options
from sim.cli.gate import Gate
from sim.cli.gate_options import GateOptions
from sim.cli.output import of_sides, print_comparison, print_result
from sim.cli.progress import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sim.cli.work import Work
    from sim.judgements.non_inferiority import NonInferiority
    from sim.report.manifest import Repeat
    from sim.results.comparison import Comparison
    from sim.results.result import Result
    from sim.stats.judging import Verdict


def repeat(work: Work, path: Path, out: Path | None, form: str | None, fail_on: str | None) -> int:
    """Run everything of a manifest again, print it, and say on stderr whether every fingerprint is the same.

    ``form`` and ``fail_on`` are used in the place of those of the first time, unless they are None.

    Returns the exit code of the run, or of the comparison, as it was the first time; 1 when a fingerprint differs.
    """
    from sim.report.manifest import ManifestError, differing_versions, read_manifest

    data, repeats = read_manifest(path)
    if len(repeats) not in {1, 2}:
        raise ManifestError(f"{path} has {len(repeats)} runs; one run or one pair can be repeated")
    wanted = _gate_options(path, data)
    wanted = replace(wanted, form=form or wanted.form, fail_on=fail_on or wanted.fail_on)
    if data.get("complete") is False:
        wanted = replace(wanted, precision="", runs_max=None)
        _say_incomplete(path, data, repeats)
    work.out, work.gate = out, wanted
    if len(repeats) == 1:
        results, code = _repeat_run(work, repeats[0], wanted, out)
    else:
        results, code = _repeat_pair(work, repeats, wanted, out, str(data.get("flow", "")))
    for change in differing_versions(data):
        say(f"version: {change}")
    if wanted.baseline:
        say(f"the first time it was held against {wanted.baseline}; a repeat is not, and its exit code leaves that out")
    same = [_same(one, result) for one, result in zip(repeats, results, strict=True)]
    return exits.worst([exits.OK if all(same) else exits.BREACHED, Gate(None, fail_on=wanted.fail_on).code(None, code)])


def _gate_options(path: Path, data: dict[str, Any]) -> GateOptions:
    """What the first time was asked for; a manifest that does not note it has the words of the command."""
    from sim.report.manifest import ManifestError

    try:
        return GateOptions.of(data["gate"]) if "gate" in data else GateOptions.by([str(word) for word in data.get("argv", ())])
    except (AttributeError, TypeError) as error:
        raise ManifestError(f"{path}: 'gate' cannot be read: {error}; give a manifest.json as it was written") from None


def _say_incomplete(path: Path, data: dict[str, Any], repeats: Sequence[Repeat]) -> None:
    """Say that a manifest is not of all that was asked for."""
    wanted = data.get("wanted")
    done = f"{repeats[0].replications}" if wanted is None else f"{repeats[0].replications} of {wanted}"
    say(f"{path} is incomplete: it was interrupted after {done} replications; only these are repeated and judged")


def _repeat_run(work: Work, before: Repeat, wanted: GateOptions, out: Path | None) -> tuple[list[Result], int]:
    """Run one scenario again, report and print it; returns the code of what was asked of it."""
    if wanted.precision:
        from sim.judgements.precision import run_precise

        cap = wanted.runs_max or options.RUNS_MAX
        how: dict[str, Any] = {"runs_max": cap, "seed": before.seed, "engine": work.engine, "jobs": work.jobs}
        result = work.until_precise(lambda told: run_precise(before.scenario, wanted.precision, told=told, **how), cap)
    else:
        result = work.run([before.scenario], replications=before.replications, seed=before.seed)[0]
    written = None
    with work.keeping(result):
        if out is not None:
            from sim.report.write import write_run

            written = write_run(result, out, work.invocation())
            work.out = None
        print_result(result, wanted.form, written, Gate(None, fail_on=wanted.fail_on))
    verdicts = result.objectives()
    needed = wanted.form == "junit" and not wanted.baseline
    codes = [exits.of_required(verdicts) if needed else exits.of_verdicts(verdicts), exits.of_precision(result.precision)]
    if wanted.no_worse:
        say("the other side had not begun: its claims cannot be judged")
        codes.append(exits.INCONCLUSIVE)
    return [result], exits.worst(codes)


def _repeat_pair(
    work: Work, repeats: Sequence[Repeat], wanted: GateOptions, out: Path | None, flow: str
) -> tuple[list[Result], int]:
    """Run two scenarios again, compare, report and print them; returns the code of what was asked of them."""
    from sim.cli.commands.compare import claim_of
    from sim.judgements.non_inferiority import check_claim

    claims = [claim_of(text) for text in wanted.no_worse]
    for path, limit in claims:
        check_claim(path, limit, (repeats[0].scenario, repeats[1].scenario))
    comparison = _compared(work, repeats, wanted, flow).claiming(*claims)
    results, written = [comparison.a, comparison.b], None
    with work.keeping(*results):
        if out is not None:
            from sim.report.write import write_comparison

            written = write_comparison(comparison, out, work.invocation())
            work.out = None
        print_comparison(comparison, wanted.form, written, Gate(None, fail_on=wanted.fail_on))
    objectives = wanted.fail_on == "objective"
    judged = [verdict for result in results for verdict in result.objectives()] if objectives else []
    verdicts: list[Verdict | NonInferiority] = [*judged, *comparison.claims]
    needed = objectives and not wanted.baseline
    codes = [exits.of_required(verdicts) if needed else exits.of_verdicts(verdicts), exits.of_precision(comparison.precision)]
    if objectives:
        sides = zip(comparison.names, results, strict=True)
        codes.append(of_sides([(name, bool(side.objectives())) for name, side in sides]))
    return results, exits.worst(codes)


def _compared(work: Work, repeats: Sequence[Repeat], wanted: GateOptions, flow: str) -> Comparison:
    """Run a pair under one progress bar, so that pairs are kept after Ctrl-C; or until it is as precise as the first time."""
    from sim.results.comparison import Comparison

    pair, seed = [one.scenario for one in repeats], repeats[0].seed
    if wanted.precision:
        from sim.judgements.precision import compare_precise

        cap = wanted.runs_max or options.RUNS_MAX
        how: dict[str, Any] = {"runs_max": cap, "seed": seed, "engine": work.engine, "jobs": work.jobs, "flow": flow}
        return work.until_precise(lambda told: compare_precise(pair[0], pair[1], wanted.precision, told=told, **how), cap)
    if len({(one.replications, one.seed) for one in repeats}) == 1:
        a, b = work.run(pair, replications=repeats[0].replications, seed=seed)
    else:
        a, b = (work.run([one.scenario], replications=one.replications, seed=one.seed)[0] for one in repeats)
    return Comparison(a, b, flow=flow)


def _same(before: Repeat, now: Result) -> bool:
    """Compare fingerprints replication by replication; say so on stderr."""
    name = before.scenario.name
    fingerprints = tuple(record.fingerprint() for record in now.records)
    if fingerprints == before.fingerprints:
        say(f"{name}: all {len(fingerprints)} fingerprints match")
        return True
    differing = [n for n, pair in enumerate(zip(fingerprints, before.fingerprints, strict=False)) if pair[0] != pair[1]]
    first = differing[0] if differing else min(len(fingerprints), len(before.fingerprints))
    say(f"{name}: fingerprints differ, first in replication {first}: this is not the same run")
    return False
