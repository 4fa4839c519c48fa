"""Chance: the value of a stream for an occurrence of a trace, whenever it is asked for."""

from sim.draws import CONSTANT, below, bits, draw
from sim.engine.compiled_engine.state import Trace, World
from sim.semantics.rules import OWN_KEY_SHIFT


def uniform(m: World, stream: int, key: int, occurrence: int) -> int:
    """A uniform number in [0, 2**63): that of this stream for this occurrence of this trace."""
    return bits(m.keys[stream], key, occurrence)


def sample(m: World, distribution: int, stream: int, key: int, occurrence: int) -> int:
    """A duration in ns: the value of this stream for this occurrence of this trace, whenever it is asked for."""
    if m.tables[distribution] == CONSTANT:
        return m.tables[distribution + 1]
    return draw(m, m.tables.at + distribution, uniform(m, stream, key, occurrence))


def partition_key(m: World, x: Trace) -> int:
    """The key of a trace: one of those of its flow, or one of its own. It is drawn where it is asked for, always the same."""
    flow = x.flow
    u = uniform(m, flow.key_stream, x.key, 0)
    if flow.keys == 0:
        return u >> OWN_KEY_SHIFT
    return below(u, flow.keys) if flow.key_table < 0 else draw(m, m.tables.at + flow.key_table, u)
