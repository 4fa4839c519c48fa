"""Verdicts as JUnit XML, which every CI server reads: one test case for each objective, and each metric held to a baseline.

objective   pass -> a case       fail -> a failure         unsure -> a failure of type "inconclusive"
baseline    improved, no change -> a case    regressed -> a failure    unsure -> skipped, or a failure where doubt fails
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from sim.judge.comparison import Comparison
from sim.judge.noworse import NoWorse
from sim.sweeps.result import Sweep

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sim.judge.baseline import Regression
    from sim.judge.result import Result
    from sim.stats.judging import Verdict

Case = tuple[str, str, str, str]
"""Name, outcome (pass, fail, unsure, skipped), kind of failure, text."""


def junit(
    result: Result | Comparison | Sweep, regression: Regression | None = None, *, doubt_fails: bool = False
) -> str:
    """The objectives of a result, and what it was held against, as a JUnit document.

    ``doubt_fails``: metrics of which nothing is proven against the baseline count as failures, not as skipped.
    """
    suites = ET.Element("testsuites", name="eventflow")
    for name, facts, verdicts in _judged(result):
        _suite(suites, name, facts, [_objective(verdict) for verdict in verdicts])
    if regression is not None:
        facts = {"alpha": f"{regression.alpha:.6g}", **{f"note.{n}": text for n, text in enumerate(regression.notes, 1)}}
        _suite(suites, f"{suites[0].get('name')} against the baseline", facts, _changes(regression, doubt_fails=doubt_fails))
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _judged(subject: Result | Comparison | Sweep) -> list[tuple[str, Mapping[str, object], Sequence[Verdict | NoWorse]]]:
    """Suites with their facts: one for a run, two for a comparison, one for each point of a sweep."""
    if isinstance(subject, Sweep):
        facts = {"seed": subject.plan.seed, "replications": subject.runs, "fingerprint": subject.fingerprint()}
        names = {one.number: f"{one.variant}: {one.label}" for one in subject.points}
        return [(name, {**facts, "point": number}, subject.objectives(number)) for number, name in names.items()]
    results = [subject.a, subject.b] if isinstance(subject, Comparison) else [subject]
    suites: list[tuple[str, Mapping[str, object], Sequence[Verdict | NoWorse]]] = [
        (one.name, _facts(one), one.objectives()) for one in results
    ]
    if isinstance(subject, Comparison) and subject.claims:
        suites.append((f"{subject.b.name} no worse than {subject.a.name}", _facts(subject.b), subject.claims))
    return suites


def _facts(result: Result) -> dict[str, object]:
    digest = result.scenario.digest()
    return {"seed": result.seed, "replications": result.replications, "digest": digest, "fingerprint": result.fingerprint()}


def _objective(verdict: Verdict | NoWorse) -> Case:
    kind = "objective" if verdict.outcome == "fail" else "inconclusive"
    title = verdict.claim if isinstance(verdict, NoWorse) else str(verdict.objective)
    return title, verdict.outcome, kind, verdict.reason


def _changes(regression: Regression, *, doubt_fails: bool) -> list[Case]:
    outcomes = {"regressed": "fail", "improved": "pass", "no change": "pass", "unsure": "unsure" if doubt_fails else "skipped"}
    kinds = {"regressed": "regression"}
    return [
        (one.name, outcomes[one.outcome], kinds.get(one.outcome, "inconclusive"), f"{one.outcome}: {one.reason}")
        for one in regression.changes
    ]


def _suite(suites: ET.Element, name: str, facts: Mapping[str, object], cases: Sequence[Case]) -> None:
    failed = sum(outcome in {"fail", "unsure"} for _, outcome, _, _ in cases)
    skipped = sum(outcome == "skipped" for _, outcome, _, _ in cases)
    counts = {"tests": len(cases), "failures": failed, "errors": 0, "skipped": skipped}
    suite = ET.SubElement(suites, "testsuite", {"name": name, **{key: str(count) for key, count in counts.items()}})
    properties = ET.SubElement(suite, "properties")
    for key, value in facts.items():
        ET.SubElement(properties, "property", name=key, value=str(value))
    for title, outcome, kind, text in cases:
        case = ET.SubElement(suite, "testcase", classname=name, name=title)
        if outcome == "skipped":
            ET.SubElement(case, "skipped", message=text)
        elif outcome != "pass":
            ET.SubElement(case, "failure", message=f"{outcome}: {text}", type=kind)
        ET.SubElement(case, "system-out").text = f"{outcome.upper()} {title}: {text}"
