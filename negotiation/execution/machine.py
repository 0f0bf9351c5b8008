"""What this machine gives: the processors that may be used, and the memory that is."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

_GROUPS = Path("/sys/fs/cgroup")
_OWN = Path("/proc/self/cgroup")


def processors(groups: Path = _GROUPS, own: Path = _OWN) -> int:
    """Return the processors that the affinity and the quota of the control group allow; 1 at least.

    Parameters
    ----------
    groups, own : Path
        Where Linux shows control groups, and which of them this process is in.
    """
    count = os.cpu_count() or 1
    if sys.platform == "linux":
        with suppress(OSError):
            count = min(count, len(os.sched_getaffinity(0)))
    quota = _quota(groups, own)
    return max(1, count if quota is None else min(count, int(quota)))


def _quota(groups: Path, own: Path) -> float | None:
    """Return the smallest quota of the groups this process is in, in processors."""
    found: list[float] = []
    try:
        lines = own.read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    for line in lines:
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if number == "0" and not controllers:
            roots = [groups, groups / "unified"]
        elif "cpu" in controllers.split(","):
            roots = [groups / controllers, groups / "cpu"]
        else:
            continue
        for root in roots:
            # Within a container the group may be seen under another path than that of the host.
            folder = Path(f"{root}{path}")
            for each in (folder, *folder.parents):
                found.extend(_own_quota(each))
                if each == root:
                    break
            found.extend(_own_quota(root))
    return min(found, default=None)


def _own_quota(folder: Path) -> list[float]:
    with suppress(OSError, ValueError):  # cgroup v2
        limit, period = (folder / "cpu.max").read_text(encoding="ascii").split()
        return [] if limit == "max" else [int(limit) / int(period)]
    with suppress(OSError, ValueError):  # cgroup v1
        limit = (folder / "cpu.cfs_quota_us").read_text(encoding="ascii")
        period = (folder / "cpu.cfs_period_us").read_text(encoding="ascii")
        return [int(limit) / int(period)] if int(limit) > 0 else []
    return []


def memory() -> int:
    """Return the bytes that this process and those it started hold; 0 where that is not known."""
    if sys.platform != "linux":
        return 0
    own = os.getpid()
    pages = _pages(own)
    with suppress(OSError):
        for task in Path(f"/proc/{own}/task").iterdir():
            with suppress(OSError):
                started = (task / "children").read_text(encoding="ascii").split()
                pages += sum(map(_pages, map(int, started)))
    return pages * os.sysconf("SC_PAGE_SIZE")


def _pages(process: int) -> int:
    with suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    return 0
