"""One attempt, up to its proof: private copy, prompt, agent, change set, guard, approval, apply."""

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
from otorepair_like.guard.approval import Approval, Choice, Decision, Request, decide
from otorepair_like.guard.finding import GuardFinding, Level
from otorepair_like.guard.policy import GuardPolicy
from otorepair_like.guard.risk import Analysis
from otorepair_like.tickets.ticket import Ticket
from otorepair_like.workspace import stray_writes
from otorepair_like.workspace.apply import Applied, apply, rebase
from otorepair_like.workspace.change_set import NOTHING, ChangeSet
from otorepair_like.workspace.private_copy import PrivateCopy

COUNTS: Final = frozenset({Reason.OK, Reason.MAX_TURNS, Reason.BUDGET, Reason.DENIED})
"""Ends after which what the agent changed is looked at: it came to a halt by itself, between two edits."""

CLAIM_WITHIN: Final = 10.0
"""Seconds a change waits for what a model says of its risk."""
Claim = Callable[[], Awaitable[Analysis | None]]

_SAID = 200


@dataclass(frozen=True, slots=True)
class Prepared:
    """An attempt that waits for its proof, or ended without one.

    Args:
        verdict: ``None``: applied, awaits its proof.
        reason: one line: why.
        changes: what the agent changed, as read from disk.
        applied: the way back, if it was applied.
        finished: how the agent ended.
        prompt: what it was told.
        strays: paths in the workspace that changed meanwhile, by whomever.
        findings: what the guard said.
        analysis: the risk, if it was measured.
        told: what a person said against it.
        worked: seconds the agent took; waiting for a person is not in it.
    """

    verdict: Verdict | None
    reason: str
    changes: ChangeSet
    applied: Applied | None
    finished: Finished
    prompt: str
    strays: tuple[str, ...] = ()
    findings: tuple[GuardFinding, ...] = ()
    analysis: Analysis | None = None
    told: str = ""
    worked: float = 0.0


INTERRUPTED: Final = Prepared(
    Verdict.INTERRUPTED, "before it changed anything", NOTHING, None, Finished(Reason.INTERRUPTED), ""
)
"""An attempt that was cancelled."""


