"""Links: what happens to what crosses them. The readable engine's verbs, in its order."""

from sim.draws import CONSTANT, bits, draw
from sim.engine.compiled_engine.family_rows import Crossing, Disturbance
from sim.engine.compiled_engine.state import Span, World
from sim.record import links as recorder
from sim.scenario.links import BANDWIDTH, CUT, DUPLICATE, FIRST, LATENCY, LOSS, SECOND
from sim.semantics.links import LOST, crosses, free_again, later
from sim.shared import Words, rare


@rare
def disturb(m: World, r: Words, disturbance: Disturbance, value: int) -> None:
    """What crosses a link is struck from now on, or is no longer."""
    disturbance.lasts = value
    recorder.disturbed(r, m.now, disturbance.number, value)


def way(span: Span) -> int:
    """The distribution of how long the way of an attempt takes: it may be longer between zones."""
    crossing = span.site.crossing
    if crossing.between >= 0 and span.parent:
        here, there = span.parent.replica.zone, span.replica.zone
        if min(here, there) > 0 and here != there:
            return crossing.between
    return span.site.hop


def passed(m: World, r: Words, span: Span, answer: bool) -> int:  # noqa: FBT001
    """How much longer than its way a request, or its answer, takes, in ns; `LOST`: it does not arrive."""
    crossing = span.site.crossing
    struck, cut = False, False
    for index in range(crossing.count):
        one = crossing.disturbances[index]
        if strikes(m, one, span, answer):
            struck = True
            if one.does == CUT:
                cut = True
    recorder.crossed(r, crossing.pipe.number, answer, struck)
    if cut:
        recorder.lost(r, m.now, crossing.pipe.number, span.ident, answer)
        return LOST
    waits = through(m, crossing, span, answer)
    for index in range(crossing.count):
        one = crossing.disturbances[index]
        if one.does == LOSS and strikes(m, one, span, answer) and chance(m, one, span, answer) < one.share:
            recorder.lost(r, m.now, crossing.pipe.number, span.ident, answer)
            return LOST
    return later(waits, added(m, span, answer))


def strikes(m: World, one: Disturbance, span: Span, answer: bool) -> bool:  # noqa: FBT001
    """Whether a fault strikes what crosses now: it lasts, and strikes this direction between these two replicas."""
    if one.lasts == 0:
        return False
    caller, callee = FIRST, SECOND
    if one.sides >= 0:
        caller = m.tables[one.sides + span.parent.replica.number]
        callee = m.tables[one.sides + span.replica.number]
    if answer:
        return crosses(one.directions, callee, caller)
    return crosses(one.directions, caller, callee)


def chance(m: World, one: Disturbance, span: Span, answer: bool) -> int:  # noqa: FBT001
    """The uniform number by which a fault picks a request, or an answer."""
    stream = one.answer_stream if answer else one.request_stream
    return bits(m.keys[stream], span.key, span.occurrence)


def through(m: World, crossing: Crossing, span: Span, answer: bool) -> int:  # noqa: FBT001
    """How long it takes until the last byte is in the pipe: those before it go first."""
    takes = crossing.answer_takes if answer else crossing.request_takes
    for index in range(crossing.count):
        one = crossing.disturbances[index]
        if one.does == BANDWIDTH and strikes(m, one, span, answer):
            takes = max(takes, crossing.answers_take[index] if answer else crossing.requests_take[index])
    if takes == 0:
        return 0
    pipe = crossing.pipe
    if answer:
        pipe.answer_free = free_again(pipe.answer_free, m.now, takes)
        return pipe.answer_free - m.now
    pipe.request_free = free_again(pipe.request_free, m.now, takes)
    return pipe.request_free - m.now


def added(m: World, span: Span, answer: bool) -> int:  # noqa: FBT001
    """How much longer the faults that strike it make the way, in ns."""
    crossing = span.site.crossing
    delay = 0
    for index in range(crossing.count):
        one = crossing.disturbances[index]
        if one.does == LATENCY and strikes(m, one, span, answer):
            more = m.tables[one.delay + 1]
            if m.tables[one.delay] != CONSTANT:
                more = draw(m, m.tables.at + one.delay, chance(m, one, span, answer))
            delay = later(delay, more)
    return delay


def doubled(m: World, r: Words, span: Span) -> bool:
    """Whether a request comes twice."""
    crossing = span.site.crossing
    for index in range(crossing.count):
        one = crossing.disturbances[index]
        if one.does == DUPLICATE and strikes(m, one, span, False) and chance(m, one, span, False) < one.share:
            recorder.doubled(r, m.now, crossing.pipe.number, span.ident)
            return True
    return False


def cut_off(m: World, span: Span) -> bool:
    """Whether a fault cuts off the callee of an attempt, so that it does not hear that nobody waits."""
    crossing = span.site.crossing
    for index in range(crossing.count):
        if crossing.disturbances[index].does == CUT and strikes(m, crossing.disturbances[index], span, False):
            return True
    return False
