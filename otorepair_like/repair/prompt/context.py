"""Gathers what the prompt of an attempt needs: past attempts, lessons, what changed since the program was well."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from otorepair_like.repair.history import RepairHistory
from otorepair_like.repair.plan.escalation import STRATEGIES
from otorepair_like.repair.plan.plan import Instructions
from otorepair_like.repair.prompt.compose import compose
from otorepair_like.tickets.ticket import Ticket
from otorepair_like.workspace.git import recent_change
from otorepair_like.workspace.private_copy import PrivateCopy


@dataclass(frozen=True, slots=True)
class PromptContext:
    """Makes prompts for the attempts of a run.

    Args:
        command: the wrapped command as typed.
        redact: masks secrets.
        checks: commands of the user that must succeed with a repair in place.
        limits: most files and lines that a repair may change.
    """

    command: str
    workspace: Path
    copy: PrivateCopy
    history: RepairHistory
    redact: Callable[[str], str]
    checks: Sequence[str] = ()
    limits: tuple[int, int] | None = None

    def compose(self, ticket: Ticket, instructions: Instructions, folder: Path) -> str:
        """Return the prompt for an attempt at ``ticket`` in the private copy at ``folder``. Blocking."""
        rejection = instructions.rejection
        return compose(
            ticket,
            command=self.command,
            workspace=self.workspace,
            folder=folder,
            past=self.history.relevant(ticket.incident) if ticket.incident else (),
            redact=self.redact,
            hint=f"I refused your last change: {rejection}" if rejection else "",
            suspects=self.copy.since_good().diff() or self._recent(ticket, instructions),
            orders=instructions.words,
            lessons=self.history.lessons(),
            findings=instructions.findings,
            checks=self.checks,
            limits=self.limits,
        )

    def _recent(self, ticket: Ticket, instructions: Instructions) -> str:
        """Return what git says was changed last, where that is to be reverted."""
        frame = ticket.incident.own_frame if ticket.incident else None
        wanted = STRATEGIES["revert"] in instructions.words
        return recent_change(self.workspace, frame.file) if wanted and frame else ""
