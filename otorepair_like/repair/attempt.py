"""One attempt, up to its proof: private copy, prompt, agent, change set, guard, apply."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from otorepair_like.agents.protocol import Agent, AgentEvent, Emit, Finished, Reason, Task, Tool
from otorepair_like.attempt import Verdict
from otorepair_like.errors import AgentError, ApplyError
from otorepair_like.repair import guard, listing
from otorepair_like.repair.apply import Applied, apply, rebase
from otorepair_like.repair.changes import ChangeSet
from otorepair_like.repair.policy import Policy
from otorepair_like.repair.workshop import Workshop
from otorepair_like.tickets.ticket import Ticket

COUNTS: Final = frozenset({Reason.OK, Reason.MAX_TURNS, Reason.BUDGET, Reason.DENIED})
"""Ends after which what the agent changed is looked at: it came to a halt by itself, between two edits."""

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
    """

    verdict: Verdict | None
    reason: str
    changes: ChangeSet
    applied: Applied | None
    finished: Finished
    prompt: str
    strays: tuple[str, ...] = ()


async def prepare(
    ticket: Ticket,
    agent: Agent,
    *,
    workshop: Workshop,
    workspace: Path,
    journal: Path,
    compose_prompt: Callable[[Path], str],
    timeout: float,
    tried: Sequence[str],
    emit: Emit,
    redact: Callable[[str], str] = str,
    policy: Policy | None = None,
) -> Prepared:
    """Let ``agent`` work on ``ticket`` in the private copy, and apply what passes.

    Args:
        compose_prompt: makes the prompt, given the root of the copy.
        timeout: seconds for prompt and agent together.
        tried: diffs that did not help, oldest first.
        emit: hears what the agent does.
        redact: masks secrets in what the agent says.
        policy: what a change set may be; ``None``: the defaults.

    Cancelling it leaves the workspace as it was.
    """
    import anyio
    from anyio import to_thread

    targets: list[str] = []

    def listen(event: AgentEvent) -> None:
        if isinstance(event, Tool):
            targets.append(event.target)
        emit(event)

    folder = await to_thread.run_sync(workshop.sync)
    prompt, finished = "", Finished(Reason.TIMEOUT, f"no end after {timeout:g} s")
    with anyio.move_on_after(timeout):
        prompt = await to_thread.run_sync(compose_prompt, folder)
        task = Task(ticket.incident, prompt, folder, timeout, tuple(tried))
        try:
            finished = await agent.repair(task, listen)
        except AgentError as error:
            finished = Finished(Reason(error.reason), str(error))
    said = " ".join(redact(finished.text).split())[:_SAID]

    def ended(verdict: Verdict | None, reason: str, applied: Applied | None = None) -> Prepared:
        return Prepared(verdict, reason, changes, applied, finished, prompt, strays)

    changes, strays = await to_thread.run_sync(_read, workshop)
    if finished.reason is Reason.NOTHING or (finished.reason is Reason.OK and not changes):
        return ended(Verdict.NO_CHANGE, said or "ended without changing a file")
    if finished.reason not in COUNTS or not changes:
        return ended(Verdict.AGENT_ERROR, f"{finished.reason}: {said}" if said else str(finished.reason))
    if escaped := _escaped(strays, targets, workspace):
        return ended(Verdict.REFUSED, f"{', '.join(escaped[:3])} was changed outside the private copy")
    try:
        applied = await to_thread.run_sync(_guarded, changes, workspace, journal, policy or Policy())
    except ApplyError as error:
        return ended(Verdict.REFUSED, f"{error.why or error}")
    try:
        await anyio.lowlevel.checkpoint_if_cancelled()
    except anyio.get_cancelled_exc_class():
        applied.take_back()
        raise
    return ended(None, said, applied)


def _read(workshop: Workshop) -> tuple[ChangeSet, tuple[str, ...]]:
    return workshop.changes(), workshop.stray_writes()


def _escaped(strays: Sequence[str], targets: Sequence[str], workspace: Path) -> list[str]:
    """Strays that are no edits of the user's or the child's: the agent named them, or nobody edits such
    files.
    """
    told = {target.removeprefix(f"{workspace}/") for target in targets if target.startswith(f"{workspace}/")}

    def off_limits(path: str) -> bool:
        parts = PurePosixPath(path).parts
        return listing.is_secret(path) or parts[0] == ".git" or not set(listing.LINKED).isdisjoint(parts[:-1])

    return [path for path in strays if path in told or off_limits(path)]


def _guarded(changes: ChangeSet, workspace: Path, journal: Path, policy: Policy) -> Applied:
    """Merge first, so that what is inspected is what will stand in the workspace.

    Raises:
        ApplyError: the guard or the merge refuses, or a file cannot be written.
    """
    rebased, conflicts = rebase(changes, workspace)
    findings = guard.inspect(changes, policy) + [
        found for found in guard.inspect(rebased, policy) if rebased != changes
    ]
    if findings:
        more = f" and {len(findings) - 1} more" if len(findings) > 1 else ""
        raise ApplyError("refused", f"{findings[0]}{more}")
    if conflicts:
        raise ApplyError("refused", f"{', '.join(conflicts)} changed at the same place meanwhile")
    return apply(rebased, workspace, journal)
