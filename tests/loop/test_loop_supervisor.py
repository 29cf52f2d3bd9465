"""The edge of the loop with small fakes: messages become inputs of the machine, and its commands are carried out."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import anyio
import pytest

from otorepair_like import events
from otorepair_like.agents.protocol import Opinion
from otorepair_like.detect import Detector
from otorepair_like.errors import CannotRunError
from otorepair_like.incident import Incident
from otorepair_like.loop.machine.machine import Machine
from otorepair_like.loop.machine.policy import RunPolicy
from otorepair_like.loop.run_parts import Program, Repairs
from otorepair_like.loop.supervisor import Supervisor
from otorepair_like.repair.plan.attempted import Attempted
from otorepair_like.repair.plan.plan import Advise, Try
from otorepair_like.repair.proof.proof import Judgement
from otorepair_like.supervise import messages as child_says
from otorepair_like.supervise.mailbox import Mailbox
from otorepair_like.tickets.ticket import Ticket
from tests.support.loop_story import plan_of

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(60)]
TRACEBACK = b"""Traceback (most recent call last):
  File "/nowhere/app.py", line 3, in <module>
    port = os.environ["PORT"]
KeyError: 'PORT'
"""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class FakeChild:
    """A program that ends when it is told to, and runs ``lives``, one for each start."""

    argv = ("python", "app.py")
    pid = janitor = 0  # no process: nothing is below it

    def __init__(self, mailbox: Mailbox, lives: Sequence[Callable[[FakeChild], None]]) -> None:
        self.mailbox, self._lives = mailbox, list(lives)
        self.calls: list[str] = []

    def start(self) -> int:
        self.calls.append("start")
        self.mailbox.post(child_says.Started(7))
        self._lives.pop(0)(self)
        return 7

    def stop(self, sig: int, timeout: float) -> None:
        self.calls.append(f"stop {sig}")
        self.end(-sig)

    def kill(self) -> None:
        self.calls.append("kill")

    def end(self, status: int, output: bytes = b"") -> None:
        if output:
            self.mailbox.post(child_says.Output("stderr", output))
        self.mailbox.post(child_says.Exited(status))
        self.mailbox.post(child_says.Gone())


class FakeAgents:
    """Applies a change at each attempt."""

    def __init__(self, *, applied: bool = True) -> None:
        self.applied, self.tickets = applied, list[Ticket]()

    async def attempt(self, ticket: Ticket, step: Try | Advise) -> Attempted:
        self.tickets.append(ticket)
        return Attempted(self.applied, nothing=not self.applied, agent=0)

    async def triage(self, incident: Incident) -> Opinion:
        return Opinion(True)


class FakeLedger:
    """Notes what becomes of changes."""

    last_diff = ""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def keep(self, judgement: Judgement) -> None:
        self.calls.append(f"keep {judgement.verdict}")

    def undo(self, judgement: Judgement) -> None:
        self.calls.append(f"undo {judgement.verdict}")

    def undo_newest(self) -> str:
        return "this run has no repair to undo"


class FakeRecorder:
    """Hears the output."""

    output = None
    served = False

    def __init__(self) -> None:
        self.heard = b""

    def hear(self, stream: str, data: bytes) -> None:
        self.heard += data

    async def watch(self) -> None:
        await anyio.sleep_forever()


class FakeLauncher:
    closed = killed = False

    def kill(self) -> None:
        self.killed = True

    async def close(self) -> None:
        self.closed = True


class FakeSignals:
    def __init__(self, *early: int) -> None:
        self._early, self.detached = early, False

    def attach(self, heard: Callable[[int], object]) -> None:
        for number in self._early:
            heard(number)

    def detach(self) -> None:
        self.detached = True


class FakeWatch:
    def __init__(self) -> None:
        self.accepted, self.closed = 0, False

    def accept(self) -> None:
        self.accepted += 1

    def close(self) -> None:
        self.closed = True


class Edge:
    """A supervisor with fakes around it."""

    def __init__(
        self, *lives: Callable[[FakeChild], None], agents: tuple[str, ...] = ("recipes",), **policy: Any
    ) -> None:
        self.mailbox, self.told = Mailbox(), list[events.Event]()
        self.child, self.agents = FakeChild(self.mailbox, lives), FakeAgents()
        self.ledger, self.recorder = FakeLedger(), FakeRecorder()
        self.launcher, self.watch, self.signals = FakeLauncher(), FakeWatch(), FakeSignals()
        self.policy = RunPolicy(**{"healthy_after": 0.2, **policy})
        self.plan = plan_of(agents)

    async def run(self) -> int:
        bus = events.Bus()
        bus.subscribe(self.told.append)
        program: Any = Program(self.child, self.mailbox, Detector(Path("/nowhere"), settle=0.05))  # type: ignore[arg-type]
        repairs: Any = Repairs(self.agents, self.ledger, self.recorder, self.launcher, Path("/nowhere"))  # type: ignore[arg-type]
        supervisor = Supervisor(program, repairs, Machine(self.policy, self.plan), bus, lambda: self.watch)  # type: ignore[arg-type, return-value]
        self.child.start()  # the first start happens before there is a loop
        return await supervisor.run(self.signals)  # type: ignore[arg-type]

    def names(self) -> list[str]:
        return [type(event).__name__ for event in self.told]


def ends(status: int, output: bytes = b"") -> Callable[[FakeChild], None]:
    return lambda child: child.end(status, output)


def lives(child: FakeChild) -> None:
    """Run until stopped."""


async def test_the_exit_code_of_a_program_that_ends_is_ours() -> None:
    edge = Edge(ends(3), agents=())
    assert await edge.run() == 3
    assert edge.names()[-1] == "RunEnded"
    assert edge.launcher.closed
    assert edge.signals.detached


async def test_a_signal_that_comes_early_stops_the_program_and_ends_the_run_by_it() -> None:
    edge = Edge(lives)
    edge.signals = FakeSignals(signal.SIGTERM)
    assert await edge.run() == -signal.SIGTERM
    assert edge.child.calls == ["start", f"stop {signal.SIGTERM}"]


async def test_a_crash_is_repaired_started_again_and_kept() -> None:
    edge = Edge(ends(1, TRACEBACK), ends(0))
    assert await edge.run() == 0
    assert edge.ledger.calls[:1] == ["keep verified"]
    assert edge.child.calls == ["start", "start"]
    assert edge.recorder.heard == TRACEBACK
    (ticket,) = edge.agents.tickets
    assert ticket.incident is not None
    assert (ticket.incident.title, ticket.incident.exit_status) == ("KeyError: 'PORT'", 1)
    assert edge.watch.accepted, "our own change is no edit of the user's"
    assert edge.watch.closed


async def test_a_repair_after_which_the_same_error_comes_again_is_undone() -> None:
    edge = Edge(ends(1, TRACEBACK), ends(1, TRACEBACK))
    edge.plan = plan_of(("recipes",), attempts=1)
    assert await edge.run() == 4
    assert "undo failed" in edge.ledger.calls
    closed = [event for event in edge.told if isinstance(event, events.IncidentClosed)]
    assert [str(event.reason) for event in closed] == ["attempts"]


async def test_an_agent_with_nothing_to_offer_gives_the_crash_up() -> None:
    edge = Edge(ends(1, TRACEBACK))
    edge.agents = FakeAgents(applied=False)
    assert await edge.run() == 4
    assert "BreakerTripped" in edge.names()


async def test_a_file_that_the_user_changes_restarts_a_watched_program() -> None:
    def first(child: FakeChild) -> None:
        child.mailbox.post(child_says.Changed(["/nowhere/app.py"]))

    edge = Edge(first, ends(0), watches=True, agents=())
    with anyio.move_on_after(1.0) as scope:
        await edge.run()
    assert edge.child.calls[:3] == ["start", f"stop {signal.SIGTERM}", "start"]
    assert scope.cancelled_caught or "RunEnded" in edge.names()
    assert "Restarting" in edge.names()


async def test_keys_reach_the_machine_and_the_ledger() -> None:
    def typing(child: FakeChild) -> None:
        for key in "luq":
            child.mailbox.post(child_says.KeyPressed(key))

    edge = Edge(typing)
    assert await edge.run() == 0
    notices = [event.text for event in edge.told if isinstance(event, events.Notice)]
    assert notices[:2] == ["nothing has failed yet", "this run has no repair to undo"]


async def test_a_program_that_cannot_be_started_again_ends_the_run_with_the_shell_s_code() -> None:
    def gone(child: FakeChild) -> None:
        raise CannotRunError("cannot run python", "No such file or directory")

    edge = Edge(ends(1, TRACEBACK), gone)
    assert await edge.run() == 127


async def test_with_a_terminal_nobody_reads_the_output_ends_the_run() -> None:
    edge = Edge(lambda child: child.mailbox.post(child_says.ReaderLeft("stdout", "no space left")))
    assert await edge.run() == 128 + signal.SIGPIPE
    assert any("no space left" in str(event) for event in edge.told)
