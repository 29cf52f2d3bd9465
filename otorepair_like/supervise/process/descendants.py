"""The living descendants of a process."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # importing typing takes longer than forking
if TYPE_CHECKING:
    from psutil import Process

PR_SET_CHILD_SUBREAPER = 36
"""From ``linux/prctl.h``; see prctl(2)."""


def adopt_orphans() -> None:
    """Make this process the parent of its orphaned descendants (Linux; elsewhere they go to process 1)."""
    if sys.platform == "linux":
        from otorepair_like.supervise.process.lowlevel import prctl

        prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


class Family:
    """The descendants of this process, which has adopted its orphans where that is possible."""

    __slots__ = ("_seen",)

    exact = sys.platform == "linux"
    """Whether one look tells all; if not, look now and then to see those who will leave."""

    def __init__(self) -> None:
        self._seen: set[Process] = set()

    def members(self) -> list[int]:
        """Process ids of all descendants that run."""
        return _from_proc() if self.exact else self._from_snapshots()

    def _from_snapshots(self) -> list[int]:
        """Without adoption an orphan's parent is lost: remember everyone ever seen as a descendant."""
        import psutil

        for relative in [psutil.Process(), *self._seen]:
            try:
                self._seen.update(relative.children(recursive=True))
            except psutil.Error:
                continue
        self._seen = {relative for relative in self._seen if _runs(relative)}
        return [relative.pid for relative in self._seen]


def _runs(process: Process) -> bool:
    import psutil

    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _from_proc() -> list[int]:
    return _below(os.getpid())


def _below(ancestor: int) -> list[int]:
    """Return the living descendants of ``ancestor``.

    One pass over ``/proc/*/stat``: ``pid (name) state ppid``, see proc(5); the name may hold anything.
    """
    children: dict[int, list[int]] = {}
    zombies = set()
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb", buffering=0) as stat:
                state, parent = stat.read(4096).rpartition(b")")[2].split(None, 2)[:2]
        except OSError:
            continue  # it ended meanwhile
        children.setdefault(int(parent), []).append(int(name))
        if state in b"ZX":
            zombies.add(int(name))
    found: list[int] = []
    frontier = children.get(ancestor, [])
    while frontier:
        found += frontier
        frontier = [child for parent in frontier for child in children.get(parent, ())]
    return [pid for pid in found if pid not in zombies]


def group_mates() -> list[int]:
    """Return the process ids of the others in our process group: a script around us, the rest of a pipeline."""
    if sys.platform != "linux":
        import psutil

        return [pid for pid in psutil.pids() if pid != os.getpid() and _group(pid) == os.getpgrp()]
    return [
        int(name)
        for name in os.listdir("/proc")
        if name.isdigit() and int(name) != os.getpid() and _group(int(name)) == os.getpgrp()
    ]


def opens_terminal(leader: int, name: str) -> bool:
    """Return whether the process ``leader`` or one below it has opened its terminal ``name`` by itself (Linux).

    What leads there as stdout or stderr was given to it.
    """
    for pid in [leader, *_below(leader)] if sys.platform == "linux" else ():
        folder = f"/proc/{pid}/fd"
        try:
            for number in os.listdir(folder):
                if number not in ("1", "2") and os.readlink(f"{folder}/{number}") in ("/dev/tty", name):
                    return True
        except OSError:
            continue  # it ended meanwhile
    return False


def _group(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except OSError:
        return 0
