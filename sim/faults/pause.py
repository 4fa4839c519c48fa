"""The world of a replica stops, again and again: a collection of garbage, a migration, a signal.

    replica 1   works |stands still| works ............ |stands still| works       each by itself, `every` so long
    replica 2   works ........ |stands still| works ............ |stands still|    from a time of its own on

In a pause work stands still, and no request, answer or cancellation that comes is taken up; that is done when it is over. Time
goes on: timeouts run out, those of the callers and those of its own calls, and it learns of its own after the pause. What waits
for a store, a broker, a lock or a place at a guard goes on when it has that, and its next work stands still.
"""

from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.faults.effects import Effect, Halted, Stopped
from sim.scenario.chance import Chance
from sim.scenario.distributions import Distribution
from sim.scenario.kinds import Fault
from sim.scenario.units import PositiveDuration

TIMES_MAX = 10_000
TOGETHER = ("every", "length")


class Pause(Fault):
    """The struck replicas stop, each by itself, and go on; without `every` and `length` once, for the whole fault.

    Source: Jepsen's nemesis that stops processes and lets them go on (SIGSTOP, SIGCONT); collections of garbage that stop
    the world.
    """

    kind: Literal["pause"] = Field(default="pause", description="Always 'pause'.")
    every: PositiveDuration | None = Field(
        default=None,
        description="From the begin of a pause to that of the next; a replica's first one begins within the first `every`.",
    )
    length: Distribution | None = Field(
        default=None,
        description="How long each pause is: a duration or a distribution; one that lasts to the begin of the next joins it.",
    )

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        lacking = [key for key in TOGETHER if getattr(self, key) is None]
        if len(lacking) == 1:
            message = "missing key '{key}'; write every and length, or neither of them for one pause"
            given = next(key for key in TOGETHER if key not in lacking)
            raise PydanticCustomError("pause", message, {"at": given, "key": lacking[0]})
        length = self.random.mttr if self.random is not None else self.end - self.at
        if self.every is not None and length > TIMES_MAX * self.every:
            message = "more than {most} pauses; write a longer time"
            raise PydanticCustomError("pause", message, {"at": "every", "most": TIMES_MAX})
        return self

    @property
    def by_chance(self) -> bool:
        """Whether when it pauses is drawn."""
        return self.every is not None

    def effects(self) -> tuple[Effect, ...]:
        """Return the pauses of a replica that begins with one, all as long as they are on average."""
        if self.every is None or self.length is None:
            return self._stopped(self.at, self.end)
        mean = max(1, round(self.length.mean_ns))
        begins = range(self.at, self.end, self.every)
        return tuple(one for begin in begins for one in self._stopped(begin, min(begin + mean, self.end)))

    def effects_by(self, chance: Chance) -> tuple[Effect, ...]:
        """Return the pauses of a replica: when the first one begins, and how long each is, by chance."""
        if self.every is None or self.length is None:
            return self.effects()
        found: list[Effect] = []
        for begin in range(self.at + chance.below(self.every), self.end, self.every):
            length = chance.duration(self.length)
            if length > 0:
                found += self._stopped(begin, min(begin + length, self.end))
        return tuple(found)

    @staticmethod
    def _stopped(begin: int, end: int) -> tuple[Effect, ...]:
        return Stopped(begin, end), Halted(begin, end)
