"""Bugs for the kernel, as plain Python: ``EVENTFLOW_UNLOWERED=1 python -m tests.mutants.kernel_mutants NAME N``.

prints "caught by example n: ..." when one of the first N numbered examples shows the bug; those of `synchronous_mutants` are
looked for in examples of all synchronous mechanics together, those of the others in examples of theirs.
"""

from __future__ import annotations

import os
import sys

from sim.errors import LedgerError
from sim.scenario.scenario import Scenario
from tests.conformance.diverge import assert_conform
from tests.conformance.generate import numbered
from tests.conformance.generate_branches import with_branches
from tests.conformance.generate_leaks import with_leaks
from tests.conformance.generate_sessions import with_sessions
from tests.conformance.generate_together import with_together
from tests.mutants import branch_mutants, leak_mutants, session_mutants, synchronous_mutants
from tests.mutants.mutate import substituted

MUTANTS = {
    **synchronous_mutants.MUTANTS,
    **branch_mutants.MUTANTS,
    **session_mutants.MUTANTS,
    **leak_mutants.MUTANTS,
    "a guard's period is over once": ("guards", "period_over", "guard.ticks_every, rank_of", "m.horizon, rank_of"),
    "a guard's period is over for its first state": ("guards", "period_over", "range(guard.count)", "range(1)"),
    "ties in a fixed-delay queue by who came first": (
        "calendar",
        "delay_push",
        "and previous.rank > rank",
        "and previous.rank > rank + rank",
    ),
    "ties in the heap by who came first": (
        "calendar",
        "rise",
        "above.rank <= rank",
        "above.rank <= rank + rank",
    ),
    "work of a killed handler goes on": (
        "steps",
        "worked",
        "span.ident == ident and span.state == codes.WORKING",
        "span.ident == ident",
    ),
    "work keeps the pace at which it began": ("faults", "set_pace", "pace == before", "pace == before or pace > 0"),
    "work on a message keeps its pace": ("faults", "set_pace", "if span:", "if span.at < 0:"),
    "work ends when it was to end before": ("steps", "worked", " and span.work_ends == m.now", ""),
    "work goes on from its beginning": ("faults", "go_on", "span.work = rules.left", "rules.left"),
    "the fraction of the work that is left is lost": ("faults", "go_on", "span.work_part, pace", "0, pace"),
    "a crash forgets who waited": ("faults", "remove", "unlink(replica, span)", "pass"),
    "commit leaves the last message behind": (
        "log",
        "advance",
        "p.committed = offset",
        "p.committed = offset - 1",
    ),
    "a key is as old as the first event that was read": ("projections", "put_event", "rebuilds.put_back(entry)", "pass"),
    "a partition keeps twice as much": ("log", "overflow", "topic.keeps", "2 * topic.keeps"),
    "redelivery begins where it stopped": ("log", "assign", "p.position = p.committed", "pass"),
    "a tie of partitions goes to the last": ("log", "after_it", "p.number > number", "p.number < number"),
    "what a client must have is not due": (
        "effects",
        "tell",
        "required, at = flow.effect_required[place], m.effects_at + place",
        "required, at = 0, m.effects_at + place",
    ),
    "an effect is that of the flow's first": ("effects", "apply", "place = flow.effect_place[effect]", "place = 0"),
    "what was never done is undone": ("effects", "apply", "& STATE != DONE", "& STATE == 5"),
    "what is undone may be done later": (
        "effects",
        "void",
        "return x.counts[at]",
        "x.counts[at] -= VOID\n    return x.counts[at]",
    ),
    "what an orphan does breaks no invariant": ("effects", "count", "if x.closed == 1 and", "if x.closed == 2 and"),
    "what is absorbed counts for invariants": ("effects", "apply", "1 - absorbed(m.now, state, absorbs)", "1"),
    "an invariant has the terms of the first one": (
        "effects",
        "holds_now",
        "terms = flow.invariant_terms.at + number * (FACTORS + flow.effects)",
        "terms = flow.invariant_terms.at",
    ),
    "what a parked saga left half done is judged": ("effects", "set_aside", "x.counts[m.times_at - 1] = 1", "pass"),
    "an acknowledged message is seen again": ("queue", "stop_timer", "message.timer.time != 0", "message.timer.time < 0"),
    "who waits is not told that a queue was full": ("queue", "refuse", "publisher.failures = 1", "pass"),
    "a dead letter is no part of its flow": ("queue", "bury", "x.open += 1", "pass"),
    "the consumer that was free last comes first": (
        "queue",
        "open_again",
        "queue.open_last = consumer",
        "queue.open_last = last",
    ),
    "a message can be applied for the first time twice": ("queue", "account", "message.settled = 1", "pass"),
    "a consumer that is done asks for more time": ("queue", "stop_beat", "consumer.beat.time != 0", "consumer.beat.time < 0"),
    "a log forgets what a consumer has in hand": ("log", "miss", "in_hand = owner.offset", "pass"),
    "who was away goes on with what is gone": ("log", "miss", "p.position = offset", "pass"),
    "a saga is not resumed": ("sagas", "come_back", "saga = replica.saga_head", "saga = replica.saga_tail"),
    "who waits for the end of a saga is told at its start": ("sagas", "keep", "span.waits == 0", "span.waits >= 0"),
    "a saga of which nothing was kept is there": (
        "sagas",
        "go_down",
        "saga.state.resume_at == 0",
        "saga.state.resume_at < 0",
    ),
    "a lock is given to nobody": ("locks", "give_back", "if following:", "if following and m.now < 0:"),
    "a saga that is told twice begins twice": ("choreography", "tell", "x.counts[place] != 0", "x.counts[place] < 0"),
    "the deadline of a saga ends no call": ("sagas", "give_up", "    if child.caller == AWAITED:", "    if child.caller < 0:"),
    "who publishes goes on while the broker is down": ("outages", "hold", "publisher.confirmed_at = NEVER", "pass"),
    "what waits at a publisher outlives it": ("outages", "lose", "message.sender == replica", "message.at < 0"),
    "a publish never fails": ("outages", "give_up", "publisher.failures = 1", "pass"),
    "consumers sleep on when the broker is back": ("log", "go_on", "deliver(m, r, group, group.consumers[number])", "pass"),
    "a broker that is down hears acknowledgements": ("queue", "settle", "cut_off(readers.channel)", "readers.at < 0"),
    "a broker that is down hears commits": ("log", "commit", "cut_off(group.channel)", "group.at < 0"),
    "a redelivered message is no poison": ("failures", "strike", "0 if failure.by_trace != 0 else ", ""),
    "errors go on for ever": ("failures", "set_failing", "failure.lasts = value", "failure.lasts = 1"),
    "an ejected replica is forgotten": ("faults", "enroll", "balancing.enlist(m, replica)", "pass"),
    "a replica that was taken out stays out": ("health", "check_over", "enlist(m, replica)", "pass"),
    "every caller sees what the first one sees": ("balancing", "view_for", "* View.SIZE", "* 0"),
    "rates are those of all sweeps": ("balancing", "sweep", "outliers.swept(view)", "pass"),
    "a crash keeps its connections": ("stores", "break_off", "end(m, r, span, STORE_BROKEN_OFF)", "pass"),
    "who goes down while it waits may get a connection first": ("faults", "go_down", "stores.leave(m, r, replica)", "pass"),
    "an aborted transaction publishes its rows": ("stores", "end", "how == STORE_COMMITTED and store.relay", "store.relay"),
    "a conflict is a commit": ("stores", "committed", "not versions.up_to_date(one)", "one.at < 0"),
    "a commit leaves versions as they were": ("stores", "end", "versions.write(one)", "pass"),
    "who may not wait for a lock waits": ("row_locks", "take", "answer == rules.TIMED_OUT", "answer < 0"),
    "a lost row stays in its line": ("failovers", "lose_rows", "lose_line(m, r, relay, relay.state.waiting, after)", "pass"),
    "a lost mark is a mark": ("failovers", "lose_rows", "unmark(m, r, relay, after)", "pass"),
    "what is told of a lost commit is whole": ("failovers", "lose", "dual_writes.is_lost(m, r, one.writes)", "pass"),
    "a relay polls once": ("relays", "rest", "relay.polls != 0 or", "relay.polls < 0 or"),
    "what a relay held when it went down is gone": ("relays", "stop", "rules.give_back(one.relay.state, one.state)", "pass"),
    "a message is handled before it is due": (
        "log",
        "deliver",
        "not rules.due(message.appended_at, group.delay, m.now)",
        "p.at < 0",
    ),
    "what a broker did not take is handed on": ("log", "handed_on", "span.failures != 0", "span.failures < 0"),
    "what nobody reads ends well": ("log", "settle", "group.then.group_count if group.then else 0", "1"),
    "a message that came is not heard of": ("dual_writes", "arrived", "one.taken += taken", "pass"),
    "a queue that is down hears who asks for more time": ("queue", "prolong", "cut_off(readers.channel)", "m.now < 0"),
    "what comes back over an old connection frees a place": (
        "queue",
        "hear",
        "connections.hear(consumer.connection, number)",
        "connections.hear(consumer.connection, consumer.connection.number)",
    ),
    "a delivery under way is begun with": ("queue", "handled", "connection.under_way", "0"),
    "what is settled has a place at once": ("queue", "had", "consumer.connection.coming_back if", "0 if"),
    "dead letters go back to a queue that is down": ("queue", "bring_back", " and not cut_off(queue.channel)", ""),
    "what a replica sent that is down waits": ("outages", "hold", "message.sender.up == 0", "message.at < 0"),
    "a publish that its handler hears of spoils the flow": ("outages", "fail", "bool(message.publisher)", "False"),
    "a saga that nobody heard of is told once": ("choreography", "tell", "rules.is_known(before.state)", "before.at > 0"),
    "a saga that cannot be kept is begun at once again": ("sagas", "refused", "outcomes.DEPENDENCY", "AGAIN"),
    "what is done again after a conflict has the draws of before": (
        "streams",
        "reload",
        "span.occurrence += OCCURRENCES_MAX",
        "pass",
    ),
    "an append never comes too late": ("streams", "stored", "outdated(span.seen, one.version)", "one.at < 0"),
    "a user who polls never gives up": ("follow_ups", "follow", "x.flow.deadline, m.now", "-1, m.now"),
}


