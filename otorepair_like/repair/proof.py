"""The proof of a repair: the signal that showed the failure is watched until it shows health, or does not.

Pure: no clock, no I/O. ``now`` comes in with every event, in seconds of a clock that never goes back; what
    is waited for is the :attr:`Proof.deadline`, after which :meth:`Proof.tick` judges.
"""

from __future__ import annotations

from dataclasses import dataclass

from otorepair_like.attempt import Verdict
from otorepair_like.incident import Incident
from otorepair_like.repair.health import UNKNOWN, Health
from otorepair_like.repair.progress import moved_on
from otorepair_like.tickets.signal import Mode, ProgramHealthy
from otorepair_like.tickets.ticket import Ticket

ANSWER_WITHIN = 10.0
"""Seconds the program gets to answer the request that failed, loading included."""
_AFTERWARDS = 0.5
"""Seconds after an answer in which its traceback may still be on its way."""

_HTTP_FAILED = 500

_ENOUGH = 0.5
"""Share of the lines of the healthy output, below which a command that prints less does not do its work."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The end of a proof.

    Args:
        verdict: verified, unproven or failed.
        progress: it failed, but with a different error than before, and not earlier on the same path.
        proof: what was seen, in words.
    """

    verdict: Verdict
    progress: bool
    proof: str


class Proof:
    """Watches one ticket's signal after a repair was applied.

    What happens before the child was started again or reloaded does not count.

    Args:
        ticket: what failed.
        started: when the child that runs now was started; ``None``: it has yet to be started, or to reload.
        known: fingerprints of failures that were there before the repair; they are not blamed on it.
        health: what the command showed when it was well. The class of the request's status must come again (never
            seen: anything below 500 will do), and what a command that ends printed.
    """

    def __init__(
        self,
        ticket: Ticket,
        started: float | None = None,
        *,
        known: frozenset[str] = frozenset(),
        health: Health = UNKNOWN,
    ) -> None:
        assert ticket.incident is not None, "a program that fails shows an incident"  # noqa: S101
        assert isinstance(ticket.signal, ProgramHealthy), "other signals have provers"  # noqa: S101
        self._failure, self._signal = ticket.incident, ticket.signal
        self._known = known - {self._failure.fingerprint}
        self._health = health
        self._started: float | None = None
        self._status: int | None = None
        self.deadline: float | None = None
        """When :meth:`tick` will judge; ``None`` as long as nothing runs."""
        if started is not None:
            self._begin(started)

    def child_started(self, now: float) -> Judgement | None:
        """Begin to count: the program was started again, or has loaded the repair by itself."""
        self._begin(now)
        return None

    def incident(self, incident: Incident, now: float) -> Judgement | None:  # noqa: ARG002 - as the others
        """The child printed a failure."""
        if self._started is None or incident.severity == "warning" or incident.fingerprint in self._known:
            return None
        if incident.fingerprint == self._failure.fingerprint:
            return Judgement(Verdict.FAILED, False, f"the same error again: {incident.title}")
        if not moved_on(self._failure, incident):
            return Judgement(Verdict.FAILED, False, f"another error came before that place: {incident.title}")
        return Judgement(Verdict.FAILED, True, f"a different error came: {incident.title}")

    def child_exited(
        self, status: int, incident: Incident | None, now: float, output: tuple[str, ...] | None = None
    ) -> Judgement | None:
        """The child ended, with the incident it died of, if one was seen, and digests of what it printed."""
        if self._started is None:
            return None
        if status == 0 and self._signal.mode is Mode.STAYS_UP:
            return self._ended_well(output)
        if status == 0:
            return Judgement(Verdict.UNPROVEN, False, "exited 0 before it could be asked again")
        if incident is not None and (judged := self.incident(incident, now)):
            return judged
        ended = f"exited {status}" if status > 0 else f"was ended by signal {-status}"
        return Judgement(Verdict.FAILED, False, f"{ended} after {now - self._started:.1f} s")

    def answered(self, status: int | None, now: float) -> Judgement | None:
        """The failed request was asked again; ``None``: nobody answered, or it cannot be asked again."""
        if self._started is not None and self.deadline is not None:
            self._status = status
            self.deadline = max(self._started + self._signal.seconds, now + _AFTERWARDS)
        return None

    def tick(self, now: float) -> Judgement | None:
        """Time went by."""
        if self.deadline is None or now < self.deadline:
            return None
        gone = f"up for {self._signal.seconds:g} s, error gone"
        request = self._signal.request
        if request is None and (self._signal.mode is Mode.STAYS_UP or self._signal.by_itself):
            return Judgement(Verdict.VERIFIED, False, gone)
        if request is None:
            return Judgement(Verdict.UNPROVEN, False, f"{gone}, but nobody did what made it fail")
        words = " ".join(request)
        if self._status is None:
            return Judgement(Verdict.UNPROVEN, False, f"{gone}, but {words} could not be asked again")
        if self._status >= _HTTP_FAILED:
            return Judgement(Verdict.FAILED, False, f"{words} still answers {self._status}")
        healthy = self._health.status_of(request)
        if healthy is not None and healthy // 100 != self._status // 100:
            return Judgement(
                Verdict.FAILED, False, f"{words} answers {self._status}, was {healthy} in health"
            )
        return Judgement(Verdict.VERIFIED, False, f"{gone}, {words} answers {self._status}")

    def _ended_well(self, output: tuple[str, ...] | None) -> Judgement:
        gone = "exited 0, error gone"
        if self._health.output is None or output is None:
            return Judgement(Verdict.VERIFIED, False, gone)
        again, lines = self._health.came_again(output)
        if again == lines:
            return Judgement(Verdict.VERIFIED, False, f"{gone}, its output as in health" if lines else gone)
        said = f"{again} of {lines} lines of its last healthy run came again"
        if again < lines * _ENOUGH and len(output) < lines:
            return Judgement(Verdict.FAILED, False, f"exited 0, but printed less: {said}")
        return Judgement(Verdict.UNPROVEN, False, f"{gone}, but its output differs: {said}")

    def _begin(self, now: float) -> None:
        self._started, self._status = now, None
        wait = (
            self._signal.seconds if self._signal.request is None else max(self._signal.seconds, ANSWER_WITHIN)
        )
        self.deadline = now + wait
