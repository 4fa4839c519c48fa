"""Verdicts as JUnit XML, which every CI server reads: one test case for everything that decides the exit code.

objective   pass -> a case       fail -> a failure         unsure -> a failure of type "inconclusive"
precision, best point      reached, chosen -> a case        else -> a failure of type "inconclusive"
failed run  an error
baseline    improved, no change -> a case    regressed -> a failure    unsure -> skipped, or a failure where doubt fails
            what is of one side only counts as unsure; where nothing could be judged, unsure is a failure
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from sim.judgements.non_inferiority import NonInferiority
from sim.results.comparison import Comparison
from sim.results.matrix import NONE, Matrix
from sim.sweeps.result import Sweep

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sim.judgements.baseline import Regression
    from sim.loaded import Saved
    from sim.report.choice import Choice
    from sim.results.result import Result
    from sim.stats.judging import Verdict
    from sim.stats.sequential import Precision

ERRORS_MAX = 20
"""Failed runs that have a case each; one more says how many more there are."""
_UNFIT = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML cannot hold."""

Case = tuple[str, str, str, str]
"""Name, outcome (pass, fail, unsure, skipped, error), kind of failure, text."""


def junit(
    result: Saved,
    regression: Regression | None = None,
    *,
    doubt_fails: bool = False,
    choice: Choice | None = None,
) -> str:
    """The objectives of a result, its failed runs, and what it was asked for, as a JUnit document.

    ``regression`` is what it was held against; ``doubt_fails``: metrics of which nothing is proven against the baseline count
    as failures, not as skipped. ``choice`` is what became of the question for the best point of a sweep.
    """
    suites = ET.Element("testsuites", name="eventflow")
    for name, facts, cases in _judged(result):
        _suite(suites, name, facts, cases)
    whole = _whole(result)
    if isinstance(result, Sweep) and result.failures:
        _suite(suites, f"failed runs of {whole}", {"failed": len(result.failures)}, _failures(result))
    if choice is not None:
        outcome = "pass" if choice.decided else "unsure"
        _suite(suites, f"best point of {whole}", {}, [(choice.question, outcome, "inconclusive", str(choice))])
    if regression is not None:
        facts = {"alpha": f"{regression.alpha:.6g}", **{f"note.{n}": text for n, text in enumerate(regression.notes, 1)}}
        _suite(suites, f"{whole} against the baseline", facts, _changes(regression, doubt_fails=doubt_fails))
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _judged(subject: Saved) -> list[tuple[str, Mapping[str, object], Sequence[Case]]]:
    """Suites with their facts and cases: one for a run, two for a comparison or a row of a matrix, one for each point."""
    if isinstance(subject, Matrix):
        cells = [(row, *cell) for row, runs in subject.runs.items() for cell in zip(subject.names, runs, strict=True)]
        return [(f"{row or NONE}: {name}", _facts(one), [*map(_verdict, one.objectives())]) for row, name, one in cells]
    if isinstance(subject, Sweep):
        facts = {"seed": subject.plan.seed, "replications": subject.runs, "fingerprint": subject.fingerprint()}
        names = {one.number: f"{one.variant}: {one.label}" for one in subject.points}
        return [(name, {**facts, "point": at}, [*map(_verdict, subject.objectives(at))]) for at, name in names.items()]
    names_of = _names(subject)
    if not isinstance(subject, Comparison):
        precise = _precise(getattr(subject, "precision", None))
        return [(names_of[0], _facts(subject), [*map(_verdict, subject.objectives()), *precise])]
    sides = zip(names_of, (subject.a, subject.b), strict=True)
    suites: list[tuple[str, Mapping[str, object], Sequence[Case]]] = [
        (name, _facts(one), [*map(_verdict, one.objectives())]) for name, one in sides
    ]
    first, second = names_of
    if subject.claims:
        suites.append((f"{second} no worse than {first}", _facts(subject.b), [*map(_verdict, subject.claims)]))
    if subject.precision is not None:
        suites.append((f"difference of {second} from {first}", _facts(subject.b), _precise(subject.precision)))
    return suites


