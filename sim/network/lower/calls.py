"""Call sites: each place that calls has a row of its own with its policies; calls of one caller to one operation share an edge.

    call: {call: payment.charge, timeout: 1s, retry: ...}  ->  site (operation, edge, timeout, hop, retry, streams)
    with guards outside of the retry                       ->  site (those guards)  --inner-->  site (the others, retry, ...)
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sim.network.call_rows import Budget as BudgetRow
from sim.network.call_rows import Guard as GuardRow
from sim.network.call_rows import Hedge as HedgeRow
from sim.network.lower.links import lower_crossing
from sim.network.model import Site
from sim.record.outcomes import OUTCOMES
from sim.scenario.guards import guards_of
from sim.scenario.kinds import FAILURES
from sim.scenario.orders import Arrangement, arranged
from sim.semantics.hedging import ONE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sim.network.compiler import Compiler
    from sim.scenario.around_calls import Hedge
    from sim.scenario.kinds import Guard, Retry
    from sim.scenario.steps import Call


def lower_call(call: Call, compiler: Compiler, caller: str) -> int:
    """Append the site of a call; returns its number. The draws of an attempt belong to the operation that is called."""
    callee, edge = call.call, compiler.edge(caller, call.call)
    guards = _arranged(call, compiler, caller)
    outside, inside = (_numbers(some, call, compiler, caller, edge) for some in (guards.outside, guards.inside))
    timeout, early = call.timeout or 0, guards.early_before >= 0
    retry, retry_at = compiler.retry(call.retry)
    compiler.sites.append(
        Site(
            operation=compiler.operation_numbers[callee],
            service=compiler.service_of(callee),
            edge=edge,
            timeout=0 if early else timeout,
            hop=compiler.distribution(call.hop if call.hop is not None else compiler.scenario.network.hop),
            request_stream=compiler.stream(f"{callee}:hop.request"),
            reply_stream=compiler.stream(f"{callee}:hop.reply"),
            retry=retry,
            retry_at=retry_at,
            retry_on=_bits(FAILURES if call.retry is None else call.retry.on),
            retry_stream=compiler.stream(f"{callee}:retry"),
            balance_stream=compiler.stream(f"{callee}:balance"),
            guards=inside,
            hedge=-1 if call.hedge is None else lower_hedge(call.hedge, compiler, caller, callee, edge),
            early_timeout=timeout if early else 0,
            early_before=max(0, guards.early_before),
            budget=_lower_budget(call.retry, compiler, caller, callee, edge),
            crossing=lower_crossing(call, compiler, caller),
            cancel_stream=compiler.stream(f"{callee}:hop.cancel") if call.cancel else -1,
            deadline=-1 if call.deadline is None else call.deadline,
            halts=caller.partition(".")[0] in compiler.halting and "." in caller,
            held=len(outside) > 0,
        )
    )
    if outside:
        _stand_around(compiler, outside, deadline_outside=guards.deadline_outside)
    return len(compiler.sites) - 1


def _stand_around(compiler: Compiler, outside: tuple[int, ...], *, deadline_outside: bool) -> None:
    """Append the site where a call begins whose other policies are those of the last site: what it asks there is asked once.

    An attempt leaves from the other one, with a retry, a timeout and a hedge.
    """
    last = compiler.sites[-1]
    policies = replace(last, retry_on=0, budget=-1, hedge=-1, timeout=0, early_timeout=0, early_before=0, cancel_stream=-1)
    deadline = last.deadline if deadline_outside else -1
    compiler.sites.append(replace(policies, guards=outside, deadline=deadline, inner=len(compiler.sites) - 1, held=False))


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


def _arranged(call: Call, compiler: Compiler, caller: str) -> Arrangement:
    """The guards of a call, as they are asked."""
    service = caller.partition(".")[0] if "." in caller else ""
    pools = compiler.scenario.services[service].pools if service else {}
    return arranged(guards_of(call, pools), call.order, retried=call.retry is not None)


def _numbers(guards: Iterable[Guard], call: Call, compiler: Compiler, caller: str, edge: int) -> tuple[int, ...]:
    """The numbers of guards of a call."""
    pool = (caller.partition(".")[0], call.pool or "")
    return tuple(lower_guard(one, compiler, caller, call.call, edge, pool if one.named else None) for one in guards)


def lower_guard(
    guard: Guard, compiler: Compiler, caller: str, callee: str, edge: int, pool: tuple[str, str] | None = None
) -> int:
    """Return the number of a guard; calls of one edge that declare the same guard share it, and what it knows.

    Of a ``pool`` of a service each edge has a guard, which counts its own attempts; the first one of them has what they know.
    """
    code, settings = compiler.policy(guard)
    failing, ignored = _bits(guard.failures_seen), _bits(guard.outcomes_ignored)
    key = (edge, guard.slot, (code, failing, ignored, guard.hears_refusals, *guard.parameters()) if pool is None else pool)
    if key in compiler.guard_numbers:
        return compiler.guard_numbers[key]
    service, per_caller, replicas = _callers(compiler, caller, apart=guard.per_caller)
    name = f"{caller} -> {callee}: {guard.slot}" if pool is None else f"{caller} -> {callee}: {guard.slot} {pool[1]}"
    count = compiler.next_of(name, "guard")
    number = compiler.guard_numbers[key] = len(compiler.guards)
    owner = number if pool is None else compiler.guard_numbers.setdefault((-1, *pool), number)
    compiler.guards.append(
        GuardRow(
            name=name if count == 1 else f"{name} {count}",
            edge=edge,
            code=code,
            settings=settings,
            per_caller=per_caller,
            first=replicas.start,
            states=len(replicas) if owner == number else 0,
            owner=owner,
            service=service,
            draws=guard.draws,
            stream=compiler.stream(f"{callee}:{guard.slot}") if guard.draws else 0,
            ticks_every=guard.ticks_every,
            longest_wait=guard.longest_wait,
            room=compiler.next_of("rooms", "guard") - 1 if guard.longest_wait != 0 else -1,
            tail=guard.tail,
            failing=failing & ~ignored,
            ignored=ignored,
            hears_refusals=guard.hears_refusals,
            slot=guard.slot,
        )
    )
    return number


def lower_hedge(hedge: Hedge, compiler: Compiler, caller: str, callee: str, edge: int) -> int:
    """Append the hedge of a call; returns its number. Each call has one of its own, and what it knows."""
    service = compiler.service_of(caller)
    name = f"{caller} -> {callee}: hedge"
    count = compiler.next_of(name, "hedge")
    compiler.hedges.append(
        HedgeRow(
            name=name if count == 1 else f"{name} {count}",
            edge=edge,
            after=0 if hedge.mille else hedge.after,
            mille=hedge.mille,
            calls_max=hedge.calls_max,
            budget=-1 if hedge.budget is None else max(1, round(hedge.budget * ONE)),
            failed_next=hedge.failed_next,
            elsewhere=hedge.elsewhere,
            service=service,
            first=compiler.replicas[service].start,
            states=len(compiler.replicas[service]),
        )
    )
    return len(compiler.hedges) - 1
