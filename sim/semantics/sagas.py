"""How far a saga has come, and where it goes on: what an orchestrator keeps of each, and the rules of both engines.

    begun --written--> FORWARD: step 1, step 2, ... --all done--> COMPLETED
                          | a step failed, or the deadline is over
                          v
                       BACKWARD: undo what is done, the last first --all undone--> COMPENSATED
                          `-- an undo failed for good, or something cannot be undone --> PARKED

It is written before a step and after it; what was written last is where it is resumed after a crash, so that a step may be done
again and none is forgotten. A step whose outcome is unknown (an attempt timed out, or was lost in a crash) may be done: it is
*in doubt*, and is undone as if it were done. One that its callee says has failed has had no effect. What is done and has no
undo, and what follows a pivot, is never undone: then the saga goes forward, or is parked. Undos go on after one was parked.
"""

from sim.rows import Row
from sim.shared import shared

# what is written of a saga
STEP = 0  # a step is about to be done
DONE = 1  # it is done
UNDOING = 2  # it is about to be undone
UNDONE = 3  # it is undone
STUCK = 4  # it cannot be undone
DECIDED = 5  # all have prepared, and will commit

# how a saga ends
COMPLETED = 1
COMPENSATED = 2
PARKED = 3


# what a participant keeps of its step, where nobody leads the saga
NOTE_DONE = 0
NOTE_FAILED = 1
NOTE_UNDONE = 2
NOTE_STUCK = 3

# what a participant asks before it does anything
IS_OPEN = 0  # has the saga not ended?
IS_NEW = 1  # is the step neither done nor failed?
IS_NEW_UNDO = 2  # is it not undone?
IN_TIME = 3  # is the deadline not over?
WAS_DONE = 4  # is the step done?


class SagaState(Row):
    """What is known of a saga: ``resume_at`` is 0 until it was written for the first time."""

    resume_at: int  # where its program goes on after a crash
    give_up_at: int  # and where when its deadline is over
    backward: int  # whether it is being undone, or is decided: it goes on whatever the deadline
    kept_backward: int  # and whether that is written
    doubt: int  # whether the step under way may be done, though nobody says so
    stuck: int  # whether something will not be undone
    overdue: int  # whether its deadline is over
    began: int
    exposed: int  # 1 + when its first effect may have been seen; 0: not yet
    told: int  # whether the first participant will hear of it, as far as who began it knows
    done: int  # a bit for each step, as its participants keep it, and so the next two
    failed: int
    undone: int


@shared
def attempt_failed(saga: SagaState, unanswered: bool) -> None:  # noqa: FBT001
    """An attempt of the step, or of the undo, under way failed: without an answer nobody knows whether it was done."""
    if unanswered:
        saga.doubt = 1


@shared
def written(saga: SagaState, what: int, resume_at: int, give_up_at: int) -> bool:
    """What becomes of a saga is kept from now on. Returns whether it goes no further, as its deadline is over."""
    saga.resume_at = resume_at
    saga.doubt = 0
    if what >= UNDOING:
        saga.backward = 1
        saga.kept_backward = 1
        if what == STUCK:
            saga.stuck = 1
        return False
    saga.give_up_at = give_up_at
    return saga.overdue != 0


@shared
def in_doubt(saga: SagaState) -> bool:
    """The step under way failed for good. Returns whether it may be done even so."""
    saga.backward = 1
    return saga.doubt != 0


@shared
def deadline_over(saga: SagaState) -> bool:
    """Its deadline is over. Returns whether what it does now is to be given up."""
    saga.overdue = 1
    if saga.backward != 0 or saga.resume_at == 0:
        return False
    saga.backward = 1
    return True


@shared
def resumed(saga: SagaState) -> int:
    """Who leads it comes back, and knows what was written: the step then under way may be done. Returns where it goes on."""
    saga.backward = saga.kept_backward
    saga.doubt = 1
    if saga.backward == 0 and saga.overdue != 0:
        saga.backward = 1
        return saga.give_up_at
    return saga.resume_at


@shared
def verdict_of(saga: SagaState, completed: int) -> int:
    """How a saga ends that has no more to do."""
    if completed != 0:
        return COMPLETED
    return PARKED if saga.stuck != 0 else COMPENSATED


@shared
def is_known(saga: SagaState) -> bool:
    """Whether its first participant has heard of a saga, or will: who begins it again need not tell it again."""
    return saga.told != 0 or (saga.done | saga.failed) & 1 != 0


@shared
def answered(saga: SagaState, now: int, deadline: int, step: int, question: int) -> bool:
    """Whether what a participant asks of its saga is so."""
    bit = 1 << step
    if question == IS_NEW:
        return (saga.done | saga.failed) & bit == 0
    if question == IS_NEW_UNDO:
        return saga.undone & bit == 0
    if question == IN_TIME:
        return deadline == 0 or now < saga.began + deadline
    return question == IS_OPEN or saga.done & bit != 0


@shared
def noted(saga: SagaState, step: int, what: int) -> None:
    """A participant keeps what has become of its step: the first time, as it looks before it does anything."""
    bit = 1 << step
    if what == NOTE_DONE:
        saga.done |= bit
    elif what == NOTE_FAILED:
        saga.failed |= bit
    else:
        saga.undone |= bit
        if what == NOTE_STUCK:
            saga.stuck = 1
