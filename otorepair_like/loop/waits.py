"""Everything a run waits for beside the loop: opinions, attempts, readiness, answers. Each ends in a machine step."""

from __future__ import annotations

from dataclasses import dataclass

from otorepair_like.incident import Incident
from otorepair_like.loop.machine import commands, inputs
from otorepair_like.loop.replay import Asker, request_of, shows_by_itself
from otorepair_like.loop.run_parts import Attempting, Program
from otorepair_like.repair.proof.proof import ANSWER_WITHIN
from otorepair_like.supervise.ready import Ready

_LINES = 100
"""Lines of each stream in which the request that failed is looked for."""


@dataclass(frozen=True, slots=True)
class Waits:
    """Waits for what takes time.

    Args:
        asker: asks the program's requests again.
    """

    program: Program
    attempting: Attempting
    asker: Asker

    async def triage(self, incident: Incident) -> inputs.Opined:
        """Return the opinion of an agent about ``incident``."""
        return inputs.Opined(await self.attempting.triage(incident))

    async def attempt(self, begin: commands.BeginAttempt) -> inputs.AttemptOver:
        """Make the first half of an attempt, and say how the failure can be shown again."""
        attempted = await self.attempting.attempt(begin.ticket, begin.step)
        incident = begin.ticket.incident
        if not attempted.applied or incident is None:
            return inputs.AttemptOver(attempted)
        detector = self.program.detector
        tails = [detector.tail(stream, _LINES) for stream in ("output", "stdout", "stderr")]
        request = request_of(incident, (*incident.evidence, *(line for tail in tails for line in tail)))
        by_itself = shows_by_itself(incident, detector.seen(incident.fingerprint))
        return inputs.AttemptOver(attempted, request, by_itself, self.asker.times(request))

    async def ready(self, ready: Ready) -> inputs.BecameReady:
        """Return when the program is up, as the user said how to see it."""
        await ready.wait(self.program.child.janitor)
        return inputs.BecameReady()

    async def ask(self, command: commands.AskAgain) -> inputs.Input:
        """Ask the request that failed again."""
        return await self.asker.ask(command, ANSWER_WITHIN)
