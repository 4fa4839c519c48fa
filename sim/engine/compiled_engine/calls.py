"""Workload and calls: arrive, client, send, settle, reply, reach, begin, finish. The readable engine's verbs, in its order."""

from sim.draws import below, bits, draw, trace_key
from sim.engine.compiled_engine import effects
from sim.engine.compiled_engine.layout import (
    AWAITED,
    C_BALANCE_STREAM,
    C_EDGE,
    C_HOP,
    C_HOP_LANE,
    C_OPERATION,
    C_REPLY_STREAM,
    C_REQUEST_STREAM,
    C_RETRY,
    C_RETRY_AT,
    C_RETRY_STREAM,
    C_SERVICE,
    C_TIMEOUT,
    C_TIMEOUT_LANE,
    CROWDED,
    DO_ARRIVE,
    DO_CLIENT,
    DO_RESUME,
    DO_START,
    F_ARRIVED_AT,
    F_AT,
    F_BRANCH,
    F_CALLER,
    F_CHILD,
    F_IDENT,
    F_KEY,
    F_NUMBER,
    F_OCCURRENCE,
    F_OPERATION,
    F_OUTCOME,
    F_PARENT,
    F_QUEUE_NEXT,
    F_REPLICA,
    F_RESIDENT_NEXT,
    F_RESIDENT_PREVIOUS,
    F_SENT_AT,
    F_SIBLING,
    F_SITE,
    F_STARTED_AT,
    F_STATE,
    F_TIMER,
    F_TRACE,
    F_TRAVEL,
    H_KEYS,
    H_NOW,
    H_REFILL,
    H_STATUS,
    H_TABLES,
    H_TRACES,
    O_ENTRY,
    O_NUMBER,
    OVER,
    R_BUSY,
    R_QUEUE_HEAD,
    R_QUEUE_LENGTH,
    R_QUEUE_TAIL,
    R_RESIDENT_HEAD,
    R_RESIDENT_TAIL,
    R_SERVICE,
    R_SILENT,
    R_UP,
    REFILL,
    REPLYING,
    S_BALANCE,
    S_BALANCE_DRAWS,
    S_LIST,
    S_LISTED,
    S_NUMBER,
    S_QUEUE_MAX,
    S_TURN,
    S_WORKERS,
    SETTLED,
    TRAVELLING,
    W_DEADLINE,
    W_END,
    W_INDEX,
    W_KEY_STREAM,
    W_KEYS,
    W_NEXT,
    W_NUMBER,
    W_OVER,
    W_STREAM,
    WAITING,
    WORKING,
    X_CLOSED,
    X_COUNTS,
    X_FAILED,
    X_FLOW,
    X_KEY,
    X_NUMBER,
    X_OPEN,
    X_PARTITION_KEY,
    X_REFERENCES,
    X_STARTED_AT,
)
from sim.engine.compiled_engine.memory import (
    after,
    heap_push,
    lane_push,
    lane_remove,
    release_frame,
    release_trace,
    take_frame,
    take_trace,
    then,
)
from sim.engine.order import ARRIVAL, OCCURRENCES_MAX, REACH, REPLY, TIMEOUT, identity, rank_of
from sim.engine.rules import BALANCE_RULES, OWN_KEY_SHIFT, RETRY_RULES, START, WAIT, admits
from sim.lowering.language import Choice
from sim.record import recorder
from sim.record.outcomes import CRASHED, OK, REJECTED, UNAVAILABLE
from sim.record.outcomes import TIMEOUT as TIMED_OUT
from sim.shared import Words

retry_rule = Choice(RETRY_RULES)
balance_rule = Choice(BALANCE_RULES)


# -- chance


def uniform(m: Words, stream: int, key: int, occurrence: int) -> int:
    """A uniform number in [0, 2**63): that of this stream for this occurrence of this trace."""
    return bits(m[m[H_KEYS] + stream], key, occurrence)


def sample(m: Words, distribution: int, stream: int, key: int, occurrence: int) -> int:
    """A duration in ns: the value of this stream for this occurrence of this trace, whenever it is asked for."""
    at = m[H_TABLES] + distribution
    if m[at] == 0:
        return m[at + 1]
    return draw(m, at, uniform(m, stream, key, occurrence))


def visit(m: Words, x: int, place: int) -> int:
    """Which time the trace comes to this operation or topic: 0, 1, 2, ..."""
    occurrence = m[x + X_COUNTS + place]
    if occurrence >= OCCURRENCES_MAX:
        m[H_STATUS] = CROWDED
        return OCCURRENCES_MAX - 1
    m[x + X_COUNTS + place] = occurrence + 1
    return occurrence


