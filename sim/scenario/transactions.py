"""Are transactions used as they can be? Where one stands, what is in it, and stores that nobody writes to.

error     a transaction inside another one, a write outside of one, an effect before the commit has decided whether it is true
warning   a store without transactions
"""

from collections.abc import Iterator

from sim.scenario.callgraph import CallGraph
from sim.scenario.problems import Location, Problem, field_path
from sim.scenario.scenario import Scenario
from sim.scenario.steps import Effect, Saga, Step, Transaction, Write, inner_steps


def check_transactions(scenario: Scenario, graph: CallGraph) -> Iterator[Problem]:
    """Yield what is wrong with transactions, and with stores that have none."""
    used: set[str] = set()
    for handler in graph.handlers.values():
        yield from _check_steps(handler.steps, handler.loc, None, used)
    for name, settings in scenario.stores.items():
        if name not in used and not settings.streams:
            yield _problem(("stores", name), "no handler writes to this store; add a transaction, or remove it", "warning")


def _check_steps(steps: tuple[Step, ...], loc: Location, store: str | None, used: set[str]) -> Iterator[Problem]:
    """Check steps that are in a transaction of a store, or in none."""
    for position, step in enumerate(steps):
        here, inside = (*loc, position), store
        if isinstance(step, Transaction):
            if store is not None:
                message = f"a transaction of '{store}' is open here; end it first, by writing this step behind it"
                yield _problem((*here, "transaction"), message)
            inside = step.transaction.store
            used.add(inside)
        elif isinstance(step, Write) and store is None:
            yield _problem((*here, "write"), "there is no transaction here; write it in the steps of one")
        elif isinstance(step, Effect) and store is not None:
            message = f"the commit of the transaction of '{store}' decides whether it is true; write it behind the transaction"
            yield _problem((*here, "effect"), message)
        elif isinstance(step, Saga) and step.state is not None:
            used.add(step.state.store)
        for at, inner in inner_steps(step):
            yield from _check_steps(inner, (*here, *at), inside, used)


def _problem(loc: Location, message: str, severity: str = "error") -> Problem:
    return Problem(field=field_path(loc), message=message, loc=loc, severity=severity)  # type: ignore[arg-type]
