"""A scenario that was built in Python is checked like one that was read from a file, before anything runs."""

from __future__ import annotations

import pytest

import sim


def test_a_cycle_of_calls_is_refused() -> None:
    """Two operations that call each other are named, and nothing is run."""
    scenario = sim.Scenario(
        name="circle",
        architecture="synchronous",
        services={
            "a": sim.Service(operations={"x": [sim.Call("b.y")]}),
            "b": sim.Service(operations={"y": [sim.Call("a.x")]}),
        },
        workload={"f": sim.Flow(operation="a.x", arrivals={"kind": "poisson", "rate": "3/s"})},
        run=sim.Run(horizon="3s"),
    )
    with pytest.raises(sim.ScenarioError, match=r"a\.x -> b\.y -> a\.x"):
        sim.run(scenario, replications=1)


def test_an_unknown_name_is_refused() -> None:
    """A call that leads nowhere is an error with a did-you-mean, not a KeyError."""
    scenario = sim.Scenario(
        name="nowhere",
        architecture="synchronous",
        services={"shop": sim.Service(operations={"buy": [sim.Call("shpo.pay")]})},
        workload={"f": sim.Flow(operation="shop.buy", arrivals={"kind": "poisson", "rate": "3/s"})},
        run=sim.Run(horizon="3s"),
    )
    with pytest.raises(sim.ScenarioError, match="did you mean 'shop'"):
        sim.run(scenario, replications=1)
