"""What a verdict does not judge it says: lateness without a deadline, and faults that tell nothing."""

import json
from typing import TYPE_CHECKING, Any

import pytest

from sim.judgements.faults import fault_notes
from sim.judgements.verdict import cascade, opening
from sim.replications import run_replications
from sim.report.tables import comparison_table, result_table
from sim.results.comparison import Comparison
from sim.scenario import Scenario

if TYPE_CHECKING:
    from sim.results.result import Result

DEADLINE = "workload.order.deadline"


def both(one: Scenario, other: Scenario, replications: int = 8) -> Comparison:
    """Both run under the same random numbers."""
    return Comparison(*(run_replications(scenario, replications=replications) for scenario in (one, other)))


def winner(comparison: Comparison, claim: str) -> str:
    """Whom a verdict claims something of; '' when of nobody."""
    for label in comparison.labels:
        if any(one.startswith(f"{label.capitalize()} {claim}: ") for one in comparison.verdict()):
            return label
    return ""


def test_without_a_deadline_lateness_was_not_judged(comparison: Comparison) -> None:
    """The last sentence says so, and how to have it judged."""
    said = comparison.verdict()[-1]
    assert said.startswith("Lateness was not judged: order has no deadline")
    assert said.endswith("declare workload.order.deadline to judge it.")
    assert opening(comparison.verdict()) == [said]


def test_with_one_it_says_nothing_of_that(sync: Scenario, events: Scenario) -> None:
    """With the same deadline on both sides neither sentence stands there."""
    judged = both(sync.replace(DEADLINE, "1s"), events.replace(DEADLINE, "1s"), 3)
    assert not opening(judged.verdict())


@pytest.mark.parametrize(("one", "other"), [("1s", "2s"), ("1s", None), (None, "2s")])
def test_different_deadlines_are_said_first(sync: Scenario, events: Scenario, one: str | None, other: str | None) -> None:
    """Before any claim: what counts as done well is not the same of both."""
    sides = [side if limit is None else side.replace(DEADLINE, limit) for side, limit in ((sync, one), (events, other))]
    said = both(*sides, 3).verdict()
    texts = f"{one or 'none'} (synchronous), {other or 'none'} (event-driven)"
    assert said[0].startswith("The deadlines of order differ, so being done well does not mean the same of both: " + texts)
    assert not any(sentence.startswith("Lateness") for sentence in said)


def test_a_deadline_takes_the_lead_away_and_never_without_a_word(sync: Scenario, events: Scenario) -> None:
    """Slow payments miss it: little is left of the lead, and without a deadline the verdict says what it leaves out.

    Whether the rest of the lead is proven hangs on the last digit of a p value of the family, so its size is what is asserted.
    """
    without, within = both(sync, events), both(sync.replace(DEADLINE, "200ms"), events.replace(DEADLINE, "200ms"))
    leads = [side.row("order.spoiled").difference.mean for side in (without, within)]
    assert winner(without, "fails less") == "event-driven"
    assert leads[0] < -0.1
    assert abs(leads[1]) < 0.1 * abs(leads[0])
    assert any(one.startswith("Lateness was not judged") for one in without.verdict())
    assert not any(one.startswith("Lateness was not judged") for one in within.verdict())


def test_what_is_late_is_not_done_well(sync: Scenario, events: Scenario) -> None:
    """The payments that follow too late count among what is not done well, which is what goodput lacks of what is offered."""
    within = both(sync.replace(DEADLINE, "200ms"), events.replace(DEADLINE, "200ms"))
    assert within.row("order.spoiled").b.mean > 0.05
    assert within.row("order.late").b.mean > 0.05
    assert "order.late" in {row.path for row in within.rows()}


@pytest.fixture
def early(sync: Scenario) -> Scenario:
    """The payment is slow from 2 s to 5 s, and the warm-up lasts until 8 s."""
    faults: dict[str, Any] = {"slow-pay": {"kind": "slowdown", "target": "pay", "factor": 20, "at": "2s", "for": "3s"}}
    return sync.replace("faults", faults).replace("run.warmup", "8s")


def test_a_fault_within_the_warm_up_cannot_be_told(early: Scenario) -> None:
    """No word that no service gets into breach: the verdict, the table of a run and its file say why nobody knows."""
    compared = both(early, early, 3)
    why = "the fault 'slow-pay' begins at 2s, the warm-up ends at 8s, and no measured window lies before it"
    sentences = compared.verdict()
    (smaller,) = (one for one in sentences if "fails smaller" in one)
    assert smaller.startswith("It cannot be told who fails smaller: services in breach: 3 of 3 could not be seen: ")
    assert f"it cannot be told which services get into breach: {why}; write a later time, or a shorter run.warmup." in smaller
    assert not any("no service gets into breach" in one for one in sentences)
    assert any(one.startswith("It cannot be told who recovers sooner") for one in sentences)
    assert cascade(compared.a) == []
    assert f"What the faults did cannot be told: {why}" in result_table(compared.a).text()
    assert "blast radius (services): 3 of 3 could not be seen" in result_table(compared.a).text()
    assert why in json.dumps(compared.a.to_dict()["fault_notes"])


def test_a_fault_that_met_nothing_is_not_exercised(sync: Scenario) -> None:
    """Nobody calls the archive: the verdict says so of both sides at once, the run too, and no objective holds by it."""
    data = sync.resolved()
    services = {**data["services"], "archive": {"operations": {"store": [{"work": "1ms"}]}}}
    faults = {"down": {"kind": "crash", "target": "archive", "at": "10s", "for": "5s"}}
    objectives = ["time_to_recover < 10s", "blast_radius <= 0", "resilience_loss < 1s"]
    idle = Scenario.model_validate({**data, "services": services, "faults": faults, "objectives": objectives})
    compared = both(idle, idle, 3)
    assert {one.outcome for one in compared.a.objectives()} == {"unsure"}
    said = "Not exercised: the fault 'down' met no request and no message at archive from 10s to 15s in any of 3 replications."
    assert compared.verdict()[-1] == said
    assert said in opening(compared.verdict())
    assert said in " ".join(result_table(compared.a).text().split())
    assert compared.a.to_dict()["fault_notes"] == [said]
    assert fault_notes(run_replications(sync, replications=3)) == []


def test_a_fault_that_met_something_in_some_runs_only_is_counted(sync: Scenario) -> None:
    """Arrivals of 1 a minute: in some replications the fault meets one, in others none; one side only is named."""
    rare = sync.replace("workload.look.arrivals.rate", "0.02/s").replace("workload.order.arrivals.rate", "0.02/s")
    result: Result = run_replications(rare, replications=12)
    (note,) = fault_notes(result)
    assert note.startswith("Not exercised: the fault 'slow-pay' met no request and no message at pay from 10s to 15s in ")
    assert note.endswith(" of 12 replications.")
    assert "any of" not in note
    sentences = Comparison(result, run_replications(sync, replications=12)).verdict()
    assert sentences[-1] == f"{note} ({Comparison(result, run_replications(sync, replications=12)).labels[0]})"


def test_the_dropped_are_in_the_table(comparison: Comparison) -> None:
    """What a group gave up on stands beside what was lost and what was done twice."""
    paths = [row.path for row in comparison.rows()]
    assert paths.index("dropped") == paths.index("lost") + 1
    assert "dropped messages" in comparison_table(comparison).text()
