"""Operations that faults make fail: a row for each operation and fault, and an instruction before the handler's first step.

    errors of pay.charge     STRUCK (row) | work ... END | work `after`, FAIL
                               '-- picked, while the fault lasts ----^
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.draws import share_to_threshold
from sim.network.lower.faults import any_of, composed, numbered
from sim.network.model import FAIL, FAILURE, STRUCK, WORK, Failure
from sim.network.schedule import FAILING
from sim.scenario.distributions.constant import Constant
from sim.scenario.targets import OPERATION, failures_of
from sim.scenario.units import format_duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sim.network.compiler import Compiler
    from sim.network.lower.faults import Strikes
    from sim.network.model import Service
    from sim.scenario.scenario import Scenario


def lower_failures(compiler: Compiler, operation: str, faults: Iterable[str]) -> list[int]:
    """Append what comes before the first step of an operation that faults make fail; returns addresses, for `end_failures`."""
    found = []
    for fault in faults:
        settings: Any = compiler.scenario.faults[fault]
        stream = compiler.stream(f"fault {fault}:{operation}")
        found.append(compiler.emit(STRUCK, len(compiler.failures)))
        row = Failure(f"{operation}: {fault}", share_to_threshold(settings.share), stream, settings.by_trace, settings.after)
        compiler.failures.append(row)
    return found


def end_failures(compiler: Compiler, addresses: Sequence[int]) -> None:
    """Append, behind an operation's program, what a handler does that is made to fail."""
    for at in addresses:
        compiler.program[at + FAILURE] = len(compiler.program)
        row = compiler.failures[compiler.program[at + 1]]
        if row.after:
            work = Constant.model_validate({"value": format_duration(row.after)})
            compiler.emit(WORK, compiler.distribution(work), row.stream)
        compiler.emit(FAIL, share_to_threshold(1.0), row.stream)


@numbered(OPERATION)
def _failures(scenario: Scenario, _services: Sequence[Service]) -> Strikes:
    found: dict[str, list[tuple[int, str]]] = {name: [] for name in scenario.faults}
    pairs = [(operation, fault) for operation, faults in failures_of(scenario).items() for fault in faults]
    for number, (operation, fault) in enumerate(pairs):
        found[fault].append((number, operation))
    return lambda name, _: found[name]


@composed("failing", any_of, of=OPERATION)
def _failing(values: Iterable[tuple[int, object]]) -> Iterator[tuple[int, int, int]]:
    for at, how in values:
        yield at, FAILING, int(how is not None)
