"""A machine with a clock of its own, told as a history: what happens goes in, the names of the commands come out."""

from __future__ import annotations

from dataclasses import replace

from otorepair_like import events
from otorepair_like.attempt import Verdict
from otorepair_like.incident import Frame, Incident
from otorepair_like.loop.machine.machine import Machine, commands, inputs
from otorepair_like.loop.machine.policy import RunPolicy
from otorepair_like.reasons import NotRepaired
from otorepair_like.repair.plan.attempted import Attempted
from otorepair_like.repair.plan.escalation import AgentChoice, Escalation
from otorepair_like.repair.plan.plan import RepairPlan

KEY = Incident(
    type="KeyError",
    message="'PORT'",
    frames=(Frame("app.py", 3, "<module>", own=True),),
    fingerprint="aaaaaaaaaaaa",
    exit_status=1,
)
OTHER = replace(KEY, type="NameError", message="name 'prot' is not defined", fingerprint="bbbbbbbbbbbb")
DOUBT = replace(
    KEY, type="", message="Error: something", fingerprint="cccccccccccc", certain=False, exit_status=None
)
BEFORE = replace(
    KEY,
    type="ImportError",
    message="no module named 'nothing'",
    frames=(Frame("app.py", 1, "<module>", own=True),),
    fingerprint="dddddddddddd",
)
"""Comes earlier on the way to where :data:`KEY` came."""
PLANNED = ("attempts", "limits", "triage", "triage_all")
"""Settings of the plan; the others are the run's."""


def over(**attempted: object) -> inputs.AttemptOver:
    """Return the end of an attempt's first half."""
    return inputs.AttemptOver(Attempted(**attempted))  # type: ignore[arg-type]


APPLIED = over(applied=True)
NOT = over(applied=False)
NOTHING = over(applied=False, nothing=True)


def plan_of(agents: tuple[str, ...] = ("recipes",), **settings: object) -> RepairPlan:
    """Return a plan for ``agents``; ``recipes`` among them repair by rules alone."""
    choices = [AgentChoice(name, repeats=True, offline=name == "recipes") for name in agents]
    return RepairPlan(Escalation(choices), **settings)  # type: ignore[arg-type]


class Story:
    """A machine and its clock; remembers the commands of the last step."""

    def __init__(self, *, agents: tuple[str, ...] = ("recipes",), **settings: object) -> None:
        planned = {name: settings.pop(name) for name in PLANNED if name in settings}
        self.machine = Machine(RunPolicy(**settings), plan_of(agents, **planned))  # type: ignore[arg-type]
        self.now = 0.0
        self.commands: list[commands.Command] = []

    def then(self, step: inputs.Input, after: float = 0.1) -> list[str]:
        """Let ``step`` happen ``after`` seconds; return the names of what it leads to, but for events."""
        self.now += after
        self.commands = self.machine.handle(step, self.now)
        silent = (commands.Tell, commands.WatchFiles)
        return [type(c).__name__ for c in self.commands if not isinstance(c, silent)]

    def until_due(self) -> list[str]:
        """Let time pass until the machine's deadline."""
        assert self.machine.deadline is not None
        return self.then(inputs.Tick(), self.machine.deadline - self.now)

    def crash(self, incident: Incident = KEY, status: int = 1, after: float = 0.1) -> list[str]:
        """Let the program end with ``incident``."""
        return self.then(inputs.ChildDown(status, incident), after)

    def repaired(self) -> None:
        """Let the program crash, a change be applied, and the program come up again."""
        self.crash()
        self.then(inputs.ChildGone())
        self.then(APPLIED)
        self.then(inputs.ChildUp(11))

    @property
    def events(self) -> list[events.Event]:
        """What the last step told."""
        return [c.event for c in self.commands if isinstance(c, commands.Tell)]

    @property
    def told(self) -> list[str]:
        """The names of what the last step told."""
        return [type(event).__name__ for event in self.events]

    def seen(self) -> list[tuple[str, str]]:
        """The failures the last step told of: their type, and why nothing follows, or what they wait for."""
        seen = [event for event in self.events if isinstance(event, events.IncidentSeen)]
        return [(event.incident.type, event.ignored or event.waits) for event in seen]

    def closed(self) -> list[NotRepaired | Verdict | None]:
        """What the last step told became of failures."""
        return [e.reason or e.verdict for e in self.events if isinstance(e, events.IncidentClosed)]

    def ignored(self) -> str:
        """Return why nothing follows on the incident just told of."""
        (why,) = [e.detail for e in self.events if isinstance(e, events.IncidentClosed)]
        return why

    def command(self, kind: type[commands.Command]) -> commands.Command:
        """Return the command of that kind."""
        return next(c for c in self.commands if isinstance(c, kind))

    def verdict(self) -> Verdict:
        """Return the verdict of the change just kept."""
        (verdict,) = [c.judgement.verdict for c in self.commands if isinstance(c, commands.KeepChange)]
        return verdict


def up(**settings: object) -> Story:
    """Return the story of a program that has just come up."""
    story = Story(**settings)  # type: ignore[arg-type]
    story.then(inputs.ChildUp(10))
    return story


def in_proof(**settings: object) -> Story:
    """Return the story of a program that crashed, was repaired, and is up again."""
    story = up(**settings)
    story.repaired()
    return story
