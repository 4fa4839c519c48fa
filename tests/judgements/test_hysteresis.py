"""Up a staircase of loads and down again: what comes back, what does not, and what only takes long."""

from typing import Any

import pytest

from sim.judgements.hysteresis import load_hysteresis, staircases, twice_as_long
from sim.replications import run_replications
from sim.report.tables import result_table
from sim.results.result import Result
from sim.scenario import Scenario

LOADS = (10, 30, 60, 120, 60, 30, 10)


def shop(step: int = 6, loads: tuple[int, ...] = LOADS, **flow: Any) -> Scenario:
    """One desk that does 50 requests a second; steps of that many seconds."""
    steps = [{"at": f"{at * step}s", "rate": f"{load}/s"} for at, load in enumerate(loads)]
    arrivals = {"kind": "step", "steps": steps}
    return Scenario.model_validate(
        {
            "name": "desk",
            "architecture": "synchronous",
            "services": {"desk": {"operations": {"ask": [{"work": "20ms"}]}}},
            "workload": {"people": {"operation": "desk.ask", "arrivals": arrivals, **flow}},
            "run": {"horizon": f"{step * len(loads)}s", "replications": 4, "seed": 3},
        }
    )


def run(scenario: Scenario) -> Result:
    """By the readable engine."""
    return run_replications(scenario, engine="simpy")


def test_a_queue_that_forgets_comes_back() -> None:
    """A queue of two keeps no memory of the rush: the way down is the way up, and the knee is below what the desk can do."""
    scenario = shop(timeout="1s")
    bounded = scenario.replace("services.desk.queue_max", 2)
    found = run(bounded).load_hysteresis()
    assert found.loads == (10.0, 30.0, 60.0, 120.0)
    assert found.up[-1] == found.down[-1]
    assert found.hysteresis.state == "none"
    assert found.knee.knee in {10.0, 30.0}
    assert "it comes back the way it went" in str(found)
    with pytest.warns(DeprecationWarning, match="Result.load_loop is called Result.load_hysteresis now"):
        former = run(bounded).load_loop()
    with pytest.warns(DeprecationWarning, match="LoadHysteresis.loop is called LoadHysteresis.hysteresis now"):
        assert former.loop == found.hysteresis


def test_a_queue_that_remembers_does_not() -> None:
    """All wait in line for ever, and what is late is worth nothing: the line of the rush is still there on the way down."""
    patient = run(shop(deadline="500ms"))
    found = load_hysteresis(patient)
    assert found.hysteresis.state == "hysteresis"
    assert found.hysteresis.area.low > 0.1
    assert found.down[1].mean < 0.5 * found.up[1].mean
    assert str(found) in result_table(patient).text()
    assert patient.to_dict()["load_loops"][0]["state"] == "hysteresis"
    longer = run(twice_as_long(patient.scenario))
    assert longer.fingerprint() == run(shop(step=12, deadline="500ms")).fingerprint()
    assert load_hysteresis(patient, doubled=longer).hysteresis.state == "metastable"


def test_only_a_staircase_has_a_way_down() -> None:
    """Other loads, and steps shorter than two windows, have none; that is said."""
    assert staircases(shop()) == ["people"]
    for loads in ((10, 20, 30), (10, 20, 20, 10), (10, 20, 30, 10, 20), (30, 10, 30)):
        assert staircases(shop(loads=loads)) == []
    assert staircases(shop(step=1)) == []
    level = run(shop(loads=(10,), step=2))
    with pytest.raises(ValueError, match="no load goes up and down the same steps; flows that do: none"):
        level.load_hysteresis()
    assert level.to_dict()["load_loops"] == []
    with pytest.raises(ValueError, match="have other loads"):
        load_hysteresis(run(shop()), doubled=run(shop(loads=(10, 30, 10))))


def test_faults_keep_their_step_when_the_time_is_doubled() -> None:
    """They begin twice as late and last as long; a load that changes in another way cannot be doubled by itself."""
    plain = shop().declared()
    fault = {"kind": "slowdown", "target": "desk", "factor": 2, "at": "7s", "for": "1s"}
    longer = twice_as_long(Scenario.model_validate({**plain, "faults": {"slow": fault}})).faults["slow"]
    assert (longer.at, longer.duration) == (14_000_000_000, 1_000_000_000)
    steps = [{"at": "0s", "rate": "1/s"}, {"at": "1s", "rate": "2/s"}]
    workload = {**plain["workload"], "others": {"operation": "desk.ask", "arrivals": {"kind": "step", "steps": steps}}}
    with pytest.raises(ValueError, match="the load of 'others' changes over time too"):
        twice_as_long(Scenario.model_validate({**plain, "workload": workload}))
    with pytest.raises(ValueError, match="flows that do: none"):
        twice_as_long(shop(loads=(10,)))
