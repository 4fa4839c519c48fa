"""What a handler does, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simpy.events import Event, Process

from sim.draws import bits
from sim.engine.order import WORKED, rank_of
from sim.engine.rules import chosen_branch, paced
from sim.engine.simpy_engine import effects
from sim.engine.simpy_engine.broker import LogBroker
from sim.engine.simpy_engine.clock import Timer
from sim.network import CALL, CHOOSE, EFFECT, FAIL, JUMP, PARALLEL, PUBLISH, WORK
from sim.record import fields, outcomes, recorder
from sim.record.outcomes import OK

if TYPE_CHECKING:
    from collections.abc import Generator

    from sim.engine.simpy_engine.run import Activity, Steps
    from sim.engine.simpy_engine.state import Span
    from sim.network import Site


class Handlers(LogBroker):
    """The program of a handler: each step is a few lines that read like what it does."""

    def steps(self, span: Span) -> Steps:
        """The handler's program, step by step; gives its outcome."""
        program = self.network.program
        at = self.network.operations[span.operation].entry
        while not span.dead:
            code, a, b = program[at], program[at + 1], program[at + 2]
            at += 3
            if code == WORK:
                yield self.work(span, self.sample(a, b, span.trace, span.occurrence))
                if not span.dead:
                    recorder.note(self.r, self.clock.now, fields.FACT_WORKED, span.ident, 0)
            elif code == CALL:
                site = self.network.sites[a]
                outcome = yield from self.call(span, span.trace, site)
                if outcome != OK and not site.optional:
                    return outcomes.DEPENDENCY
            elif code == PARALLEL:
                failed = yield from self.parallel(span, a, b)
                if failed:
                    return outcomes.DEPENDENCY
            elif code == PUBLISH:
                yield from self.publish(span, a, b)
            elif code == CHOOSE:
                at = chosen_branch(self.tables, a, bits(self.keys[b], span.trace.key, span.occurrence))
            elif code == JUMP:
                at = a
            elif code == FAIL:
                if bits(self.keys[b], span.trace.key, span.occurrence) < a:
                    return outcomes.ERROR
            elif code == EFFECT:
                effects.apply(self, span, a, b)
            else:
                break
        return OK

    def work(self, span: Span, duration: int) -> Timer:
        """Work begins, at the pace of its replica; to be yielded, until it is done."""
        takes = paced(duration, 0, span.replica.pace)
        span.left, span.part, span.ends = duration, 0, self.clock.now + takes
        span.work = timer = Timer(self.clock, takes, rank_of(WORKED, span.ident))
        return timer

    def parallel(self, span: Span, first: int, count: int) -> Generator[Event, Any, bool]:
        """Send several calls at once and wait until all have settled; true when one that is needed failed."""
        failures: list[int] = []
        pending = [count]
        joined = Event(self.clock)

        def branch(site: Site) -> Activity:
            outcome = yield from self.call(span, span.trace, site)
            if span.dead:
                return
            if outcome != OK and not site.optional:
                failures.append(outcome)
            pending[0] -= 1
            if pending[0] == 0:
                joined.succeed()

        for site in self.network.sites[first : first + count]:
            Process(self.clock, branch(site))
        yield joined
        return bool(failures)
