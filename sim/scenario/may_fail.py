"""Which steps may fail, by themselves or by what they call: only these need a retry, or something to catch it."""

from collections.abc import Sequence

from sim.scenario.around_calls import Quorum
from sim.scenario.callgraph import CallGraph
from sim.scenario.step_walks import inner_steps
from sim.scenario.steps import Call, Fail, Lock, Parallel, Publish, Step, Transaction, Try
from sim.scenario.stream_steps import Append
from sim.scenario.targets import entity_of, name_of
from sim.scenario.view_steps import Read


def may_fail(steps: Sequence[Step], graph: CallGraph) -> bool:
    """Whether a handler with these steps may end with a failure, so that it is tried again."""
    return any(_may_fail_at(step, graph) for step in steps)


def _may_fail_at(step: Step, graph: CallGraph) -> bool:  # noqa: PLR0911 - one return for each kind of step
    """The same of one step."""
    match step:
        case Call():
            return not step.optional and (not step.fallback or may_fail(step.fallback, graph))
        case Try():
            return may_fail(step.steps, graph) and may_fail(step.catch, graph)
        case Publish():
            return may_be_refused(step, graph)
        case Parallel():
            parts = [(call,) for call in step.calls.values()] + list(step.branches.values())
            certain = sum(not may_fail(part, graph) for part in parts)
            return certain < step.needed or (isinstance(step.until, Quorum) and step.until.deadline is not None)
        case Fail():
            return step.fail > 0.0
        case Read():
            return step.wait_max is not None
    return isinstance(step, Transaction | Lock | Append) or any(may_fail(inner, graph) for _, inner in inner_steps(step))


def may_be_refused(step: Publish, graph: CallGraph) -> bool:
    """Whether a handler may hear that the broker did not take what it publishes: the queue is full, or the broker down."""
    broker = graph.brokers[step.publish]
    down = {name_of(fault) for fault in graph.scenario.faults.values() if entity_of(fault) == "broker"}
    cut_off = any(name in down for name, one in graph.scenario.brokers.items() if one is broker)
    return broker.confirms(step) and (cut_off or broker.refuses(step.publish))
