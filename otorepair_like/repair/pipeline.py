"""The first half of an attempt: private copy, prompt, agent, change set, guard, proof in the copy, approval, apply."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from otorepair_like.agents.protocol import Agent, AgentEvent, Emit, Finished, Reason, Task, Tool
from otorepair_like.attempt import Verdict
from otorepair_like.errors import AgentError, ApplyError
from otorepair_like.guard import guard, risk, static_checks
from otorepair_like.guard.approval import Approval, ApprovalDecision, Choice, Request, decide
from otorepair_like.guard.finding import GuardFinding, Level
from otorepair_like.guard.place import ChangePlace
from otorepair_like.guard.policy import GuardPolicy
from otorepair_like.guard.risk import RiskAnalysis
from otorepair_like.repair.plan.attempted import NO_COPY_PROOF, CopyProof
from otorepair_like.tickets.ticket import Ticket
from otorepair_like.workspace import stray_writes
from otorepair_like.workspace.apply import Applied, apply, rebase
from otorepair_like.workspace.change_set import NOTHING, ChangeSet
from otorepair_like.workspace.private_copy import PrivateCopy

COUNTS: Final = frozenset({Reason.OK, Reason.MAX_TURNS, Reason.BUDGET, Reason.DENIED})
"""Ends after which the agent's changes count: it stopped by itself, between two edits."""

CLAIM_WITHIN: Final = 10.0
"""Seconds a change waits for a model's view of its risk."""
Claim = Callable[[], Awaitable[RiskAnalysis | None]]
ProveInCopy = Callable[[ChangeSet], Awaitable[CopyProof]]
TakeLease = Callable[[], Awaitable[None]]

_SAID = 200


