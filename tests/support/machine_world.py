"""A small world for the machine: it does what the commands say, offers what may happen next, and watches its rules.

Everything that the edge of the loop does takes one step here: the program starts, ends and is swept; agents, checks
and triage answer unless they are cancelled; a person types and edits whenever they like.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from otorepair_like import events
from otorepair_like.agents.protocol import Opinion
from otorepair_like.attempt import Verdict
from otorepair_like.incident import Frame, Incident
from otorepair_like.loop.machine.machine import Machine, commands, inputs
from otorepair_like.loop.machine.policy import RunPolicy
from otorepair_like.loop.machine.states import RepairState, RunState
from otorepair_like.repair.plan.attempted import CopyProof
from otorepair_like.repair.plan.plan import RepairPlan
from otorepair_like.repair.proof.proof_places import Touched
from tests.support.loop_story import over


def failure(kind: str, line: int, letter: str, **facts: object) -> Incident:
    """An incident at ``line`` of the one file there is."""
    frames = (Frame("app.py", line, "<module>", own=True),)
    return Incident(kind, kind.lower(), frames=frames, fingerprint=letter * 12, **facts)  # type: ignore[arg-type]


KEY, LATER, EARLIER = failure("Key", 5, "a"), failure("Later", 9, "b"), failure("Earlier", 2, "c")
DOUBT = failure("", 5, "d", certain=False)
WARNING = failure("Warning", 5, "e", severity="warning")
PORT = failure("Port", 5, "f", environment="port_in_use")
CRASHES = (KEY, LATER, EARLIER, PORT)
KILLED = Incident("killed", "", fingerprint="0" * 12)

SAW = [inputs.Saw(incident) for incident in (*CRASHES, DOUBT, WARNING)]
DOWN = [
    inputs.ChildDown(0),
    *(inputs.ChildDown(1, incident) for incident in CRASHES),
    inputs.ChildDown(127),
    inputs.ChildDown(-9, KILLED),
    inputs.ChildDown(-15, KILLED),
]
OUTCOMES = [
    over(applied=True),
    over(applied=True, copy_proof=CopyProof(note="pytest ran no tests", empty=True)),
    replace(over(applied=True), request=("GET", "/"), by_itself=False),
    replace(over(applied=True, probation=(Touched("app.py", 4, 6),)), by_itself=False),
    over(applied=False),
    over(applied=False, nothing=True),
    over(applied=False, disabled=frozenset({0})),
    over(applied=False, nothing=True, stop="a person is needed"),
]
OPINIONS = [inputs.Opined(Opinion(error)) for error in (True, False, None)]
ANSWERS = [inputs.Answered(200), inputs.Answered(500), inputs.Answered(None)]
WISHES = [
    inputs.RestartWanted(),
    inputs.PauseWanted(),
    inputs.StopAttemptWanted(),
    *(inputs.FixWanted(incident) for incident in CRASHES),
    inputs.CtrlC(),
    inputs.Interrupted(2),
    inputs.Interrupted(15),
    inputs.QuitWanted(),
    inputs.ReaderGone(),
]
WORK = (commands.AskTriage, commands.BeginAttempt)
STARTS = (
    *WORK,
    commands.StartChild,
    commands.AwaitReload,
    commands.AwaitReady,
    commands.AskAgain,
    commands.WatchFiles,
)
CALM = 200
"""Steps within which whatever has begun comes to its end."""
WAITS = (0.0, 0.1, 0.5, 2.0)
"""Seconds between two inputs."""


@dataclass(eq=False)
class Change:
    """A change that was applied for ``fingerprint``."""

    fingerprint: str


class World:
    """One run of the machine, and what has come of it."""

    def __init__(self, policy: RunPolicy, plan: RepairPlan) -> None:
        self.machine, self.policy, self.now = Machine(policy, plan), policy, 0.0
        self.history: list[inputs.Input] = []
        self.program = "starting"
        """Also: up, swept (its leader has ended), none."""
        self.stopping = self.watched = self.edited = False
        self.work: commands.Command | None = None
        self.proof: commands.Command | None = None
        self.awaits_ready = False
        self.unjudged: list[Change] = []
        """Changes in the workspace, oldest first; ``held`` of them were held."""
        self.held = 0
        self.kept: list[Change] = []
        self.running: list[Change] = []
        """The changes that the program which runs, or ran last, was started with."""
        self.finish: commands.Finish | None = None
        self.open: set[str] = set()
        """Fingerprints of failures that were told of and whose end was not."""

    # --- what may happen ----------------------------------------------------------------------------------------

    def moves(self) -> list[Sequence[inputs.Input]]:
        """The kinds of steps that may come next, each with its variants; the likely ones more than once."""
        busy = [*self._program(), *self._tasks()] * 3
        failures: list[Sequence[inputs.Input]] = [SAW]
        if self.machine.deadline is not None:
            busy += [[inputs.Tick()]] * 3
        if self.machine.awaits_answer:
            busy.append([inputs.Spoke()])
        if self.watched or self.policy.watches:
            failures.append([inputs.FilesChanged()])
        return [*busy, *failures * 2, WISHES]

    def _program(self) -> list[Sequence[inputs.Input]]:
        match self.program:
            case "starting":
                return [[inputs.ChildUp(len(self.history))]]
            case "up":
                return [DOWN]
            case "swept":
                return [[inputs.ChildGone()]]
        return []

    def _tasks(self) -> list[Sequence[inputs.Input]]:
        moves: list[Sequence[inputs.Input]] = []
        match self.work:
            case commands.AskTriage():
                moves.append(OPINIONS)
            case commands.BeginAttempt():
                moves.append(OUTCOMES)
        match self.proof:
            case commands.AwaitReload() if self.program == "up":
                moves.append([inputs.Reloaded()])
            case commands.AskAgain():
                moves.append(ANSWERS)
        if self.awaits_ready:
            moves.append([inputs.BecameReady()])
        return moves

    # --- what happens -------------------------------------------------------------------------------------------

    def take(self, step: inputs.Input, wait: float = 0.1) -> list[commands.Command]:
        """Let ``step`` happen after ``wait`` seconds, and do what follows from it; what that is."""
        machine = self.machine
        due = machine.deadline
        self.now = (
            max(self.now, due) if isinstance(step, inputs.Tick) and due is not None else self.now + wait
        )
        self._happens(step)
        self.history.append(step)
        opened, again = machine.run is RunState.OPEN, self._disproves(step)
        finished = self.finish is not None
        obeyed = machine.handle(step, self.now)
        for command in obeyed:
            assert not (finished and isinstance(command, STARTS)), f"{command} after the end"
            self._obey(command)
        told = [command.event for command in obeyed if isinstance(command, commands.Tell)]
        if opened:
            self._check_told(step, told)
        else:
            self._check_told(inputs.Tick(), told)
        assert not (again and self.unjudged), "the same failure again, and the repair is not taken back"
        if any(isinstance(event, events.Restarting) for event in told):
            assert machine.run is not RunState.ENDING, "a restart is announced, and the run ends"
        if isinstance(step, inputs.Tick):
            assert machine.deadline is None or machine.deadline > self.now, "it is due again at once"
        self._check_state()
        return obeyed

    def _worked_on(self) -> str:
        """The fingerprint of what is being repaired or asked about."""
        if isinstance(self.work, commands.AskTriage):
            return self.work.incident.fingerprint
        busy = self.machine.repair.state in (RepairState.WORKING, RepairState.PROVING)
        return self.machine.repair.ticket.key if busy and self.machine.repair.ticket else ""

    def _disproves(self, step: inputs.Input) -> bool:
        """Whether ``step`` is the failure itself, in a program with the repair."""
        incident = step.incident if isinstance(step, inputs.Saw | inputs.ChildDown) else None
        if (
            incident is None
            or self.machine.repair.state is not RepairState.PROVING
            or incident is WARNING
            or self.stopping
        ):
            return False
        ran = self.unjudged == self.running[-len(self.unjudged) :] and self.program != "starting"
        return ran and incident.fingerprint == self._worked_on()

    def _happens(self, step: inputs.Input) -> None:
        """What ``step`` means for the world."""
        match step:
            case inputs.ChildUp():
                self.program = "up"
            case inputs.ChildDown():
                self.program = "swept"
            case inputs.ChildGone():
                self.program, self.stopping = "none", False
            case inputs.Reloaded():
                self.running, self.proof = [*self.kept, *self.unjudged], None
            case inputs.Answered():
                self.proof = None
            case inputs.BecameReady():
                self.awaits_ready = False
            case inputs.AttemptOver(attempted=attempted):
                assert isinstance(self.work, commands.BeginAttempt)
                if attempted.applied:
                    assert self.held == len(self.unjudged), "two changes are unjudged"
                    self.unjudged.append(Change(self.work.ticket.key))
                self.work = None
            case inputs.Opined():
                self.work = None
            case inputs.FilesChanged():
                self.edited = self.policy.watches or self.program in ("swept", "none")

    def _obey(self, command: commands.Command) -> None:
        match command:
            case commands.StartChild():
                assert self.program == "none", f"started while the old tree is {self.program}"
                self.program, self.running, self.edited = "starting", [*self.kept, *self.unjudged], False
            case commands.StopChild():
                assert self.program != "none", "nothing to stop"
                self.stopping = True
            case commands.CancelWork():
                self.work = self.proof = None
            case commands.AwaitReload() | commands.AskAgain():
                self.proof = command
            case commands.AwaitReady():
                self.awaits_ready = True
            case commands.WatchFiles():
                self.watched = True
            case commands.Finish():
                assert self.finish is None, "finished twice"
                assert self.program == "none", f"finished while the tree is {self.program}"
                assert self.work is None, "finished while somebody is at work"
                assert not self.unjudged, "finished with a change that nobody judges"
                self.finish = command
            case commands.AskTriage() | commands.BeginAttempt():
                assert self.work is None, f"{command} while {self.work} is at work"
                self.work = command
            case _:
                self._settle(command)

    def _settle(self, command: commands.Command) -> None:
        match command:
            case commands.HoldChange():
                assert self.held < len(self.unjudged), "no change to hold"
                self.held = len(self.unjudged)
            case commands.KeepChange(judgement=judgement):
                assert self.held < len(self.unjudged), "no change to keep"
                assert judgement.verdict in (Verdict.VERIFIED, Verdict.UNPROVEN)
                assert self.unjudged == self.running[-len(self.unjudged) :], (
                    "kept, and the program never ran it"
                )
                self.kept += self.unjudged
                self.unjudged, self.held = [], 0
            case commands.UndoChange():
                self.unjudged, self.held = [], 0
            case commands.UndoKept(fingerprint=fingerprint):
                revoked = [change for change in self.kept if change.fingerprint == fingerprint]
                assert revoked, "revoked, and it was never kept"
                self.kept = [change for change in self.kept if change not in revoked]

    # --- the end ------------------------------------------------------------------------------------------------

    def calm_down(self) -> None:
        """Let nothing new happen until nothing is left to be done; the program stays up unless it is stopped."""
        for _ in range(CALM):
            if self.finish or not (moves := self._left()):
                return
            self.take(moves[0])
        raise AssertionError("it goes on for ever")

    def _left(self) -> list[inputs.Input]:
        """What still has to happen."""
        moves = [kind[0] for kind in self._tasks() if not isinstance(kind[0], inputs.AttemptOver)]
        if isinstance(self.work, commands.BeginAttempt):
            moves.append(over(applied=False))
        if self.program != "up" or self.stopping:
            moves += [kind[0] for kind in self._program()]
        if self.machine.deadline is not None:
            moves.append(inputs.Tick())
        return moves

    # --- the rules ----------------------------------------------------------------------------------------------

    def _check_told(self, step: inputs.Input, told: Sequence[events.Event]) -> None:
        """Every failure is an event at once, and its end another."""
        seen = set(self.open)
        for event in told:
            if isinstance(event, events.IncidentSeen):
                assert event.incident.fingerprint not in self.open, "told twice"
                self.open.add(event.incident.fingerprint)
                seen.add(event.incident.fingerprint)
            elif isinstance(event, events.IncidentClosed):
                assert event.fingerprint in self.open, "closed, and it was never seen"
                assert (event.verdict is None) != (event.reason is None), "closed for no reason"
                self.open.discard(event.fingerprint)
        incident = step.incident if isinstance(step, inputs.Saw | inputs.ChildDown) else None
        if self.machine.run is RunState.ENDING:
            assert not self.open, "it ends, and a failure is open"
        elif incident and incident.frames and not isinstance(step, inputs.ChildDown):
            assert incident.fingerprint in seen, f"{incident.title} is told to nobody"

    def _check_state(self) -> None:
        machine = self.machine
        working = {RepairState.TRIAGING: commands.AskTriage, RepairState.WORKING: commands.BeginAttempt}.get(
            machine.repair.state
        )
        if working:
            assert isinstance(self.work, working), f"{machine.repair.state} and nobody is at it"
        if machine.repair.state is RepairState.IDLE:
            assert not self.work, f"{self.work} for nobody"
            assert not self.unjudged, "a change that nobody judges"
        if machine.run is RunState.ENDING:
            assert self.finish or self.program != "none", "ending, and nothing will end it"
            assert not machine.repair.waiting, "it ends, and a failure still waits"
        elif machine.run is RunState.OPEN:
            self._check_open()
        else:
            assert not self.edited, "it waits, although a file changed"
            assert not machine.repair.waiting, "it waits, and a failure waits too"

    def _check_open(self) -> None:
        """An open run goes on by itself."""
        machine, steady = self.machine, self.program == "up" and not self.stopping
        due = machine.deadline is not None or self.work is not None
        assert self.program != "none" or due, "stuck: the program is down and nothing will start it"
        if machine.repair.state is RepairState.PROVING and steady:
            assert due, "stuck: a proof that nothing will end"
        if machine.repair.state is RepairState.IDLE and steady:
            assert not (self.edited and self.policy.watches), "a file changed, and nothing follows"
            assert not machine.repair.waiting, "a failure waits for nobody"
            current = self.policy.reloads or self.running == [*self.kept, *self.unjudged]
            assert current, "the program runs code that was taken back"
