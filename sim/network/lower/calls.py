"""Call sites: each place that calls has a row of its own with its policies; calls of one caller to one operation share an edge.

    call: {call: payment.charge, timeout: 1s, retry: ...}  ->  site (operation, edge, timeout, hop, retry, streams)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.network.lower.links import lower_crossing
from sim.network.model import Budget as BudgetRow
from sim.network.model import Guard as GuardRow
from sim.network.model import Site
from sim.record.outcomes import OUTCOMES
from sim.scenario.guards import guards_of
from sim.scenario.kinds import FAILURES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sim.network.compiler import Compiler
    from sim.scenario.kinds import Guard, Retry
    from sim.scenario.steps import Call


def lower_call(call: Call, compiler: Compiler, caller: str) -> int:
    """Append the site of a call; returns its number. The draws of an attempt belong to the operation that is called."""
    callee, edge = call.call, compiler.edge(caller, call.call)
    retry, retry_at = compiler.retry(call.retry)
    compiler.sites.append(
        Site(
            operation=compiler.operation_numbers[callee],
            service=compiler.service_of(callee),
            edge=edge,
            timeout=call.timeout or 0,
            hop=compiler.distribution(call.hop if call.hop is not None else compiler.scenario.network.hop),
            request_stream=compiler.stream(f"{callee}:hop.request"),
            reply_stream=compiler.stream(f"{callee}:hop.reply"),
            retry=retry,
            retry_at=retry_at,
            retry_on=_bits(FAILURES if call.retry is None else call.retry.on),
            retry_stream=compiler.stream(f"{callee}:retry"),
            balance_stream=compiler.stream(f"{callee}:balance"),
            guards=tuple(lower_guard(guard, compiler, caller, callee, edge) for guard in guards_of(call)),
            budget=_lower_budget(call.retry, compiler, caller, callee, edge),
            crossing=lower_crossing(call, compiler, caller),
            cancel_stream=compiler.stream(f"{callee}:hop.cancel") if call.cancel else -1,
            deadline=-1 if call.deadline is None else call.deadline,
        )
    )
    return len(compiler.sites) - 1


def _bits(outcomes: Iterable[str]) -> int:
    """Outcomes as engines take them: a bit for each code."""
    return sum(1 << OUTCOMES.index(one) for one in outcomes)


def _callers(compiler: Compiler, caller: str, *, apart: bool) -> tuple[int, bool, range]:
    """The service that calls, or -1; whether each of its replicas has a state; and those that have, or that there is one."""
    service = compiler.service_of(caller) if "." in caller else -1
    per_caller = apart and service >= 0
    return service, per_caller, compiler.replicas[service] if per_caller else range(1)


def _lower_budget(retry: Retry | None, compiler: Compiler, caller: str, callee: str, edge: int) -> int:
    """The number of a budget of retries, or -1; calls of one edge that declare the same one share it."""
    budget = None if retry is None else retry.budget
    if budget is None:
        return -1
    code, settings = compiler.policy(budget)
    service, per_caller, replicas = _callers(compiler, caller, apart=budget.per_caller)
    key = (edge, (code, int(per_caller), *budget.parameters()))
    if key not in compiler.budget_numbers:
        name = f"{caller} -> {callee}: retry budget"
        count = compiler.next_of(name, "budget")
        compiler.budget_numbers[key] = len(compiler.budgets)
        compiler.budgets.append(
            BudgetRow(
                name=name if count == 1 else f"{name} {count}",
                edge=edge,
                code=code,
                settings=settings,
                per_caller=per_caller,
                first=replicas.start,
                states=len(replicas),
                service=service,
                tail=budget.tail,
            )
        )
    return compiler.budget_numbers[key]


def lower_guard(guard: Guard, compiler: Compiler, caller: str, callee: str, edge: int) -> int:
    """Return the number of a guard; calls of one edge that declare the same guard share it, and what it knows."""
    code, settings = compiler.policy(guard)
    failing, ignored = _bits(guard.failures_seen), _bits(guard.outcomes_ignored)
    key = (edge, guard.slot, (code, failing, ignored, *guard.parameters()))
    if key in compiler.guard_numbers:
        return compiler.guard_numbers[key]
    service, per_caller, replicas = _callers(compiler, caller, apart=guard.per_caller)
    name = f"{caller} -> {callee}: {guard.slot}"
    count = compiler.next_of(name, "guard")
    number = compiler.guard_numbers[key] = len(compiler.guards)
    compiler.guards.append(
        GuardRow(
            name=name if count == 1 else f"{name} {count}",
            edge=edge,
            code=code,
            settings=settings,
            per_caller=per_caller,
            first=replicas.start,
            states=len(replicas),
            service=service,
            draws=guard.draws,
            stream=compiler.stream(f"{callee}:{guard.slot}") if guard.draws else 0,
            ticks_every=guard.ticks_every,
            tail=guard.tail,
            failing=failing & ~ignored,
            ignored=ignored,
            slot=guard.slot,
        )
    )
    return number
