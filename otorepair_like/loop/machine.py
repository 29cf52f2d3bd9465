"""The machine: what happens goes in, what to do comes out. No clock, no I/O, no await.

Three tables (``tables.py``) say which steps are legal; the methods here say what follows from them. Time comes in as
``now`` (monotonic seconds); a wait is a :attr:`Machine.deadline` that the edge turns into a ``Tick``.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from otorepair_like import errors, events
from otorepair_like.agents.protocol import Usage
from otorepair_like.attempt import Verdict
from otorepair_like.incident import Incident
from otorepair_like.loop import commands, inputs
from otorepair_like.loop.policy import AgentRotation, RunPolicy
from otorepair_like.loop.states import REPAIR, RUN, ChildState, RepairState, RunState, follow
from otorepair_like.loop.triage_gate import TriageGate
from otorepair_like.loop.wishes import Wishes
from otorepair_like.repair.budget import Budget
from otorepair_like.repair.proof import Judgement
from otorepair_like.repair.retry import Breaker
from otorepair_like.tickets.ticket import Signal, SignalKind, Ticket

GOOD = (Verdict.VERIFIED, Verdict.UNPROVEN)
BY_HAND = (-signal.SIGINT, -signal.SIGHUP, -signal.SIGQUIT, 128 + signal.SIGINT)
"""Statuses of a child that a person ended at a terminal, by a shell too."""
FROM_OUTSIDE = (-signal.SIGTERM, -signal.SIGKILL)
"""Statuses of a child that somebody else ended; no fault of the program's if it said nothing."""


