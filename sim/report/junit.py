"""Objectives as JUnit XML, which every CI server reads: one test case for each objective.

pass -> a case    fail -> a failure    unsure -> a failure of type "inconclusive"
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from sim.result import Result


def junit(result: Result) -> str:
    """The objectives of a result as a JUnit document."""
    judged = result.objectives()
    suites = ET.Element("testsuites", name="eventflow")
    failures = sum(verdict.outcome != "pass" for verdict in judged)
    suite = ET.SubElement(
        suites, "testsuite", name=result.name, tests=str(len(judged)), failures=str(failures), errors="0", skipped="0"
    )
    properties = ET.SubElement(suite, "properties")
    facts = {"seed": result.seed, "replications": result.replications, "digest": result.scenario.digest()}
    for name, value in {**facts, "fingerprint": result.fingerprint()}.items():
        ET.SubElement(properties, "property", name=name, value=str(value))
    for verdict in judged:
        case = ET.SubElement(suite, "testcase", classname=result.name, name=str(verdict.objective))
        if verdict.outcome != "pass":
            kind = "objective" if verdict.outcome == "fail" else "inconclusive"
            ET.SubElement(case, "failure", message=f"{verdict.outcome}: {verdict.reason}", type=kind)
        ET.SubElement(case, "system-out").text = str(verdict)
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"
