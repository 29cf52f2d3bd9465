"""What each agent CLI costs to start, what driving it adds, and how soon a failure is named.

    python -m benchmarks.agents                   every CLI that is there, and a fake one
    python -m benchmarks.agents claude --rounds 9  one of them

Each real CLI (installed by ``scripts/agents``, or on PATH) talks to a scripted model on loopback, so no time is the
model's. One prompt, one answer: run alone and under the driver in turn, one pair more first, which does not count.
Shown are medians; what driving adds is the median of the pairs' differences. A failure is *shown* when the CLI prints
what it is known by, counted from its start, and *named* when the driver has returned with its reason and nothing of
the CLI is left. Run it from the root of the repository.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio

from otorepair_like.agents.cli_agent import EDITS_ONLY, CliAgent, Powers
from otorepair_like.agents.command import CommandAgent
from otorepair_like.agents.protocol import AgentEvent, Finished, Reason, Retry, Task
from otorepair_like.agents.reader import Reader
from otorepair_like.incident import Frame, Incident
from otorepair_like.supervise.process.launch import Launcher
from otorepair_like.supervise.process.spawner import Spawner
from tests.support.agents_kits import DONE, KITS
from tests.support.agents_real import Stage, installed
from tests.support.model_server import CUT, FOR_EVER, Fault, ModelServer

FAKE = "cat >/dev/null; for n in 1 2 3 4 5; do sleep 0.1; echo working; done"
"""Half a second of work, as long as the quickest agent CLI takes to say hello."""
FAILURES = {
    "401": Fault(401, "authentication_error", "invalid x-api-key", FOR_EVER),
    "404 model": Fault(404, "not_found_error", "The model `nonesuch` does not exist", FOR_EVER),
    "429 for ever": Fault(429, "rate_limit_error", "Rate limit reached", FOR_EVER),
    "529 for ever": Fault(529, "overloaded_error", "Overloaded", FOR_EVER),
    "cut for ever": Fault(CUT, times=FOR_EVER),
}
WITHIN = 60.0
"""Seconds a run may take."""


@dataclass
class Timed:
    """A reader that knows when it was shown how the run ends."""

    inner: Reader
    at: float = 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def line(self, stream: str, line: str) -> Iterator[AgentEvent]:
        """As the inner one; notes the time of an end, of a retry, and of a complaint before either."""
        for event in self.inner.line(stream, line):
            if isinstance(event, Finished | Retry):
                self.at = time.perf_counter()
            yield event
        self.at = self.at or (time.perf_counter() if self.inner.complaints else 0.0)


def pair(alone: list[float], driven: list[float]) -> str:
    """Medians of both, and of their differences."""
    one, other = statistics.median(alone), statistics.median(driven)
    extra = statistics.median(b - a for a, b in zip(alone, driven, strict=True))
    added = f"{1000 * extra:+.0f} ms, {100 * extra / one:+.1f} %"
    return f"alone {1000 * one:.0f} ms, driven {1000 * other:.0f} ms: {added}"


async def compared(agent: CliAgent, argv: list[str], task: Task, rounds: int) -> str:
    """``argv`` alone and ``agent``, which runs the same, in turn."""
    alone, driven = [], []
    for _ in range(rounds + 1):
        began = time.perf_counter()
        subprocess.run(
            argv,
            input=task.prompt.encode(),
            cwd=task.folder,
            env=agent.environment(),
            capture_output=True,
            check=True,
        )
        alone.append(time.perf_counter() - began)
        began = time.perf_counter()
        await agent.repair(task, lambda _: None)
        driven.append(time.perf_counter() - began)
    return pair(alone[1:], driven[1:])


async def failure(stage: Stage, fault: Fault, task: Task) -> str:
    """When a failure was shown and named."""
    with ModelServer([DONE], faults=[fault]) as model:
        agent = stage.agent(model)
        reader = Timed(agent.reader())
        agent.reader = lambda: reader  # type: ignore[method-assign, assignment, return-value]
        began = time.perf_counter()
        finished = await agent.repair(task, lambda _: None)
        ended = time.perf_counter()
    if finished.reason is Reason.OK:
        return "not seen by the CLI"
    return f"{finished.reason:<10} shown after {reader.at - began:5.1f} s, named {ended - reader.at:4.1f} s later"


async def second_prompts(stage: Stage, task: Task, rounds: int) -> str:
    """What a prompt costs that a running Claude Code answers."""
    with ModelServer([DONE]) as model:
        agent = stage.agent(model, Powers(resident=True))
        spent = []
        for _ in range(rounds + 1):
            began = time.perf_counter()
            await agent.repair(task, lambda _: None)
            spent.append(time.perf_counter() - began)
    return f"first {1000 * spent[0]:.0f} ms, then {1000 * statistics.median(spent[1:]):.0f} ms"


async def measure(name: str, launcher: Launcher, folder: Path, rounds: int) -> None:
    """Print what is known of one real CLI."""
    work = folder / "work"
    work.mkdir()
    (work / "app.py").write_text("def ratio(a, b):\n    return a / b\n")
    stage = Stage(name, launcher, work, folder / "home")
    incident = Incident(
        "ZeroDivisionError", "division by zero", frames=(Frame("app.py", 2, "ratio", own=True),)
    )
    task = Task(incident, "The command failed.", work, WITHIN)
    with ModelServer([DONE]) as model:
        agent = stage.agent(model, EDITS_ONLY)
        files = [str(stage.file)] if name == "aider" else []
        argv = [str(stage.home / "bin" / name), *agent.repair_arguments(), *files]
        print(f"{name:<9} one answer    {await compared(agent, argv, task, rounds)}", flush=True)
    if name == "claude":
        print(f"{name:<9} resident      {await second_prompts(stage, task, rounds)}", flush=True)
    for kind, fault in FAILURES.items():
        print(f"{name:<9} {kind:<13} {await failure(stage, fault, task)}", flush=True)


async def main(spawner: Spawner, names: list[str], rounds: int) -> None:
    """Print the whole table."""
    launcher = Launcher(spawner)
    with tempfile.TemporaryDirectory(prefix="otorepair-benchmark-") as folder:
        environ = {"PATH": os.defpath}
        agent = CommandAgent(launcher, f"sh -c '{FAKE}'", environ)
        task = Task(Incident("E", "m"), "The command failed.", Path(folder), WITHIN)
        print(f"{'a fake':<9} one answer    {await compared(agent, ['sh', '-c', FAKE], task, 4 * rounds)}")
        for name in names:
            if installed(name) is None:
                print(f"{name:<9} is not installed: scripts/agents {name}")
                continue
            place = Path(folder) / name
            place.mkdir()
            await measure(name, launcher, place, rounds)
    await launcher.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", choices=[[], *KITS], help="of agent CLIs; default: all")
    parser.add_argument("--rounds", type=int, default=5, help="pairs that count (default 5)")
    given = parser.parse_args()
    forked = Spawner.fork()
    try:
        anyio.run(main, forked, given.names or list(KITS), given.rounds)
    finally:
        forked.close()
    sys.exit(0)
