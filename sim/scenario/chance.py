"""What a fault that does what it does by chance is given to draw from."""

from typing import Any, Protocol


class Chance(Protocol):
    """The draws of a fault for one thing that it strikes, one after the other."""

    def below(self, limit: int) -> int:
        """Return a whole number from 0 on and below ``limit``."""

    def duration(self, distribution: Any) -> int:
        """Return a duration in ns."""
