"""What driving an agent costs on top of running it: the same fake CLI alone and under the driver, in turns.

Run it from the root of the repository: ``python -m benchmarks.agents``.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import anyio

from otorepair_like.agents.command import Command
from otorepair_like.agents.protocol import Task
from otorepair_like.incident import Incident
from otorepair_like.supervise.launch import Launcher
from otorepair_like.supervise.spawner import Spawner

ROUNDS = 20
AGENT = "cat >/dev/null; for n in 1 2 3 4 5; do sleep 0.1; echo working; done"
"""Half a second of work, as long as the quickest agent CLI takes to say hello."""


async def main(spawner: Spawner) -> None:
    """Print the medians and their difference."""
    launcher = Launcher(spawner)
    environ = {"PATH": "/usr/bin:/bin"}
    agent = Command(launcher, f"sh -c '{AGENT}'", environ)
    alone, driven = [], []
    with tempfile.TemporaryDirectory() as folder:
        task = Task(Incident("E", "m"), "The command failed.", Path(folder), 30.0)
        for _ in range(ROUNDS):
            began = time.perf_counter()
            subprocess.run(
                ["sh", "-c", AGENT], input=b"x", cwd=folder, env=environ, capture_output=True, check=True
            )
            alone.append(time.perf_counter() - began)
            began = time.perf_counter()
            await agent.repair(task, lambda _: None)
            driven.append(time.perf_counter() - began)
    one, other = statistics.median(alone), statistics.median(driven)
    extra = f"{1000 * (other - one):.1f} ms more, {100 * (other - one) / one:.1f} %"
    print(f"alone {1000 * one:.1f} ms, driven {1000 * other:.1f} ms: {extra}")


if __name__ == "__main__":
    forked = Spawner.fork()
    try:
        anyio.run(main, forked)
    finally:
        forked.close()
    sys.exit(0)
