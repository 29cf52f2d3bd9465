"""The repair's side of the machine: from a failure to an attempt, its proof, and what follows. Pure.

About repairs the plan decides (``repair/plan/``); this class has the changed program run, so that its signal can be
asked, and carries the plan's decision out. It follows the table ``REPAIR`` of ``states.py``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from otorepair_like import events
from otorepair_like.attempt import Verdict
from otorepair_like.incident import Incident
from otorepair_like.loop.machine import commands, inputs
from otorepair_like.loop.machine.host import Host, health_of, incident_of, output_before_failure
from otorepair_like.loop.machine.lifecycle import Lifecycle
from otorepair_like.loop.machine.open_incidents import OpenIncidents
from otorepair_like.loop.machine.policy import RunPolicy
from otorepair_like.loop.machine.proof_schedule import ProofSchedule
from otorepair_like.loop.machine.states import REPAIR, ChildState, RepairState, follow
from otorepair_like.reasons import NotRepaired
from otorepair_like.repair.plan.plan import ChangeDecision, GiveUp, RepairPlan
from otorepair_like.repair.plan.triage_gate import Triage
from otorepair_like.repair.proof.proof import HARMLESS, Judgement
from otorepair_like.tickets.signal import HealthMode, ProgramHealthy
from otorepair_like.tickets.ticket import Ticket

CALLED_OFF: Final = Judgement(Verdict.INTERRUPTED, progress=False, proof="undone before it was proven")


class RepairTrack:
    """Decides what is done about failures.

    Args:
        out: where commands go; shared with the machine.
        child: the program's side.
        incidents: tells of failures and their ends.
    """

    def __init__(
        self,
        host: Host,
        policy: RunPolicy,
        plan: RepairPlan,
        child: Lifecycle,
        incidents: OpenIncidents,
        out: list[commands.Command],
    ) -> None:
        self.policy, self.plan = policy, plan
        self.state = RepairState.IDLE
        self.schedule = ProofSchedule()
        self.ticket: Ticket | None = None
        """What is worked on."""
        self.crash: Incident | None = None
        """The failure the program ended with, until a repair is proven."""
        self.paused = False
        self._host, self._child, self._incidents, self._out = host, child, incidents, out
        self.waiting: dict[str, Incident] = {}
        """Failures of the living program that wait for their turn, by fingerprint."""
        self._triaged: Incident | None = None
        self._agent = 0
        self._first: Ticket | None = None
        """The first of a chain of failures whose changes are held: undone, it is what stands again."""
        self._unproven = False
        """Whether there is a change that is not judged yet."""
        self._printed: tuple[str, ...] | None = None
        """Digests of what the program had printed when it crashed."""
        self._came_up = False
        """Whether the program crashed after it had come up."""
        self._times = 2

    # --- the program runs, or has ended -------------------------------------------------------------------------

    def runs_anew(self, now: float) -> None:
        """Start the clock of the proof: the program was started, or has reloaded."""
        if self.policy.ready:
            self.schedule.expect_ready(now)
            self._do(commands.AwaitReady())
        self._judge(self.schedule.started(now), now)
        self._ask_again()

    def reloaded(self, now: float) -> None:
        """Restart the proof's clock: the program has reloaded."""
        if self.schedule.reloading and self._child.up:
            self.runs_anew(now)

    def became_ready(self, now: float) -> None:
        """Start the proof's clock: the program is ready, by the sign that the user named."""
        expected = not self.schedule.ready
        self.schedule.is_ready()
        if self._child.up and expected:
            self._judge(self.schedule.started(now), now)
            self._ask_again()

    def child_ended(self, step: inputs.ChildDown, now: float, *, wanted: bool) -> None:
        """React to the program's end by itself; ``wanted``: a person or the system ended it."""
        self.schedule.child_down()
        self.crash = step.incident if step.status and self.enabled and not wanted else None
        if self.crash and not self.schedule.proof:
            self._came_up = self._child.was_up or step.served
            self._printed = output_before_failure(step)
        if step.incident and not self.crash and not wanted:
            self._incidents.ignore(step.incident, GiveUp(NotRepaired.REPAIR_OFF))
        if wanted:
            self.cancel()
        elif self.schedule.proof:
            ended = self.schedule.proof.child_exited(step.status, step.incident, now, step.output)
            if self.crash:
                self._shown_in_proof(ended, now, self.crash)
            else:
                self._judge(ended, now)
            if self.schedule.proof and self._child.over:
                self._child.start(now)  # it ended before it ran the change
        elif self.crash and self.state is RepairState.WORKING:
            self._now_a_crash(self.crash)
        elif self.crash:
            self.cancel()
            self._relapse(self.crash)
            self._begin(self.crash, HealthMode.STAYS_UP, now)

    # --- seeing failures ----------------------------------------------------------------------------------------

    @property
    def enabled(self) -> bool:
        """Return whether anybody is there who could repair."""
        return bool(self.plan.escalation.choices)

    def saw(self, incident: Incident, now: float, *, stopping: bool) -> None:
        """React to a failure of the program, which lives or is being stopped."""
        if stopping:
            self._incidents.mention(incident, GiveUp(NotRepaired.AT_STOP))
        elif self.schedule.proof:
            self._shown_in_proof(self.schedule.proof.incident(incident, now), now, incident)
        elif not self.enabled or self.paused:
            self._incidents.ignore(
                incident, GiveUp(NotRepaired.PAUSED if self.enabled else NotRepaired.REPAIR_OFF)
            )
        elif self.state is RepairState.IDLE:
            self._relapse(incident)
            self._consider(incident, now)
            self._next(now)
        elif incident.fingerprint not in self._incidents:
            self.waiting[incident.fingerprint] = incident
            self._incidents.see(incident, waits="another failure is worked on")

    def _shown_in_proof(self, judgement: Judgement | None, now: float, incident: Incident) -> None:
        """Judge by a failure that came during the proof, or tell of it if it says nothing about the repair."""
        if judgement:
            self._incidents.see(incident)
            self._judge(judgement, now, incident)
        else:
            self._incidents.mention(incident, GiveUp(NotRepaired.AT_PROOF))

    def _relapse(self, incident: Incident) -> None:
        """Undo the repair of a failure that was thought repaired and came again."""
        self.schedule.was_there(incident)
        if relapsed := self.schedule.relapsed(incident):
            fingerprint, agent = relapsed
            again = fingerprint == incident.fingerprint
            proof = "it came again later in the run" if again else f"on probation, and then: {incident.title}"
            self._do(commands.UndoKept(fingerprint, Judgement(Verdict.FAILED, progress=False, proof=proof)))
            self.plan.relapsed(fingerprint, agent)
            self._child.stale = True

    def _consider(self, incident: Incident, now: float) -> None:
        """Decide whether a failure of the living program is worked on."""
        decision = self.plan.triage(incident, now)
        if isinstance(decision, GiveUp):
            self._incidents.ignore(incident, decision)
        elif decision is Triage.REPAIR:
            self._begin(incident, HealthMode.STAYS_QUIET, now)
        else:
            self._incidents.see(incident, waits="an agent is asked whether it is an error")
            self.state = follow(REPAIR, self.state, "triage")
            self._triaged = incident
            self._do(commands.AskTriage(incident))

    def opined(self, step: inputs.Opined, now: float) -> None:
        """React to the opinion of triage."""
        self.state = follow(REPAIR, self.state, "opinion")
        assert self._triaged is not None, "an opinion has a question"  # noqa: S101 - the tables see to it
        self.plan.opined(self._triaged.fingerprint, step.opinion)
        self._tell_budget(step.opinion.usage.tokens > 0)
        self._consider(self._triaged, now)
        self._next(now)

    # --- attempts -----------------------------------------------------------------------------------------------

    def fix(self, incident: Incident, now: float) -> None:
        """Try ``incident`` as if nothing had been tried before."""
        self.plan.user_changed_files()
        self._begin(incident, HealthMode.STAYS_QUIET if self._child.up else HealthMode.STAYS_UP, now)

    def _begin(self, incident: Incident, mode: HealthMode, now: float) -> None:
        """Begin the next attempt at ``incident``, or give up."""
        self._incidents.see(incident)
        by_itself = mode is not HealthMode.STAYS_UP or not self._came_up
        seconds = self._child.long_enough(self.policy.healthy_after)
        signal = ProgramHealthy(mode, seconds, by_itself=by_itself)
        ticket = Ticket.of_incident(incident, signal)
        step = GiveUp(NotRepaired.PAUSED) if self.paused else self.plan.next(ticket, now)
        if isinstance(step, GiveUp):
            self._give_up(incident, step, now)
            return
        self.state = follow(REPAIR, self.state, "attempt")
        self.ticket = ticket
        self._do(commands.WatchFiles())
        self._do(commands.BeginAttempt(ticket, step))

    def attempt_over(self, step: inputs.AttemptOver, now: float) -> None:
        """React to the end of an attempt's first half."""
        attempted = step.attempted
        self.state = follow(REPAIR, self.state, "applied" if attempted.applied else "over")
        ticket = self._working_on()
        self._agent = self._agent if attempted.agent is None else attempted.agent
        self.plan.attempted(ticket, attempted, now)
        self._tell_budget(not attempted.nothing or attempted.asked.tokens > 0)
        if attempted.stop:
            self._give_up(incident_of(ticket), GiveUp(NotRepaired.ADVISED, attempted.stop), now)
        elif attempted.applied:
            self._unproven = True
            signal, self._times = health_of(ticket), step.times
            crashed = signal.mode is HealthMode.STAYS_UP
            by_itself = signal.by_itself if crashed else step.by_itself
            self.ticket = replace(ticket, signal=replace(signal, request=step.request, by_itself=by_itself))
            self.schedule.begin(
                self.ticket, attempted, self._printed if crashed else None, asks=self._asks(step.request)
            )
            self._show_it_again(now)
        else:
            self._next(now, again=True)

    def _show_it_again(self, now: float) -> None:
        """Have the changed program run, so that the signal can be asked."""
        if self.policy.reloads and self._child.state is ChildState.UP:
            self.schedule.expect_reload(now)
            self._do(commands.AwaitReload())
        elif self._child.up:
            self._child.restart("to prove the repair", now)
        else:
            self._child.start(now)

    def _now_a_crash(self, crash: Incident) -> None:
        """Change the signal to ask: the program died of what is being worked on, so it must stay up."""
        ticket = self._working_on()
        if crash.fingerprint == ticket.key:
            self.ticket = replace(ticket, signal=replace(health_of(ticket), mode=HealthMode.STAYS_UP))
        else:
            self._incidents.see(crash, waits="another failure is worked on")

    # --- proof --------------------------------------------------------------------------------------------------

    def answered(self, step: inputs.Answered, now: float) -> None:
        """Pass the answer to the repeated request to the proof."""
        if self.schedule.proof:
            self._judge(self.schedule.proof.answered(step.status, now, step.damage), now)

    def place_ran(self, step: inputs.PlaceRan, now: float) -> None:
        """Tell the proof that the program executed a statement it waits for."""
        if self.schedule.proof:
            self._judge(self.schedule.proof.ran(step.place, step.state), now)
        elif confirmed := self.schedule.ran_later(step.place, step.state):
            self._do(commands.ConfirmKept(*confirmed))

    def tick(self, now: float) -> None:
        """Act on the deadlines that have passed."""
        if self.schedule.reload_overdue(now):
            self._tell(events.Notice(text="the program did not reload by itself: otorepair restarts it"))
            self._child.restart("it did not reload by itself", now)
        self._judge(self.schedule.tick(now), now)

    def _ask_again(self) -> None:
        request = health_of(self.ticket).request if self.ticket else None
        if self.ticket and self.schedule.proof and self.schedule.ready and request and self._asks(request):
            self._do(commands.AskAgain(*request, self.ticket.key, self._times))

    def _asks(self, request: tuple[str, str] | None) -> bool:
        """Return whether we may ask a request again ourselves."""
        return request is not None and (self.policy.replay_all or request[0].upper() in HARMLESS)

    def _judge(self, judgement: Judgement | None, now: float, other: Incident | None = None) -> None:
        """Act on what the proof says, if it says something; ``other`` is the failure it has just been shown."""
        if judgement is None:
            return
        self.state = follow(REPAIR, self.state, "judged")
        ticket, judgement = self._working_on(), self.schedule.end(judgement)
        match self.plan.judged(ticket, judgement, now, other):
            case ChangeDecision.KEEP:
                self._unproven = False
                self._do(commands.KeepChange(judgement))
                self.schedule.kept(ticket, self._agent)
                self._incidents.judged(ticket.key, judgement.verdict, judgement.proof)
                if self.crash:  # it went with the failure that was repaired
                    self._incidents.judged(self.crash.fingerprint, judgement.verdict, judgement.proof)
                self.crash = self.ticket = self._first = None
                self._next(now)
            case ChangeDecision.HOLD if other:
                self._first = self._first or ticket
                self._do(commands.HoldChange(judgement))
                self._incidents.judged(ticket.key, judgement.verdict, judgement.proof)
                self._child.forgive()
                self._begin(other, health_of(ticket).mode, now)
            case _:
                self._undo(judgement)
                if other and other.fingerprint != ticket.key:
                    self._incidents.give_up(other.fingerprint, GiveUp(NotRepaired.WITH_UNDONE))
                self.ticket, self.crash, self._first = self._first or ticket, None, None
                self._next(now, again=True)

    def _next(self, now: float, *, again: bool = False) -> None:
        """Go on: with the crash that stands, else with the same failure, else with one that waits."""
        if not self._host.is_open or self.state is not RepairState.IDLE:
            return
        stands = self._child.over and (self.crash is not None or again)
        if (self.policy.watches or stands) and self._host.take_edit(now):
            return  # the user may have repaired it: look before the next attempt
        if self.crash and self._child.over:
            self._begin(self.crash, HealthMode.STAYS_UP, now)
        elif again and self.ticket:
            self._begin(incident_of(self.ticket), health_of(self.ticket).mode, now)
        elif self._child.over:
            return  # the run is over, and the machine ends it
        elif self.waiting:
            self._consider(self.waiting.pop(next(iter(self.waiting))), now)
            self._next(now)
        elif self._child.stale and self._child.up and not self.policy.reloads:
            self._child.restart("the repair was undone", now)

    # --- the end of it ------------------------------------------------------------------------------------------

    def _give_up(self, incident: Incident, why: GiveUp, now: float) -> None:
        """Try nothing more at ``incident`` until the user does something."""
        # A pause is no verdict on the failure: afterwards it goes on with everything as it was.
        if why.reason is NotRepaired.PAUSED or self.plan.give_up(incident.fingerprint, why.reason):
            self._tell(events.BreakerTripped(fingerprint=incident.fingerprint, reason=str(why)))
        self._undo(Judgement(Verdict.FAILED, progress=False, proof=str(why)))
        self._incidents.give_up(incident.fingerprint, why)
        self.ticket = None
        if self._child.over:
            self._drop_waiting(GiveUp(NotRepaired.PROGRAM_DOWN))
            self._host.stuck(incident, why, now)
        else:
            self._host.take_edit(now)
            self._next(now)

    def stop_attempt(self, now: float) -> None:
        """Stop what is tried now, and try nothing more at it."""
        stopped = self.ticket.incident if self.ticket else None
        if self.state is RepairState.TRIAGING:
            stopped = self._triaged
        if self.state is RepairState.IDLE or stopped is None:
            self._tell(events.Notice(text="no attempt is running"))
            return
        self.cancel()
        self._give_up(self.crash or stopped, GiveUp(NotRepaired.STOPPED), now)

    def cancel(self) -> None:
        """Stop what is going on; a change that is not proven yet is undone."""
        if self.state is RepairState.IDLE:
            return
        self.state = follow(REPAIR, self.state, "cancel")
        self.schedule.call_off()
        self._do(commands.CancelWork())
        self._undo(CALLED_OFF)

    def _undo(self, judgement: Judgement) -> None:
        """Undo what is not judged yet; a program that was started with it is stale then."""
        self._do(commands.UndoChange(judgement))
        self._child.stale |= self._unproven
        self._unproven = False

    def _drop_waiting(self, why: GiveUp) -> None:
        for fingerprint in self.waiting:
            self._incidents.give_up(fingerprint, why)
        self.waiting.clear()

    def forget(self, reason: NotRepaired) -> None:
        """Drop every failure, for ``reason``; a change that is not judged yet is undone."""
        if self._unproven:
            self._undo(CALLED_OFF)
        self.crash = self.ticket = self._first = self._printed = None
        self.waiting.clear()
        self._incidents.close_all(reason)

    def _working_on(self) -> Ticket:
        assert self.ticket is not None, "an attempt has a ticket"  # noqa: S101 - the tables see to it
        return self.ticket

    def _tell_budget(self, spent: bool) -> None:
        if spent:
            budget = self.plan.budget
            self._tell(events.BudgetSpent(spent=budget.spent, limits=budget.limits))

    def _tell(self, event: events.Event) -> None:
        self._out.append(commands.Tell(event))

    def _do(self, command: commands.Command) -> None:
        self._out.append(command)
