"""Are transactions used as they can be? Where one stands, what is in it, and stores that nobody writes to.

error     a transaction inside another one, a write outside of one, an effect before the commit has decided whether it is true,
          an outbox that no relay reads, or two, a failover that loses commits of a store that keeps sagas
warning   a store without transactions, a relay without an outbox, a rule for rows that several write where none is
"""

from collections.abc import Iterator

from sim.scenario.callgraph import CallGraph
from sim.scenario.effect_steps import Effect
from sim.scenario.once import once_a_scenario
from sim.scenario.problems import Location, Problem, field_path
from sim.scenario.row_steps import Outbox, Write
from sim.scenario.sagas import sagas_of
from sim.scenario.scenario import Scenario
from sim.scenario.step_walks import channel_of, flat_steps, inner_steps
from sim.scenario.steps import Publish, Saga, Step, Transaction
from sim.scenario.targets import losses_of, reach_of_losses


def check_transactions(scenario: Scenario, graph: CallGraph) -> Iterator[Problem]:
    """Yield what is wrong with transactions, and with stores that have none."""
    used: set[str] = set()
    shared: set[str] = set()
    relays: dict[str, str] = {}
    outboxes: dict[str, Location] = {}
    for handler in graph.handlers.values():
        yield from _check_steps(handler.steps, handler.loc, None, used, outboxes)
        shared.update(_stores_of_keyed_writes(handler.steps))
    for name, settings in scenario.stores.items():
        if name not in used and not settings.streams:
            yield _problem(("stores", name), "no handler writes to this store; add a transaction, or remove it", "warning")
    yield from _check_isolation(scenario, shared)
    yield from _check_losses(scenario)
    for name, relay in scenario.relays.items():
        if relay.store in relays:
            message = f"'{relays[relay.store]}' reads the outbox of '{relay.store}' already; give that one more instances"
            yield _problem(("relays", name, "store"), message)
        elif relay.store not in outboxes:
            yield _problem(("relays", name), f"nothing is written to an outbox of '{relay.store}'; remove it", "warning")
        relays.setdefault(relay.store, name)
    for store, loc in outboxes.items():
        if store not in relays:
            yield _problem(loc, f"no relay reads the outbox of '{store}'; write one under relays, with store: {store}")


@once_a_scenario
def channels_written(scenario: Scenario) -> tuple[str, ...]:
    """Return the topics and queues that handlers with a transaction publish to, by themselves or by an outbox.

    And those to which a store publishes events of its streams that it may lose.
    """
    found: dict[str, None] = {}
    for service in scenario.services.values():
        for steps in service.operations.values():
            flat = list(flat_steps(steps))
            if any(isinstance(step, Transaction) for step in flat):
                found.update((channel_of(step), None) for step in flat if isinstance(step, Publish | Outbox))
    for name, store in scenario.stores.items():
        if reach_of_losses(scenario, name) > 0:
            found.update((stream.publishes, None) for stream in store.streams.values() if stream.publishes)
    return tuple(found)


def _check_steps(
    steps: tuple[Step, ...], loc: Location, store: str | None, used: set[str], outboxes: dict[str, Location]
) -> Iterator[Problem]:
    """Check steps that are in a transaction of a store, or in none."""
    for position, step in enumerate(steps):
        here, inside = (*loc, position), store
        if isinstance(step, Transaction):
            if store is not None:
                message = f"a transaction of '{store}' is open here; end it first, by writing this step behind it"
                yield _problem((*here, "transaction"), message)
            inside = step.transaction.store
            used.add(inside)
        elif isinstance(step, Write | Outbox) and store is None:
            verb = "write" if isinstance(step, Write) else "outbox"
            yield _problem((*here, verb), "there is no transaction here; write it in the steps of one")
        elif isinstance(step, Outbox) and store is not None:
            outboxes.setdefault(store, (*here, "outbox"))
        elif isinstance(step, Effect) and store is not None:
            message = f"the commit of the transaction of '{store}' decides whether it is true; write it behind the transaction"
            yield _problem((*here, "effect"), message)
        elif isinstance(step, Saga) and step.state is not None:
            used.add(step.state.store)
        for at, inner in inner_steps(step):
            yield from _check_steps(inner, (*here, *at), inside, used, outboxes)


def _check_isolation(scenario: Scenario, shared: set[str]) -> Iterator[Problem]:
    """Warn of rules for rows that several write, in stores where none has a key; ``shared`` are those that have such rows."""
    for name, settings in scenario.stores.items():
        for key in ("isolation", "lock_wait_max"):
            if key in settings.model_fields_set and name not in shared:
                message = f"no handler writes a row of '{name}' with a key, so that this decides nothing; give a write a key"
                yield _problem(("stores", name, key), message, "warning")


def _check_losses(scenario: Scenario) -> Iterator[Problem]:
    """Refuse to lose what a store keeps of sagas: what becomes of one whose last steps it has forgotten is not modelled."""
    kept = {one.saga.state.store: one.saga.saga for one in sagas_of(scenario) if one.saga.state is not None}
    for store, saga in kept.items():
        for name in losses_of(scenario, store):
            message = f"'{store}' keeps how far the saga '{saga}' has come, which is never lost here; strike it with kind:"
            yield _problem(("faults", name), f"{message} store_down, or keep that in another store")


def _stores_of_keyed_writes(steps: tuple[Step, ...]) -> Iterator[str]:
    """The stores of which some steps write rows that others write, too."""
    for step in flat_steps(steps):
        if isinstance(step, Transaction):
            writes = (one for one in flat_steps(step.steps) if isinstance(one, Write))
            yield from (step.transaction.store for one in writes if one.key is not None)


def _problem(loc: Location, message: str, severity: str = "error") -> Problem:
    return Problem(field=field_path(loc), message=message, loc=loc, severity=severity)  # type: ignore[arg-type]
