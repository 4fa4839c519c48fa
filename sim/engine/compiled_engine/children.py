"""What a handler waits for, in a list of its own: attempts, and calls that guards outside of their retry have let go."""

from sim.engine.compiled_engine.state import Span
from sim.rows import NOWHERE


def add_child(parent: Span, span: Span) -> None:
    """The caller waits for one more attempt, the last in its list."""
    last = parent.child_last
    span.sibling_previous = last
    if last:
        last.sibling = span
    else:
        parent.child = span
    parent.child_last = span


def remove_child(parent: Span, span: Span) -> None:
    """The caller is done with an attempt."""
    previous, following = span.sibling_previous, span.sibling
    if previous:
        previous.sibling = following
    else:
        parent.child = following
    if following:
        following.sibling_previous = previous
    else:
        parent.child_last = previous
    span.sibling = NOWHERE
    span.sibling_previous = NOWHERE