async def prepare(
    ticket: Ticket,
    agent: Agent,
    *,
    workshop: PrivateCopy,
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

    Cancelling it leaves the workspace as it was.
    """
    from anyio import to_thread

    targets: list[str] = []

    def listen(event: AgentEvent) -> None:
        if isinstance(event, Tool):
            targets.append(event.target)
        emit(event)

    folder = await to_thread.run_sync(workshop.sync)
    began = time.monotonic()
    task = Task(
        ticket.incident, "", folder, timeout, tuple(tried), await to_thread.run_sync(_healthy, workshop)
    )
    prompt, finished = await _work(task, agent, compose_prompt, listen)
    worked = time.monotonic() - began
    changes, strays = await to_thread.run_sync(_read, workshop)
    said = " ".join(redact(finished.text).split())[:_SAID]
    ended = Prepared(None, said, changes, None, finished, prompt, strays, worked=worked)
    others = [] if agent.offline else strays  # rules write nothing by themselves
    if escaped := await to_thread.run_sync(
        stray_writes.escaped, others, targets, changes, workspace, workshop.restless
    ):
        why = f"{', '.join(escaped[:3])} was changed outside the private copy; look at it, it was left so"
        return replace(ended, verdict=Verdict.REFUSED, reason=why)
    if finished.reason is Reason.NOTHING or (finished.reason is Reason.OK and not changes):
        return replace(ended, verdict=Verdict.NO_CHANGE, reason=said or "ended without changing a file")
    if finished.reason not in COUNTS or not changes:
        why = f"{finished.reason}: {said}" if said else str(finished.reason)
        return replace(ended, verdict=Verdict.AGENT_ERROR, reason=why)
    return await _decided(ended, workshop, workspace, journal, policy or GuardPolicy(), approval, claim)


async def _work(
    task: Task, agent: Agent, compose_prompt: Callable[[Path], str], emit: Emit
) -> tuple[str, Finished]:
    """Prompt and agent, within the task's time."""
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


def _healthy(workshop: PrivateCopy) -> dict[str, bytes]:
    """The files that changed since the program last ran well, as they were then."""
    return {change.path: change.before for change in workshop.since_good().files if change.before is not None}


def _read(workshop: PrivateCopy) -> tuple[ChangeSet, tuple[str, ...]]:
    return workshop.changes(), workshop.stray_writes()


async def _decided(
    prepared: Prepared,
    workshop: PrivateCopy,
    workspace: Path,
    journal: Path,
    policy: GuardPolicy,
    approval: Approval | None,
    claim: Claim | None,
) -> Prepared:
    """Guard, approval, apply; asked again after a person edited the private copy."""
    import anyio
    from anyio import to_thread

    try:
        while True:
            rebased, findings = await to_thread.run_sync(_inspected, prepared.changes, workspace, policy)
            if "static" not in policy.allow and not any(f.level is Level.REFUSE for f in findings):
                said = await to_thread.run_sync(
                    static_checks.new_findings, prepared.changes, workshop.root, workspace
                )
                findings = said + findings
            prepared = replace(prepared, findings=tuple(findings))
            say, why, told = Choice.YES, "", ""
            if approval is not None:
                measured = await to_thread.run_sync(_measured, rebased, findings, workshop)
                measured = risk.enforced(measured, await _claimed(claim))
                prepared = replace(prepared, analysis=measured)
                request = Request(rebased, prepared.findings, measured, "")
                say, why, told = await _asked(approval, request, by_rule=prepared.finished.by_rule)
            elif findings:
                more = f" and {len(findings) - 1} more" if len(findings) > 1 else ""
                say, why = Choice.NO, f"{findings[0]}{more}"
            if say is Choice.NO:
                return replace(prepared, verdict=Verdict.REFUSED, reason=why, told=told)
            if say is not Choice.EDITED:
                break
            prepared = replace(prepared, changes=await to_thread.run_sync(workshop.changes))
        applied = await to_thread.run_sync(apply, rebased, workspace, journal)
    except ApplyError as error:
        why = error.why if error.what == "refused" else f"{error.what}: {error.why}"
        return replace(prepared, verdict=Verdict.REFUSED, reason=why)
    try:
        await anyio.lowlevel.checkpoint_if_cancelled()
    except anyio.get_cancelled_exc_class():
        applied.take_back()
        raise
    return replace(prepared, applied=applied)


def _inspected(
    changes: ChangeSet, workspace: Path, policy: GuardPolicy
) -> tuple[ChangeSet, list[GuardFinding]]:
    """What would stand in the workspace after merging, and what the guard says to it.

    Both are inspected, the agent's own change set and the merged one: neither may hide behind the other.

    Raises:
        ApplyError: it cannot be merged, and the guard has nothing worse to say.
    """
    findings = guard.inspect(changes, policy)
    if any(finding.level is Level.REFUSE for finding in findings):
        return changes, findings
    rebased, conflicts = rebase(changes, workspace)
    if conflicts:
        raise ApplyError("refused", f"{', '.join(conflicts)} changed at the same place meanwhile")
    return rebased, findings if rebased == changes else guard.inspect(rebased, policy)


def _measured(changes: ChangeSet, findings: Sequence[GuardFinding], workshop: PrivateCopy) -> Analysis:
    return risk.measure(
        changes, findings, risk.python_imports(workshop.root, workshop.paths(), changes.paths)
    )


async def _claimed(claim: Claim | None) -> Analysis | None:
    """What is claimed, if it is known in time."""
    import anyio

    with anyio.move_on_after(CLAIM_WITHIN):
        return await claim() if claim else None
    return None


async def _asked(approval: Approval, request: Request, *, by_rule: bool) -> tuple[Choice, str, str]:
    """What is decided, by the settings or by a person; the reason of a no; what the person said, word for word."""
    analysis = replace(request.analysis, blast=risk.Blast.ISOLATED) if by_rule else request.analysis
    decision, why = decide(approval, analysis, request.findings)
    if decision is not Decision.ASK or approval.ask is None:
        return (Choice.YES if decision is Decision.APPLY else Choice.NO), why, ""
    answer = await approval.ask(replace(request, why=why))
    if answer.say is Choice.ALWAYS:
        approval.always = True
    return answer.say, f"you said no: {answer.reason}" if answer.reason else "you said no", answer.reason
