"""A long run: many restarts, with everything going on at once, and nothing adds up."""

from __future__ import annotations

import os
import random
import signal
import time
import uuid
from pathlib import Path

import psutil
import pytest

from otorepair_like.loop.user_edits import STARTS, YOUNG
from tests.support.otorepair import Run, running
from tests.support.supervise import marked, until

RESTARTS = int(os.environ.get("SOAK_RESTARTS", "25"))
"""The whole soak has 200; see .ci/run."""
WARM = 10
"""Restarts before the first look; by then everything is imported, and every buffer has its size."""
APP = """\
trap '' USR1
setsid sleep 1000 &
(sleep 1000 & exec sleep 1000 &)
sleep 1000 &
echo start {number}
wait
"""
FAMILY = 5
"""The shell, its job, its daemon, and two of a double fork."""
MIB = 1024 * 1024


class Soaked:
    """A run, and what it uses."""

    def __init__(self, run: Run, mark: str) -> None:
        self.mark, self.process = mark, psutil.Process(run.process.pid)

    def family(self) -> list[psutil.Process]:
        """The child's processes: not otorepair's own, which are marked too."""
        return [process for process in marked(self.mark) if process.name() in ("sh", "sleep")]

    def used(self) -> tuple[int, int, int]:
        """Processes and descriptors, ours and the spawner's, and our memory in bytes."""
        until(lambda: len(self.family()) == FAMILY, "one family, and no other")
        spawner = min(self.process.children(), key=lambda process: process.create_time())
        ours = [process for process in marked(self.mark) if process not in self.family()]
        return len(ours), self.process.num_fds() + spawner.num_fds(), self.process.memory_info().rss


def storm(folder: Path, number: int) -> None:
    """Files that are written, renamed and removed, seen and unseen."""
    for place in range(20):
        (folder / f"module{place}.py").write_text(f"value = {number}\n")
        (folder / "build" / f"{place}.py").write_text(str(number))
    (folder / "module0.py").replace(folder / "renamed.py")
    (folder / "renamed.py").unlink()


def disturb(soaked: Soaked, chance: random.Random) -> None:
    """A signal that should change nothing, to us or to one of the family that is not the leader."""
    if chance.random() < 0.5:
        soaked.process.send_signal(chance.choice([signal.SIGUSR1, signal.SIGCONT, signal.SIGWINCH]))
    elif sleeping := [process for process in soaked.family() if process.name() == "sleep"]:
        chance.choice(sleeping).send_signal(chance.choice([signal.SIGSTOP, signal.SIGKILL, signal.SIGTERM]))


@pytest.mark.timeout(300)
def test_restarts_storms_and_signals_leave_nothing_behind(workspace: Path, home: Path) -> None:
    chance, mark, app = random.Random(3), uuid.uuid4().hex, workspace / "app.sh"
    (workspace / ".gitignore").write_text("build/\n")
    (workspace / "build").mkdir()
    app.write_text(APP.format(number=0))
    options = ["--watch", ".", "--backend", "none", "--json"]
    env = {"MARKER": mark, "OTOREPAIR_DEBOUNCE": "0.02"}
    with running([*options, "--", "sh", "app.sh"], workspace, home, env) as run:
        soaked = Soaked(run, mark)
        run.event("Notice")  # the watch is armed
        run.prints("start 0\n")
        before = (0, 0, 0)
        for number in range(1, RESTARTS + WARM + 1):
            disturb(soaked, chance)
            storm(workspace, number)
            app.write_text(APP.format(number=number))
            run.prints(f"start {number}\n")
            if number % (STARTS - 1) == 0:  # else the files would count as the program's own
                started = time.monotonic()
                until(lambda started=started: time.monotonic() - started > YOUNG, "an older start")
            if number == WARM:
                before = soaked.used()
        after = soaked.used()
        print(f"{RESTARTS} restarts: (processes, descriptors, bytes) {before} -> {after}")
        assert after[:2] == before[:2]
        assert after[2] - before[2] < MIB
        run.interrupt(signal.SIGTERM)
        assert run.wait() == 143
    until(lambda: not marked(mark), "the end of all")
