"""How many calls a handler may have under way at once."""

from sim.scenario.step_walks import inner_steps
from sim.scenario.steps import Call, Parallel, Saga, Step


def fans_of(steps: tuple[Step, ...]) -> dict[str, int]:
    """How many calls to each service a handler may have under way at once."""
    fans: dict[str, int] = {}
    for step in steps:
        together: dict[str, int] = {}
        if isinstance(step, Call | Parallel):
            for call in (step,) if isinstance(step, Call) else step.calls.values():
                service = call.call.partition(".")[0]
                together[service] = together.get(service, 0) + 1
        for one in step.steps if isinstance(step, Saga) else ():
            together[one.do.call.partition(".")[0]] = 1
        for _, inner in inner_steps(step):
            for service, fan in fans_of(inner).items():
                so_far = together.get(service, 0)
                together[service] = so_far + fan if isinstance(step, Parallel) else max(so_far, fan)
        for service, fan in together.items():
            fans[service] = max(fans.get(service, 0), fan)
    return fans
