"""Peak memory of this process: `peak_mb()`.

Linux carries `ru_maxrss` over from the process that started this one, so a small program started by a large one looks
large; `VmHWM` of /proc starts afresh with the program.
"""


from __future__ import annotations

import resource
from pathlib import Path


def peak_mb() -> float:
    """Return the largest resident memory so far, in MB of 2^20 bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
