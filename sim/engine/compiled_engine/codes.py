"""What words of rows mean."""

NEVER = (1 << 63) - 1  # no time: of an empty fixed-delay queue
FREE = -1  # the identity of a span that is not in use

# In place of the outcome of a step
WAITS = -1  # it is not done yet

# Bits of an address in rows of which there are many: of any row (512 GiB), of a channel
ADDRESS_BITS = 36
CHANNEL_BITS = 27

# World.status: why the loop came back
RUNNING = 0
DONE = 1
GROW = 2
REFILL = 3
PAUSE = 4
RUNAWAY = 5
CROWDED = 6  # a trace came to one place too often
LONG_JOURNAL = 7  # the host takes the journal of the recording

# Trace.counts: of two places a word, each how often, and above it the place that was visited before, and one more
COUNT_BITS = 32
COUNT_MASK = (1 << COUNT_BITS) - 1
VISIT_BITS = 16
VISITS = (1 << VISIT_BITS) - 1

# Span.caller: does somebody wait?
GONE = 0
AWAITED = 1
SETTLED = 2  # about to go on with the outcome
RETRYING = 3  # waiting to send the next attempt
WHOLE = 5  # it is no attempt, but a call as a whole, which guards outside of its retry have let go
FORKED = 6  # it is no attempt, but a branch that its handler waits for
LEFT = 4  # the caller needs no answer any more, or is no more; what is on the agenda for it is not done

# Span.admitted: who hears how it ended
BY_GUARDS = 1
WITH_BUDGET = 2

# Span.state: where the execution is
OVER = 0
TRAVELLING = 1
WAITING = 2
WORKING = 3
REPLYING = 4
RESTING = 5  # a delivery between two attempts
CALLED_BACK = 7  # on its way, and cancelled before it has come
PREEMPTED = 8  # begun, and waiting for a worker again
STOPPED = 9  # cancelled; what is on the agenda for it is not done
HANDING_ON = 6  # a delivery that failed for good, until the topic for those has it

# Agenda.action: what follows without delay, first caused first
DO_LOAD = 0  # a flow's first arrival is put on the calendar
DO_ARRIVE = 1
DO_CLIENT = 2
DO_START = 3
DO_RESUME = 4
DO_BRANCH = 5
DO_JOIN = 6
DO_EVENT = 7  # a calendar event without delay: its rank and argument
DO_GO_ON = 8  # a handler whose step is done, with the outcome
DO_CONNECTED = 9  # a handler whose transaction has got its connection, with its identity
DO_FOLLOW = 10  # a user thinks of what it asks for next
DO_SEEN = 11  # a handler whose read has what it waited for, with its identity
DO_ENTER = 12  # the users of a closed flow come
DO_FREE = 13  # a span that was cancelled, or whose caller was: nothing on the agenda is about it any more
DO_WORK_ON = 14  # a handler that has a worker again, with its identity
DO_WENT = 15  # an attempt that waits at a guard no longer, with its identity
DO_LOCKED = 17  # a handler that has got a lock, with its identity
DO_HEAR = 16  # an attempt of a hedged call that was settled, with the outcome
DO_WHOLE = 18  # one of a call that guards outside of its retry hear of, with the outcome
DO_FORK = 19  # a branch that begins, with the address of its instruction
DO_BRANCH_OVER = 20  # one that has ended, with the outcome
