"""The errors a user can meet.

    EventflowError
    |-- ScenarioError        the declaration is wrong: says file, line, column, field and remedy   (sim.scenario.loader)
    |-- UnsupportedError     an engine cannot run this scenario: names the mechanic
    |-- RunawayError         a run does not move on: an instant without end, a trace without bound
    |-- OutOfMemoryError     a run needs more memory than there is: says how much, and what takes less
    |-- ComparisonError      two results cannot be paired: says why, and what would make them alike
    `-- LedgerError          a run whose books do not balance: an error of ours, never a result
"""


class EventflowError(Exception):
    """Base of every error that eventflow raises on purpose."""


class UnsupportedError(EventflowError):
    """The chosen engine does not know a mechanic of the scenario."""


class RunawayError(EventflowError):
    """A run was stopped because it exceeded a limit that no sensible model reaches."""

    def __init__(self, time_ns: int, what: str, place: int | None = None) -> None:
        super().__init__(f"stopped at {time_ns / 1e9:.9f} s of simulated time: {what}")
        self.time_ns = time_ns
        self.place = place
        """The number of the operation, topic or queue that is to blame, where an engine has no name at hand."""


class OutOfMemoryError(EventflowError, MemoryError):
    """A run needs more memory than the machine has, or than its user allows."""


class ComparisonError(EventflowError, ValueError):
    """Two results cannot be paired; the message says why, and what would make them alike."""


class LedgerError(EventflowError):
    """What came in is not what went out and is still inside."""