# -- workload


def load(m: Words, flow: int) -> None:
    """Put the next arrival of a flow on the calendar; asks the host for more times when they are used up."""
    following = m[flow + W_NEXT]
    if following == m[flow + W_END]:
        if m[flow + W_OVER] == 0:
            m[H_STATUS] = REFILL
            m[H_REFILL] = flow
        return
    m[flow + W_NEXT] = following + 1
    delay = m[following] - m[H_NOW]
    if delay == 0:
        then(m, DO_ARRIVE, flow, 0)
    else:
        heap_push(m, m[following], rank_of(ARRIVAL, m[flow + W_NUMBER]), flow)


def arrive(m: Words, r: Words, flow: int) -> None:
    """One request of a flow arrives: a trace begins, and a client calls for it."""
    now = m[H_NOW]
    x = take_trace(m)
    key = trace_key(m[m[H_KEYS] + m[flow + W_STREAM]], m[flow + W_INDEX])
    m[flow + W_INDEX] += 1
    m[x + X_NUMBER] = m[H_TRACES]
    m[x + X_KEY] = key
    m[x + X_FLOW] = flow
    m[x + X_STARTED_AT] = now
    m[x + X_OPEN] = 1
    m[x + X_REFERENCES] = 1
    if m[flow + W_KEYS] > 0:
        m[x + X_PARTITION_KEY] = below(uniform(m, m[flow + W_KEY_STREAM], key, 0), m[flow + W_KEYS])
    else:
        m[x + X_PARTITION_KEY] = uniform(m, m[flow + W_KEY_STREAM], key, 0) >> OWN_KEY_SHIFT
    m[H_TRACES] += 1
    recorder.offered(r, now, m[flow + W_NUMBER], identity(m[x + X_NUMBER], 0, 0))
    then(m, DO_CLIENT, x, 0)
    load(m, flow)


def client_done(m: Words, r: Words, x: int, outcome: int) -> None:
    """The client knows its final outcome."""
    now = m[H_NOW]
    ident = identity(m[x + X_NUMBER], 0, 0)
    recorder.replied(r, now, m[m[x + X_FLOW] + W_NUMBER], ident, outcome, now - m[x + X_STARTED_AT])
    effects.tell(m, r, x, outcome)
    part_done(m, r, x, outcome == OK)
    release_trace(m, x)


def part_done(m: Words, r: Words, x: int, good: int) -> None:
    """One part of a trace (the request itself, or one message for one group) is done; the last one closes it."""
    if m[x + X_CLOSED] == 1:
        return
    if not good:
        m[x + X_FAILED] = 1
    m[x + X_OPEN] -= 1
    if m[x + X_OPEN] == 0:
        m[x + X_CLOSED] = 1
        effects.close(m, r, x)
        now = m[H_NOW]
        flow = m[x + X_FLOW]
        ident = identity(m[x + X_NUMBER], 0, 0)
        elapsed = now - m[x + X_STARTED_AT]
        recorder.closed(r, now, m[flow + W_NUMBER], ident, 1 - m[x + X_FAILED], elapsed, m[flow + W_DEADLINE])


# -- calls: the caller's side


def delay_before_retry(m: Words, site: int, f: int) -> int:
    """What the site's retry policy says after attempt ``f`` failed: ns to wait, or -1."""
    u = uniform(m, m[site + C_RETRY_STREAM], m[f + F_KEY], m[f + F_OCCURRENCE])
    return retry_rule(m[site + C_RETRY], m, m[H_TABLES] + m[site + C_RETRY_AT], m[f + F_NUMBER], u)


