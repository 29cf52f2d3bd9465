"""Reproduces a ticket's failure before its repair: runs its command in the private copy, and reads the output."""

from __future__ import annotations

from dataclasses import replace

from anyio import to_thread

from otorepair_like.detect import Detector
from otorepair_like.incident import Frame, Incident
from otorepair_like.repair.proof.command_runner import CommandRun
from otorepair_like.repair.workbench import Workbench
from otorepair_like.tickets.signal import CommandPasses, TestsPass
from otorepair_like.tickets.ticket import Status, Ticket

_LINES = 200
"""Lines of output that are kept as evidence: the last ones."""


async def reproduce(ticket: Ticket, bench: Workbench) -> Ticket | None:
    """Return ``ticket`` with the failure that its command shows now; ``None``: the command passes.

    A ticket whose signal is no command is returned as it is: it cannot be reproduced here.
    """
    if not isinstance(ticket.signal, CommandPasses | TestsPass):
        return ticket
    async with bench.site.free:
        ran = await bench.prover.commands.show(ticket.signal)
        if ran is None:
            return None
        incident = await to_thread.run_sync(_incident, ran, bench)
    lines = tuple(ran.output.strip().splitlines()[-_LINES:])
    return replace(
        ticket,
        incident=incident,
        evidence=incident.evidence if incident else lines,
        title=ticket.title or (incident.title if incident else ran.last_line),
        status=Status.REPRODUCED,
    )


def _incident(ran: CommandRun, bench: Workbench) -> Incident | None:
    """Return the most informative failure in a command's output: one with frames of the user's code comes first."""
    detector = Detector(bench.site.copy.root, streams=("stderr", "stdout"))
    seen: list[Incident] = []
    for stream, text in (("stdout", ran.stdout), ("stderr", ran.stderr)):
        seen += detector.feed(stream, text.encode(), 0.0)
    seen += detector.flush(float("inf"))
    best = max(seen, key=lambda incident: (incident.own_frame is not None, incident.certain), default=None)
    return best and replace(best, frames=tuple(_in_workspace(frame, bench) for frame in best.frames))


def _in_workspace(frame: Frame, bench: Workbench) -> Frame:
    """Return ``frame`` with a path in the user's workspace instead of the copy."""
    return replace(frame, file=frame.file.removeprefix(f"{bench.site.copy.root}/"))
