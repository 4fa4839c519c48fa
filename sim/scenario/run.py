"""How long, how finely and how often a scenario is run.

0 ---- warmup ------------------------------- horizon      x replications, each with its own random numbers
       | window | window | window | ...                    all of them from one seed
"""

from typing import Annotated, Any, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.scenario.model import Integer, Model
from sim.scenario.units import Duration, PositiveDuration, format_duration

SECOND = 1_000_000_000
WINDOWS_DEFAULT = 600
WINDOWS_MAX = 100_000
REPLICATIONS_MAX = 100_000
SEED_MAX = 2**63 - 1


def _default_window(settings: dict[str, Any]) -> int:
    horizon: int = settings.get("horizon", 0)
    return max(1, -(-horizon // (WINDOWS_DEFAULT * SECOND))) * SECOND


class Run(Model):
    """Settings of a run.

    Example: {horizon: 60s, warmup: 5s, replications: 10}
    """

    horizon: PositiveDuration = Field(description="How much simulated time a replication covers.")
    warmup: Duration = Field(default=0, description="Simulated time at the start that steady-state metrics leave out.")
    window: PositiveDuration = Field(
        default_factory=_default_window,
        description="Width of the windows that series are counted in; default 1s, or a six-hundredth of a horizon "
        "longer than 10m, rounded up to whole seconds.",
    )
    replications: Annotated[Integer, Field(ge=1, le=REPLICATIONS_MAX)] = Field(
        default=10, description="How many independent replications are run."
    )
    seed: Annotated[Integer, Field(ge=0, le=SEED_MAX)] = Field(
        default=1, description="The number that all random draws follow from."
    )

    @model_validator(mode="after")
    def _check_times(self) -> Self:
        if self.warmup >= self.horizon:
            raise self._refuse(
                "warmup", "warmup {warmup} leaves nothing of the horizon {horizon}; write a shorter warmup"
            )
        if self.window > self.horizon:
            raise self._refuse("window", "window {window} is longer than the horizon {horizon}; write a shorter window")
        if self.horizon > self.window * WINDOWS_MAX:
            what = "window {window} cuts the horizon {horizon} into more than 100000 windows"
            raise self._refuse("window", what + "; write a longer window")
        lacking = self.span_lacking()
        if lacking:
            raise PydanticCustomError("run_span", "{lacking}", {"at": "warmup", "lacking": lacking})
        return self

    def measured_windows(self) -> tuple[int, int]:
        """Return the windows ``(first, stop)`` that begin after the warm-up; the last one may be shorter than the others."""
        return -(-self.warmup // self.window), -(-self.horizon // self.window)

    def span_lacking(self) -> str:
        """Return what is wrong, and which lengths would do, when no whole window follows the warm-up; '' when one does."""
        first, _ = self.measured_windows()
        if (first + 1) * self.window <= self.horizon:
            return ""
        shown = {name: format_duration(getattr(self, name)) for name in ("warmup", "window", "horizon")}
        message = f"no whole window of {shown['window']} lies between the end of the warm-up ({shown['warmup']})"
        message += f" and the horizon ({shown['horizon']}), so nothing could be measured"
        shortest = (self.horizon // self.window - 1) * self.window
        remedies = [f"warmup of at most {format_duration(shortest)}", f"horizon of at least {format_duration(self._enough())}"]
        narrow = (self.horizon - self.warmup) // 2
        if narrow * WINDOWS_MAX >= self.horizon:
            remedies.append(f"window of at most {format_duration(narrow)}")
        return f"{message}; write a {', or a '.join(remedies)}"

    def _enough(self) -> int:
        """The shortest horizon with a whole window after the warm-up; a window that nobody gave grows with it."""
        horizon = self.horizon
        while True:
            given = "window" in self.model_fields_set
            window = self.window if given else _default_window({"horizon": horizon})
            needed = (-(-self.warmup // window) + 1) * window
            if needed <= horizon:
                return horizon
            horizon = needed

    def _refuse(self, field: str, message: str) -> PydanticCustomError:
        times = {name: format_duration(getattr(self, name)) for name in ("warmup", "window", "horizon")}
        return PydanticCustomError("run_times", message, {"at": field, **times})