def send(m: Words, r: Words, caller: int, x: int, site: int, number: int, branch: int) -> None:
    """One attempt leaves for a replica; its timeout starts to run. ``caller`` is 0 for a client."""
    now = m[H_NOW]
    operation = m[site + C_OPERATION]
    place = m[operation + O_NUMBER]
    occurrence = visit(m, x, place)
    f = take_frame(m)
    ident = identity(m[x + X_NUMBER], place, occurrence)
    m[x + X_REFERENCES] += 1
    m[f + F_IDENT] = ident
    m[f + F_TRACE] = x
    m[f + F_OPERATION] = operation
    m[f + F_SITE] = site
    m[f + F_PARENT] = caller
    m[f + F_CALLER] = AWAITED
    m[f + F_NUMBER] = number
    m[f + F_BRANCH] = branch
    m[f + F_OCCURRENCE] = occurrence
    m[f + F_KEY] = m[x + X_KEY]
    m[f + F_SENT_AT] = now
    recorder.sent(r, now, m[site + C_EDGE], ident, number)
    if caller != 0:
        add_child(m, caller, f)
    replica = choose_replica(m, site, f)
    if replica == 0:
        settle(m, r, f, UNAVAILABLE)
        return
    m[f + F_REPLICA] = replica
    m[f + F_STATE] = TRAVELLING
    hop(m, f, m[site + C_REQUEST_STREAM], REACH)
    timeout = m[site + C_TIMEOUT]
    if timeout > 0:
        lane = m[site + C_TIMEOUT_LANE]
        if lane != 0:
            lane_push(m, lane, f + F_TIMER, now + timeout, rank_of(TIMEOUT, ident))
        else:
            heap_push(m, now + timeout, rank_of(TIMEOUT, ident), f)


def hop(m: Words, f: int, stream: int, kind: int) -> None:
    """A request or an answer crosses the network: in a lane when the delay is constant."""
    site = m[f + F_SITE]
    delay = sample(m, m[site + C_HOP], stream, m[f + F_KEY], m[f + F_OCCURRENCE])
    lane = m[site + C_HOP_LANE]
    rank = rank_of(kind, m[f + F_IDENT])
    if lane != 0 and delay > 0:
        lane_push(m, lane, f + F_TRAVEL, m[H_NOW] + delay, rank)
    else:
        after(m, delay, rank, f)


def choose_replica(m: Words, site: int, f: int) -> int:
    """The balancer's choice among the replicas in its list; 0 when the list is empty."""
    service = m[site + C_SERVICE]
    listed = m[service + S_LISTED]
    if listed == 0:
        return 0
    u = 0
    if m[service + S_BALANCE_DRAWS] != 0:
        u = uniform(m, m[site + C_BALANCE_STREAM], m[f + F_KEY], m[f + F_OCCURRENCE])
    index = balance_rule(m[service + S_BALANCE], m[service + S_TURN], listed, u) if listed > 1 else 0
    m[service + S_TURN] += 1
    return m[m[service + S_LIST] + index]


def add_child(m: Words, parent: int, f: int) -> None:
    """The caller waits for one more attempt, the last in its list."""
    at = parent + F_CHILD
    while m[at] != 0:
        at = m[at] + F_SIBLING
    m[at] = f


def remove_child(m: Words, parent: int, f: int) -> None:
    """The caller is done with an attempt."""
    at = parent + F_CHILD
    while m[at] != f:
        at = m[at] + F_SIBLING
    m[at] = m[f + F_SIBLING]
    m[f + F_SIBLING] = 0


def settle(m: Words, r: Words, f: int, outcome: int) -> None:
    """The caller stops waiting for this attempt, and goes on with its outcome."""
    m[f + F_CALLER] = SETTLED
    m[f + F_OUTCOME] = outcome
    stop_timer(m, f)
    recorder.settled(r, m[H_NOW], m[m[f + F_SITE] + C_EDGE], m[f + F_IDENT], outcome)
    then(m, DO_RESUME, f, outcome)


def stop_timer(m: Words, f: int) -> None:
    """Take the attempt's timeout off its lane, if it is in one (one in the heap is ignored when it fires)."""
    lane = m[m[f + F_SITE] + C_TIMEOUT_LANE]
    if lane != 0 and m[f + F_TIMER] != 0:
        lane_remove(m, lane, f + F_TIMER)
        m[f + F_TIMER] = 0


def expire(m: Words, r: Words, f: int, ident: int) -> None:
    """The timeout of an attempt runs out: the caller gives up, the callee works on."""
    if m[f + F_IDENT] == ident and m[f + F_CALLER] == AWAITED:
        settle(m, r, f, TIMED_OUT)


def reply(m: Words, f: int, outcome: int) -> None:
    """The callee's answer leaves, if anybody still waits for it."""
    if m[f + F_CALLER] == AWAITED:
        m[f + F_OUTCOME] = outcome
        m[f + F_STATE] = REPLYING
        hop(m, f, m[m[f + F_SITE] + C_REPLY_STREAM], REPLY)
    else:
        m[f + F_STATE] = OVER
        release_frame(m, f)


def returned(m: Words, r: Words, f: int) -> None:
    """The callee's answer arrives at the caller."""
    m[f + F_STATE] = OVER
    if m[f + F_CALLER] == AWAITED:
        settle(m, r, f, m[f + F_OUTCOME])
    else:
        recorder.late(r, m[H_NOW], m[m[f + F_SITE] + C_EDGE], m[f + F_IDENT])
        release_frame(m, f)