def _whole(subject: Saved) -> str:
    """What a suite about all of it is called."""
    if isinstance(subject, Sweep):
        return " and ".join(subject.plan.variants)
    return subject.a.name if isinstance(subject, Comparison | Matrix) else subject.name


def _names(subject: Result | Comparison) -> tuple[str, ...]:
    """What suites are called: the scenarios, told apart."""
    return subject.names if isinstance(subject, Comparison) else (subject.name,)


def _facts(result: Result) -> dict[str, object]:
    digest = result.scenario.digest()
    return {"seed": result.seed, "replications": result.replications, "digest": digest, "fingerprint": result.fingerprint()}


def _verdict(verdict: Verdict | NonInferiority) -> Case:
    kind = "objective" if verdict.outcome == "fail" else "inconclusive"
    title = verdict.claim if isinstance(verdict, NonInferiority) else str(verdict.objective)
    return title, verdict.outcome, kind, verdict.reason


def _precise(precision: Precision | None) -> list[Case]:
    """A case for each figure whose precision was asked for; where it was reached, those that have none are skipped."""
    if precision is None:
        return []
    excused = {row.path for row in precision.rows if precision.reached and row.state == "no interval"}
    return [
        (
            f"precision of {row.path}",
            "pass" if row.state == "reached" else "skipped" if row.path in excused else "unsure",
            "inconclusive",
            str(row),
        )
        for row in precision.rows
    ]


def _failures(sweep: Sweep) -> list[Case]:
    """The runs that have no result, each with the reason."""
    failed = [task for task in sweep.plan.tasks if task.key in sweep.failures]
    cases = [
        (
            f"point {task.point.number} ({task.point.label}), replication {task.replication}",
            "error",
            "failed run",
            sweep.failures[task.key],
        )
        for task in failed[:ERRORS_MAX]
    ]
    left = len(failed) - ERRORS_MAX
    return [*cases, (f"{left} more", "error", "failed run", f"{left} more runs failed")] if left > 0 else cases


def _changes(regression: Regression, *, doubt_fails: bool) -> list[Case]:
    """A case for each metric and for all that was left out; where nothing could be judged, these are failures."""
    doubt = "unsure" if doubt_fails or not regression.judged else "skipped"
    outcomes = {"regressed": "fail", "improved": "pass", "no change": "pass", "unsure": doubt}
    kinds = {"regressed": "regression"}
    cases = [
        (one.name, outcomes[one.outcome], kinds.get(one.outcome, "inconclusive"), f"{one.outcome}: {one.reason}")
        for one in regression.changes
    ]
    kind = "inconclusive" if cases else "nothing to check"
    return [*cases, *((f"left out: {text}", doubt, kind, text) for text in regression.left_out)]


def _suite(suites: ET.Element, name: str, facts: Mapping[str, object], cases: Sequence[Case]) -> None:
    outcomes = [outcome for _, outcome, _, _ in cases]
    counts = {
        "tests": len(cases),
        "failures": outcomes.count("fail") + outcomes.count("unsure"),
        "errors": outcomes.count("error"),
        "skipped": outcomes.count("skipped"),
    }
    suite = ET.SubElement(suites, "testsuite", {"name": _fit(name), **{key: str(count) for key, count in counts.items()}})
    properties = ET.SubElement(suite, "properties")
    for key, value in facts.items():
        ET.SubElement(properties, "property", name=key, value=_fit(str(value)))
    for title, outcome, kind, text in cases:
        case = ET.SubElement(suite, "testcase", classname=_fit(name), name=_fit(title))
        if outcome == "skipped":
            ET.SubElement(case, "skipped", message=_fit(text))
        elif outcome == "error":
            ET.SubElement(case, "error", message=_fit(text), type=kind)
        elif outcome != "pass":
            ET.SubElement(case, "failure", message=_fit(f"{outcome}: {text}"), type=kind)
        ET.SubElement(case, "system-out").text = _fit(f"{outcome.upper()} {title}: {text}")


def _fit(text: str) -> str:
    """A text without what XML cannot hold."""
    return _UNFIT.sub("\ufffd", text)