SHOWN_BY = {
    **synchronous_mutants.SHOWN_BY,
    **branch_mutants.SHOWN_BY,
    **session_mutants.SHOWN_BY,
    **leak_mutants.SHOWN_BY,
    "a replica that was taken out stays out": 10_000,
    "every caller sees what the first one sees": 10_010,
    "rates are those of all sweeps": 10_002,
    "a key is as old as the first event that was read": 292,
    "a guard's period is over for its first state": 7,
    "work keeps the pace at which it began": 7,
    "work on a message keeps its pace": 21,
    "work goes on from its beginning": 7,
    "work ends when it was to end before": 16,
    "the fraction of the work that is left is lost": 16,
    "what an orphan does breaks no invariant": 12,
    "what is absorbed counts for invariants": 10,
    "an acknowledged message is seen again": 33,
    "who waits is not told that a queue was full": 35,
    "a dead letter is no part of its flow": 29,
    "the consumer that was free last comes first": 8,
    "a tie of partitions goes to the last": 90,
    "a message can be applied for the first time twice": 54,
    "a consumer that is done asks for more time": 33,
    "a log forgets what a consumer has in hand": 23,
    "a saga is not resumed": 110,
    "a saga of which nothing was kept is there": 350,
    "what a parked saga left half done is judged": 49,
    "who was away goes on with what is gone": 23,
    "what waits at a publisher outlives it": 8,
    "a publish never fails": 8,
    "a saga that is told twice begins twice": 34,
    "consumers sleep on when the broker is back": 27,
    "a redelivered message is no poison": 46,
    "who goes down while it waits may get a connection first": 21,
    "an aborted transaction publishes its rows": 6,
    "a conflict is a commit": 44,
    "a commit leaves versions as they were": 44,
    "who may not wait for a lock waits": 84,
    "a broker that is down hears acknowledgements": 54,
    "a lost mark is a mark": 66,
    "what is told of a lost commit is whole": 66,
    "a lost row stays in its line": 21,
    "a message that came is not heard of": 18,
    "what a relay held when it went down is gone": 445,
    "a message is handled before it is due": 51,
    "what a broker did not take is handed on": 87,
    "what nobody reads ends well": 9,
    "a queue that is down hears who asks for more time": 54,
    "what comes back over an old connection frees a place": 23,
    "a delivery under way is begun with": 33,
    "what is settled has a place at once": 23,
    "dead letters go back to a queue that is down": 64,
    "what a replica sent that is down waits": 8,
    "a publish that its handler hears of spoils the flow": 34,
    "a saga that nobody heard of is told once": 34,
    "a saga that cannot be kept is begun at once again": 61,
    "what is done again after a conflict has the draws of before": 5,
    "an append never comes too late": 1,
    "a user who polls never gives up": 2,
}
"""An example that shows it, to be tried first, where one is known: a wrong one costs time only."""


MAKERS = (
    (synchronous_mutants, with_together),
    (branch_mutants, with_branches),
    (session_mutants, with_sessions),
    (leak_mutants, with_leaks),
)


def main(name: str, count: int) -> None:
    """Put the bug in and look for an example that shows it."""
    assert os.environ.get("EVENTFLOW_UNLOWERED") == "1", "set EVENTFLOW_UNLOWERED=1"
    from tests.conformance import unlowered  # loads the kernel as plain Python

    module, function, old, new = MUTANTS[name]
    place = {module.__name__.rpartition(".")[2]: module for module in unlowered.MODULES}[module]
    original = getattr(place, function)
    unlowered.replace(original, substituted(original, old, new))
    first = SHOWN_BY.get(name, 0)
    make = next((make for made, make in MAKERS if name in made.MUTANTS), numbered)
    for n in (first, *(other for other in range(count) if other != first)):
        try:
            assert_conform(Scenario.model_validate(make(n)), seed=n)
        except (AssertionError, LedgerError, IndexError, ValueError) as error:
            print(f"caught by example {n}: {type(error).__name__}")  # noqa: T201 - read by the test
            return
    print("not caught")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