# -- calls: the callee's side


def reach(m: Words, r: Words, f: int) -> None:
    """A request reaches its replica: it starts, waits or is turned away."""
    now = m[H_NOW]
    replica = m[f + F_REPLICA]
    service = m[replica + R_SERVICE]
    number = m[service + S_NUMBER]
    ident = m[f + F_IDENT]
    if m[replica + R_UP] == 0:
        recorder.turned_away(r, now, number, ident, CRASHED)
        if m[replica + R_SILENT] != 0:
            m[f + F_STATE] = OVER
            release_frame(m, f)
        else:
            reply(m, f, CRASHED)
        return
    verdict = admits(m[replica + R_BUSY], m[service + S_WORKERS], m[replica + R_QUEUE_LENGTH], m[service + S_QUEUE_MAX])
    m[f + F_ARRIVED_AT] = now
    if verdict == START:
        recorder.started_at_once(r, now, number, ident)
        add_resident(m, replica, f)
        begin(m, f)
    elif verdict == WAIT:
        recorder.waiting(r, now, number, ident)
        add_resident(m, replica, f)
        join_queue(m, replica, f)
    else:
        recorder.turned_away(r, now, number, ident, REJECTED)
        reply(m, f, REJECTED)


def add_resident(m: Words, replica: int, f: int) -> None:
    """The replica holds one more request, waiting or at work."""
    last = m[replica + R_RESIDENT_TAIL]
    m[f + F_RESIDENT_PREVIOUS] = last
    m[f + F_RESIDENT_NEXT] = 0
    if last == 0:
        m[replica + R_RESIDENT_HEAD] = f
    else:
        m[last + F_RESIDENT_NEXT] = f
    m[replica + R_RESIDENT_TAIL] = f


def remove_resident(m: Words, replica: int, f: int) -> None:
    """The replica holds one request less."""
    previous, following = m[f + F_RESIDENT_PREVIOUS], m[f + F_RESIDENT_NEXT]
    if previous == 0:
        m[replica + R_RESIDENT_HEAD] = following
    else:
        m[previous + F_RESIDENT_NEXT] = following
    if following == 0:
        m[replica + R_RESIDENT_TAIL] = previous
    else:
        m[following + F_RESIDENT_PREVIOUS] = previous


def join_queue(m: Words, replica: int, f: int) -> None:
    """A request waits, last in the queue."""
    m[f + F_STATE] = WAITING
    m[f + F_QUEUE_NEXT] = 0
    last = m[replica + R_QUEUE_TAIL]
    if last == 0:
        m[replica + R_QUEUE_HEAD] = f
    else:
        m[last + F_QUEUE_NEXT] = f
    m[replica + R_QUEUE_TAIL] = f
    m[replica + R_QUEUE_LENGTH] += 1


def leave_queue(m: Words, replica: int) -> int:
    """The request that waits longest leaves the queue."""
    f = m[replica + R_QUEUE_HEAD]
    m[replica + R_QUEUE_HEAD] = m[f + F_QUEUE_NEXT]
    if m[replica + R_QUEUE_HEAD] == 0:
        m[replica + R_QUEUE_TAIL] = 0
    m[replica + R_QUEUE_LENGTH] -= 1
    return f


def begin(m: Words, f: int) -> None:
    """A worker takes the request."""
    m[m[f + F_REPLICA] + R_BUSY] += 1
    m[f + F_STATE] = WORKING
    m[f + F_STARTED_AT] = m[H_NOW]
    m[f + F_AT] = m[m[f + F_OPERATION] + O_ENTRY]
    then(m, DO_START, f, 0)


def finish(m: Words, r: Words, f: int, outcome: int) -> None:
    """The handler ends: the worker goes to the next in the queue, the answer to the caller."""
    now = m[H_NOW]
    replica = m[f + F_REPLICA]
    number = m[m[replica + R_SERVICE] + S_NUMBER]
    orphan = 0 if m[f + F_CALLER] == AWAITED else 1
    recorder.ended(r, now, number, m[f + F_IDENT], outcome, now - m[f + F_STARTED_AT], orphan)
    remove_resident(m, replica, f)
    m[replica + R_BUSY] -= 1
    if m[replica + R_QUEUE_LENGTH] > 0:
        following = leave_queue(m, replica)
        recorder.started_after(r, now, number, m[following + F_IDENT], now - m[following + F_ARRIVED_AT])
        begin(m, following)
    reply(m, f, outcome)