async def no_lease() -> None:
    """Wait for nobody: there is no other who could change the workspace."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """An attempt that waits for its proof, or ended without one.

    Args:
        verdict: ``None``: applied, awaits its proof.
        reason: one line: why.
        changes: the agent's changes, as read from disk.
        applied: the applied change, with its undo; ``None`` if it was not applied.
        finished: the agent's end.
        prompt: the agent's prompt.
        strays: paths in the workspace that changed meanwhile, by whomever.
        findings: the guard's findings.
        analysis: the risk, if it was measured.
        told: a person's reason against it.
        copy_proof: the proof before it was applied.
        worked: seconds of the agent's work, without the wait for a person.
    """

    verdict: Verdict | None
    reason: str
    changes: ChangeSet
    applied: Applied | None
    finished: Finished
    prompt: str
    strays: tuple[str, ...] = ()
    findings: tuple[GuardFinding, ...] = ()
    analysis: RiskAnalysis | None = None
    told: str = ""
    copy_proof: CopyProof = NO_COPY_PROOF
    worked: float = 0.0


INTERRUPTED: Final = Prepared(
    Verdict.INTERRUPTED, "before it changed anything", NOTHING, None, Finished(Reason.INTERRUPTED), ""
)
"""An attempt that was cancelled."""


async def prepare(
    ticket: Ticket,
    agent: Agent,
    *,
    copy: PrivateCopy,
    workspace: Path,
    journal: Path,
    compose_prompt: Callable[[Path], str],
    timeout: float,
    tried: Sequence[str],
    emit: Emit,
    redact: Callable[[str], str] = str,
    policy: GuardPolicy | None = None,
    approval: Approval | None = None,
    claim: Claim | None = None,
    prove: ProveInCopy | None = None,
    take_lease: TakeLease = no_lease,
    attempt: str = "",
    place: Callable[[], ChangePlace] | None = None,
) -> Prepared:
    """Let ``agent`` work on ``ticket`` in the private copy, and apply what passes.

    Args:
        compose_prompt: makes the prompt, given the root of the copy.
        timeout: seconds for prompt and agent together.
        tried: diffs that did not help, oldest first.
        emit: hears what the agent does.
        redact: masks secrets in what the agent says.
        policy: what a change set may be; ``None``: the defaults.
        claim: what a model says of the risk; it can only make it worse.
        approval: who decides; ``None``: nobody is asked, whatever the guard finds is refused.
        prove: asks in the private copy whether a change is a repair; ``None``: that is not asked there.
        take_lease: waits until no other change in the workspace is unproven.
        attempt: the attempt's id, for whoever is asked.
        place: tells the guard where the failure is; ``None``: nobody knows. Blocking.

    Cancelling it leaves the workspace as it was.
    """
    from anyio import to_thread

    targets: list[str] = []

    def listen(event: AgentEvent) -> None:
        if isinstance(event, Tool):
            targets.append(event.target)
        emit(event)

    folder = await to_thread.run_sync(copy.sync)
    began = time.monotonic()
    healthy = await to_thread.run_sync(_healthy, copy)
    task = Task(ticket.incident, "", folder, timeout, tuple(tried), healthy, ticket.key)
    prompt, finished = await _work(task, agent, compose_prompt, listen)
    worked = time.monotonic() - began
    changes, strays = await to_thread.run_sync(_read, copy)
    said = " ".join(redact(finished.text).split())[:_SAID]
    ended = Prepared(None, said, changes, None, finished, prompt, strays, worked=worked)
    others = [] if agent.offline else strays  # rules write nothing by themselves
    if escaped := await to_thread.run_sync(
        stray_writes.escaped, others, targets, changes, workspace, copy.restless
    ):
        why = f"{', '.join(escaped[:3])} was changed outside the private copy; look at it, it was left so"
        return replace(ended, verdict=Verdict.REFUSED, reason=why)
    if finished.reason is Reason.NOTHING or (finished.reason is Reason.OK and not changes):
        return replace(ended, verdict=Verdict.NO_CHANGE, reason=said or "ended without changing a file")
    if finished.reason not in COUNTS or not changes:
        why = f"{finished.reason}: {said}" if said else str(finished.reason)
        return replace(ended, verdict=Verdict.AGENT_ERROR, reason=why)
    where = await to_thread.run_sync(place) if place else None
    rules = policy or GuardPolicy()
    way = _Way(copy, workspace, journal, rules, approval, claim, prove, take_lease, attempt, where)
    return await _decided(ended, way)


async def _work(
    task: Task, agent: Agent, compose_prompt: Callable[[Path], str], emit: Emit
) -> tuple[str, Finished]:
    """Make the prompt and run the agent, within the task's time; return the prompt and the agent's end."""
    import anyio
    from anyio import to_thread

    prompt, finished = "", Finished(Reason.TIMEOUT, f"no end after {task.timeout:g} s")
    with anyio.move_on_after(task.timeout):
        prompt = await to_thread.run_sync(compose_prompt, task.folder)
        try:
            finished = await agent.repair(replace(task, prompt=prompt), emit)
        except AgentError as error:
            finished = Finished(Reason(error.reason), str(error))
    return prompt, finished


def _healthy(copy: PrivateCopy) -> dict[str, bytes]:
    """Return the healthy content of files that changed since the program last ran well."""
    return {change.path: change.before for change in copy.since_good().files if change.before is not None}


def _read(copy: PrivateCopy) -> tuple[ChangeSet, tuple[str, ...]]:
    return copy.changes(), copy.stray_writes()


@dataclass(frozen=True, slots=True)
class _Way:
    """The stations of a change on its way into the workspace."""

    copy: PrivateCopy
    workspace: Path
    journal: Path
    policy: GuardPolicy
    approval: Approval | None
    claim: Claim | None
    prove: ProveInCopy | None
    take_lease: TakeLease
    attempt: str
    place: ChangePlace | None


async def _decided(prepared: Prepared, way: _Way) -> Prepared:
    """Pass a change through guard, proof in the copy and approval, and apply it; anew if a person edits it."""
    from anyio import to_thread

    try:
        while True:
            rebased, findings = await to_thread.run_sync(_inspected, prepared.changes, way)
            prepared = replace(prepared, findings=tuple(findings))
            if not any(finding.level is Level.REFUSE for finding in findings) and way.prove:
                prepared = replace(prepared, copy_proof=await way.prove(rebased))
                if problem := prepared.copy_proof.problem:
                    return replace(prepared, verdict=Verdict.FAILED, reason=problem)
            prepared, choice = await _approved(prepared, rebased, way)
            if choice is Choice.NO:
                return replace(prepared, verdict=Verdict.REFUSED)
            if choice is not Choice.EDITED:
                break
            prepared = replace(prepared, changes=await to_thread.run_sync(way.copy.changes))
        await way.take_lease()
        applied = await to_thread.run_sync(apply, rebased, way.workspace, way.journal)
    except ApplyError as error:
        why = error.why if error.what == "refused" else f"{error.what}: {error.why}"
        return replace(prepared, verdict=Verdict.REFUSED, reason=why)
    return replace(prepared, applied=await _unless_cancelled(applied))


async def _unless_cancelled(applied: Applied) -> Applied:
    """Return ``applied``, or undo it: who cancelled the attempt while it was written wants nothing of it."""
    import anyio

    try:
        await anyio.lowlevel.checkpoint_if_cancelled()
    except anyio.get_cancelled_exc_class():
        applied.take_back()
        raise
    return applied


async def _approved(prepared: Prepared, rebased: ChangeSet, way: _Way) -> tuple[Prepared, Choice]:
    """Return what is decided, by the settings or by a person, and ``prepared`` with the risk and the reason of a no."""
    from anyio import to_thread

    findings = prepared.findings
    if way.approval is None:
        more = f" and {len(findings) - 1} more" if len(findings) > 1 else ""
        choice = Choice.NO if findings else Choice.YES
        return replace(prepared, reason=f"{findings[0]}{more}" if findings else prepared.reason), choice
    measured = await to_thread.run_sync(_measured, rebased, findings, way.copy)
    measured = risk.enforced(measured, await _claimed(way.claim))
    request = Request(rebased, findings, measured, "", way.attempt)
    choice, why, told = await _asked(way.approval, request, by_rule=prepared.finished.by_rule)
    reason = why if choice is Choice.NO else prepared.reason
    return replace(prepared, analysis=measured, told=told, reason=reason), choice


def _inspected(changes: ChangeSet, way: _Way) -> tuple[ChangeSet, list[GuardFinding]]:
    """Return what would stand in the workspace after merging, and what the guard says to it.

    Both are inspected, the agent's own change set and the merged one: neither may hide behind the other.

    Raises:
        ApplyError: it cannot be merged, and the guard has nothing worse to say.
    """
    findings = guard.inspect(changes, way.policy, way.place)
    if any(finding.level is Level.REFUSE for finding in findings):
        return changes, findings
    rebased, conflicts = rebase(changes, way.workspace)
    if conflicts:
        raise ApplyError("refused", f"{', '.join(conflicts)} changed at the same place meanwhile")
    findings = findings if rebased == changes else guard.inspect(rebased, way.policy, way.place)
    if "static" not in way.policy.allow and not any(f.level is Level.REFUSE for f in findings):
        findings = static_checks.new_findings(changes, way.copy.root, way.workspace) + findings
    return rebased, findings


def _measured(changes: ChangeSet, findings: Sequence[GuardFinding], copy: PrivateCopy) -> RiskAnalysis:
    return risk.measure(changes, findings, risk.python_imports(copy.root, copy.paths(), changes.paths))


async def _claimed(claim: Claim | None) -> RiskAnalysis | None:
    """Return the claim, if it is known in time."""
    import anyio

    with anyio.move_on_after(CLAIM_WITHIN):
        return await claim() if claim else None
    return None


async def _asked(approval: Approval, request: Request, *, by_rule: bool) -> tuple[Choice, str, str]:
    """Return the decision of the settings or of a person, the reason of a no, and the person's own words."""
    analysis = replace(request.analysis, blast=risk.Blast.ISOLATED) if by_rule else request.analysis
    decision, why = decide(approval, analysis, request.findings)
    if decision is not ApprovalDecision.ASK or approval.ask is None:
        return (Choice.YES if decision is ApprovalDecision.APPLY else Choice.NO), why, ""
    answer = await approval.ask(replace(request, why=why))
    if answer.say is Choice.ALWAYS:
        approval.always = True
    return answer.say, f"you said no: {answer.reason}" if answer.reason else "you said no", answer.reason