class Machine(Wishes):
    """Decides. Feed it with :meth:`handle`; carry out what it returns, in order."""

    def __init__(self, policy: RunPolicy) -> None:
        super().__init__()
        self.policy = policy
        self.breaker = Breaker(policy.attempts, Budget(policy.limits))
        self.reloads = policy.reloads
        self.ticket: Ticket | None = None
        """What is worked on."""
        self.queue: dict[str, Incident] = {}
        """Failures of the living child that wait for their turn, by fingerprint."""
        self._doubts = TriageGate(policy.triage, policy.triage_all)
        self._agent = 0
        self._roster = AgentRotation(policy.agents)
        self._stale = False
        """Whether the child runs code that has been taken back since."""
        self._changed = False

    @property
    def deadline(self) -> float | None:
        """When ``Tick`` is due, if nothing else happens."""
        due = (self.trial.deadline, self.child.start_at, self._interrupts.answer_by)
        return min((t for t in due if t is not None), default=None)

    @property
    def awaits_answer(self) -> bool:
        """Whether :class:`~otorepair_like.loop.inputs.Spoke` is to be told."""
        return self._interrupts.answer_by is not None

    def handle(self, step: inputs.Input, now: float) -> list[commands.Command]:
        """What to do about ``step``.

        Raises:
            IllegalStepError: it cannot happen now; nothing was changed.
        """
        self._out.clear()
        HANDLERS[type(step)](self, step, now)
        return list(self._out)

    # --- the child ----------------------------------------------------------------------------------------------

    def _child_up(self, step: inputs.ChildUp, now: float) -> None:
        self.child.came_up(step.pid, now)
        self._stale = False
        self._await_ready(now)
        self._judge(self.trial.started(now), now)
        self._ask_again()

    def _await_ready(self, now: float) -> None:
        if self.policy.ready:
            self.trial.expect_ready(now)
            self._do(commands.AwaitReady())

    def _became_ready(self, _: inputs.BecameReady, now: float) -> None:
        """Health is counted from here."""
        self.trial.is_ready()
        self.child.ready(now)
        if self.child.up:
            self._judge(self.trial.started(now), now)
            self._ask_again()

    def _child_down(self, step: inputs.ChildDown, now: float) -> None:
        by_itself = self.child.went_down(step.status, now)
        self.trial.child_down()
        self._interrupts.forget()
        if not by_itself or self.run is not RunState.OPEN:
            return
        wanted = self._is_wanted(step, now)
        crash = step.incident if step.status and self.policy.agents and not wanted else None
        if crash is None and step.incident and not wanted:
            self._tell(events.IncidentSeen(incident=step.incident, ignored="repair is off"))
        self.crash, proving = crash, self.trial.proof is not None
        if wanted:
            self._cancel()
        elif self.trial.proof:
            ended = self.trial.proof.child_exited(step.status, step.incident, now, step.output)
            self._judge(ended, now, step.incident)
        elif crash and self.repair is RepairState.WORKING:
            self._now_a_crash(crash)
        elif crash:
            self._cancel()
            self._relapse(crash)
            if self._paused:
                self._tell(events.IncidentSeen(incident=crash))
                self._give_up(crash, "healing is paused", now)
            else:
                self._begin(crash, SignalKind.STAYS_UP, now)
        if (
            crash is None
            and self.run is RunState.OPEN
            and not (proving and self.repair is not RepairState.IDLE)
        ):
            self._end_with_child()

    def _is_wanted(self, step: inputs.ChildDown, now: float) -> bool:
        """Return whether a person ended the child, whatever failure was open."""
        if step.status in BY_HAND or self._interrupts.just_now(now):
            return True
        silent = not (step.incident and step.incident.frames)
        return silent and (self._interrupts.recently(now) or step.status in FROM_OUTSIDE)

    def _reloaded(self, _: inputs.Reloaded, now: float) -> None:
        if self.trial.reloading and self.child.up:
            self._await_ready(now)
            self._judge(self.trial.started(now), now)
            self._ask_again()

    # --- seeing failures ----------------------------------------------------------------------------------------

    def _saw(self, step: inputs.Saw, now: float) -> None:
        incident = step.incident
        if self.run is not RunState.OPEN or self.child.state is ChildState.STOPPING:
            return
        if not self.policy.agents or self._paused:
            ignored = "healing is paused" if self._paused else "repair is off"
            self._tell(events.IncidentSeen(incident=incident, ignored=ignored))
        elif self.trial.proof:
            self._judge(self.trial.proof.incident(incident, now), now, incident)
        elif self.repair is RepairState.IDLE:
            self._relapse(incident)
            self._consider(incident, now)
        elif not self.ticket or incident.fingerprint != self.ticket.incident.fingerprint:
            self.queue[incident.fingerprint] = incident

    def _relapse(self, incident: Incident) -> None:
        """A failure that was thought cured came again: the repair goes."""
        self.trial.was_there(incident)
        if relapsed := self.trial.relapsed(incident):
            fingerprint, agent = relapsed
            again = fingerprint == incident.fingerprint
            proof = "it came again later in the run" if again else f"on probation, and then: {incident.title}"
            self._do(
                commands.RevokeChange(fingerprint, Judgement(Verdict.FAILED, progress=False, proof=proof))
            )
            self.breaker.failed(fingerprint)
            self._roster.failed(fingerprint, agent)
            self._stale = not self.reloads

    def _consider(self, incident: Incident, now: float) -> None:
        """Decide whether a failure of the living child is worked on."""
        if self.breaker.tripped(incident.fingerprint):
            self._tell(events.IncidentSeen(incident=incident, ignored="paused until a file changes"))
        elif self._doubts.is_error(incident):
            self._begin(incident, SignalKind.STAYS_QUIET, now)
        elif ignored := self._doubts.ignored(incident):
            self._tell(events.IncidentSeen(incident=incident, ignored=ignored))
        elif spent := self.breaker.budget.refuses(now):
            self._tell(events.IncidentSeen(incident=incident, ignored=f"doubtful, and {spent}"))
        else:
            self.repair = follow(REPAIR, self.repair, "triage")
            self._do(commands.AskTriage(self._doubts.ask(incident)))

    def _opined(self, step: inputs.Opined, now: float) -> None:
        self.repair = follow(REPAIR, self.repair, "opinion")
        self._paid(step.opinion.usage)
        self._consider(self._doubts.answer(step.opinion), now)
        if self.repair is RepairState.IDLE:
            self._next(now)

    # --- attempts -----------------------------------------------------------------------------------------------

    def _begin(self, incident: Incident, kind: SignalKind, now: float) -> None:
        """Begin the next attempt at ``incident``, or give up."""
        if self.ticket is None or self.ticket.incident.fingerprint != incident.fingerprint:
            self._tell(events.IncidentSeen(incident=incident))
        able = self._roster.able(incident)
        refusal = self.breaker.refuses(incident.fingerprint, now)
        if refusal or not able:
            self._give_up(incident, refusal or "no repairer has anything (more) to offer", now)
            return
        self.repair = follow(REPAIR, self.repair, "attempt")
        self._do(commands.WatchFiles())
        self._agent = able[0]
        seconds = self.child.long_enough(self.policy.healthy_after)
        self.ticket = Ticket(incident.fingerprint, incident, Signal(kind, seconds))
        self._do(commands.BeginAttempt(self.ticket, able[0], self.breaker.number(incident.fingerprint), able))

    def _attempt_over(self, step: inputs.AttemptOver, now: float) -> None:
        self.repair = follow(REPAIR, self.repair, "applied" if step.applied else "over")
        ticket = self._working_on()
        self._agent = self._agent if step.agent is None else step.agent
        self._roster.drop(step.disabled)
        self._paid(step.asked)
        if step.stop:
            self._give_up(ticket.incident, step.stop, now)
            return
        if step.nothing:
            self._roster.exhausted(ticket.incident.fingerprint, self._agent)
        else:
            self.breaker.made(step.spent, now)
            self._tell_budget()
        if step.applied:
            asked = replace(ticket.signal, request=step.request, by_itself=step.by_itself)
            self.ticket = replace(ticket, signal=asked)
            self.trial.begin(self.ticket, step.health, step.probation)
            self._show_it_again(now)
            return
        if not step.nothing:
            self._count_failure(ticket)
        self._next(now, again=True)

    def _paid(self, usage: Usage) -> None:
        """Questions are paid from the same budget."""
        if usage != Usage():
            self.breaker.budget.asked(usage)
            self._tell_budget()

    def _tell_budget(self) -> None:
        budget = self.breaker.budget
        self._tell(events.BudgetSpent(spent=budget.spent, limits=budget.limits))

    def _show_it_again(self, now: float) -> None:
        """Have the changed program run, so that the signal can be asked."""
        if not self.child.up:
            self.child.start(now)
        elif self.reloads:
            self.trial.expect_reload(now)
            self._do(commands.AwaitReload())
        else:
            self.child.restart("to prove the repair", now)

    def _count_failure(self, ticket: Ticket) -> None:
        self.breaker.failed(ticket.incident.fingerprint)
        self._roster.failed(ticket.incident.fingerprint, self._agent)

    def _now_a_crash(self, crash: Incident) -> None:
        """The child died of what is being worked on: the signal to ask is whether it stays up."""
        ticket = self._working_on()
        if crash.fingerprint == ticket.incident.fingerprint:
            self.ticket = replace(ticket, signal=replace(ticket.signal, kind=SignalKind.STAYS_UP))

    def _answered(self, step: inputs.Answered, now: float) -> None:
        if self.trial.proof:
            self._judge(self.trial.proof.answered(step.status, now), now)

    def _checked(self, step: inputs.Checked, now: float) -> None:
        """What the user's own commands say to a repair that looks good."""
        if self.trial.checking:
            self._judge(self.trial.is_checked(step), now)
            if (
                self.repair is RepairState.IDLE
                and self.run is RunState.OPEN
                and not self.child.up
                and not self.crash
            ):
                self._end_with_child()

    def _ask_again(self) -> None:
        if self.trial.proof and self.trial.ready and self.ticket and self.ticket.signal.request:
            self._do(commands.AskAgain(*self.ticket.signal.request))

    def _judge(self, judgement: Judgement | None, now: float, other: Incident | None = None) -> None:
        """Act on what the proof says, if it says something; ``other`` is the failure it has just been shown."""
        if judgement is None:
            return
        if judgement.verdict in GOOD and self.policy.checks and not self.trial.checked:
            if not self.trial.checking:
                self.trial.expect_checks(judgement)
                self._do(commands.RunChecks())
            return
        self.repair = follow(REPAIR, self.repair, "judged")
        ticket = self._working_on()
        self.trial.end()
        if judgement.verdict in GOOD:
            self._do(commands.KeepChange(judgement))
            self.trial.kept(ticket, self._agent)
            self.crash = self.ticket = None
            self._next(now)
        elif judgement.progress and other and not self.breaker.refuses(other.fingerprint, now):
            self._do(commands.HoldChange(judgement))
            self.child.forgive()
            self._begin(other, ticket.signal.kind, now)
        else:
            self._do(commands.TakeBackChange(judgement))
            self._stale = not self.reloads
            self._count_failure(ticket)
            self._next(now, again=True)

    def _next(self, now: float, *, again: bool = False) -> None:
        """Go on: with the crash that stands, else with the same failure, else with one that waits."""
        if self.run is not RunState.OPEN:
            return
        if (self.policy.watches or not self.child.up) and self._take_change(now):
            return  # the user may have mended it: look before the next attempt
        if self.crash and not self.child.up:
            self._begin(self.crash, SignalKind.STAYS_UP, now)
        elif again and self.ticket:
            self._begin(self.ticket.incident, self.ticket.signal.kind, now)
        elif self.queue:
            self._consider(self.queue.pop(next(iter(self.queue))), now)

    def _give_up(self, incident: Incident, reason: str, now: float) -> None:
        """Nothing more is tried at ``incident`` until the user does something."""
        if self.breaker.give_up(incident.fingerprint):
            self._tell(events.BreakerTripped(fingerprint=incident.fingerprint, reason=reason))
        self._do(commands.TakeBackChange(Judgement(Verdict.FAILED, progress=False, proof=reason)))
        self.ticket = None
        if self.child.up:
            if self._stale:
                self.child.restart("the repair was taken back", now)
            self._take_change(now)
            self._next(now)
        elif self.policy.interactive or self.policy.watches:
            self.run = follow(RUN, self.run, "wait")
            self._tell(events.Waiting(reason=f"{incident.title} stands"))
            self._take_change(now)
        else:
            self._end(errors.GAVE_UP, f"{incident.title} stands: {reason}")

    # --- people and time ----------------------------------------------------------------------------------------

    def _files_changed(self, _: inputs.FilesChanged, now: float) -> None:
        """The user did something: everything may be tried again. While an attempt runs that has to wait."""
        self._changed = True
        if self.repair is RepairState.IDLE:
            self._take_change(now)

    def _take_change(self, now: float) -> bool:
        """Act on a change of files that came while it had to wait; whether there was one."""
        if not self._changed or self.run is RunState.ENDING:
            return False
        self._changed = False
        self.breaker.files_changed()
        self._roster.files_changed()
        self.child.forgive()
        if self.run is RunState.WAITING:
            self.run = follow(RUN, self.run, "resume")
        elif self.child.up and not self.policy.watches:
            return True
        self.crash = self.ticket = None
        self.child.restart("a file changed", now)
        return True

    def _fix(self, incident: Incident, now: float) -> None:
        """Try ``incident`` as if nothing had been tried before."""
        if self.run is RunState.WAITING:
            self.run = follow(RUN, self.run, "resume")
        self.breaker.files_changed()
        self._roster.files_changed()
        self._begin(incident, SignalKind.STAYS_QUIET if self.child.up else SignalKind.STAYS_UP, now)

    def _tick(self, _: inputs.Tick, now: float) -> None:
        self.child.tick(now)
        if self._interrupts.ignored(now):
            self._tell(events.Notice(text="the child goes on after Ctrl-C; the next Ctrl-C ends it"))
        if self.trial.reload_overdue(now):
            self._tell(events.Notice(text="the child did not reload by itself: otorepair restarts it"))
            self.child.restart("it did not reload by itself", now)
        self._judge(self.trial.tick(now), now)

    def _working_on(self) -> Ticket:
        assert self.ticket is not None, "an attempt has a ticket"  # noqa: S101 - the tables see to it
        return self.ticket


HANDLERS: dict[type, Callable[[Machine, Any, float], None]] = {
    inputs.ChildUp: Machine._child_up,
    inputs.ChildDown: Machine._child_down,
    inputs.ChildGone: Machine._child_gone,
    inputs.Reloaded: Machine._reloaded,
    inputs.BecameReady: Machine._became_ready,
    inputs.Saw: Machine._saw,
    inputs.Opined: Machine._opined,
    inputs.AttemptOver: Machine._attempt_over,
    inputs.Answered: Machine._answered,
    inputs.Checked: Machine._checked,
    inputs.FilesChanged: Machine._files_changed,
    inputs.RestartWanted: Machine._restart_wanted,
    inputs.PauseWanted: Machine._pause_wanted,
    inputs.FixWanted: Machine._fix_wanted,
    inputs.CtrlC: Machine._ctrl_c,
    inputs.Spoke: Machine._spoke,
    inputs.QuitWanted: Machine._quit_wanted,
    inputs.Interrupted: Machine._interrupted,
    inputs.ReaderGone: Machine._reader_gone,
    inputs.Tick: Machine._tick,
}
