"""The proof of a repair: the signal that showed the failure is watched until it shows health, or does not.

Pure: no clock, no I/O. ``now`` comes in with every event, in seconds of a clock that never goes back; what
    is waited for is the :attr:`Proof.deadline`, after which :meth:`Proof.tick` judges.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from otorepair_like.attempt import Verdict
from otorepair_like.incident import Incident
from otorepair_like.repair.proof.health import UNKNOWN, Health
from otorepair_like.repair.proof.progress import moved_on
from otorepair_like.repair.proof.proof_places import ProofPlace
from otorepair_like.tickets.signal import HealthMode, ProgramHealthy
from otorepair_like.tickets.ticket import Ticket

ANSWER_WITHIN = 10.0
"""Seconds the program gets to answer the request that failed, loading included."""
_AFTERWARDS = 0.5
"""Seconds after an answer in which its traceback may still be on its way."""
_HTTP_FAILED, _HTTP_ELSEWHERE = 500, 300
_LOGIN = (302, 303, 307, 401, 403)
"""Answers to those who are not who they were: the same in health, they may have been to somebody else."""
_ENOUGH = 0.5
"""Share of the lines of the healthy output, below which a command that prints less does not do its work."""
_PATIENCE, _LOOK_EVERY = 3.0, 0.2
"""Seconds that a program gets to come to its places, and between two looks, where health need not last so long."""
HARMLESS = ("GET", "HEAD")
"""Methods of requests that may be asked again unasked."""


class Ran(IntEnum):
    """The stages of a statement, as the program reports them (``supervise/hook/otorepair_marks.py``)."""

    ENTERED = 0
    LEFT = 1
    RAISED = 2


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
        health: what the command showed when it was well: the class of the request's status must come again (never
            seen: only 2xx is an answer), and what a command that ends printed.
        places: statements that must be seen to run, the one that failed first; none: nobody can see them.
        printed: digests of what the run that failed had printed until then; ``None``: nobody knows.
        asks: whether the request is asked again by us.
    """

    def __init__(
        self,
        ticket: Ticket,
        started: float | None = None,
        *,
        known: frozenset[str] = frozenset(),
        health: Health = UNKNOWN,
        places: tuple[ProofPlace, ...] = (),
        printed: tuple[str, ...] | None = None,
        asks: bool = True,
    ) -> None:
        assert ticket.incident is not None, "a program that fails shows an incident"  # noqa: S101
        assert isinstance(ticket.signal, ProgramHealthy), "other signals have provers"  # noqa: S101
        self._failure, self._signal = ticket.incident, ticket.signal
        self._known = known - {self._failure.fingerprint}
        self._health, self._places, self._printed = health, places, printed
        self._asks = asks and self._signal.request is not None
        self._ran: dict[int, set[int]] = {}
        self._damage = ""
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
        """Judge a failure that the program showed."""
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
        """Judge the program's end, with the incident it died of, if one was seen, and digests of its output."""
        if self._started is None:
            return None
        if status == 0 and self._signal.mode is HealthMode.STAYS_UP:
            return self._ended_well(output)
        if status == 0:
            return Judgement(Verdict.UNPROVEN, False, "exited 0 before it could be asked again")
        if incident is not None and (judged := self.incident(incident, now)):
            return judged
        ended = f"exited {status}" if status > 0 else f"was ended by signal {-status}"
        return Judgement(Verdict.FAILED, False, f"{ended} after {now - self._started:.1f} s")

    def ran(self, place: int, state: int) -> Judgement | None:
        """Take note that the program tells of one of the places, maybe before we know that it was started."""
        self._ran.setdefault(place, set()).add(state)
        return self._at_once()

    def answered(self, status: int | None, now: float, damage: str = "") -> Judgement | None:
        """Take note that the failed request was asked again.

        Args:
            status: the worst answer; ``None``: nobody answered, or it cannot be asked again.
            damage: another request that was well and fails now, in words.
        """
        if self._started is None or self.deadline is None:
            return None
        self._status, self._damage = status, damage
        self.deadline = max(self._started + self._signal.seconds, now + _AFTERWARDS)
        return self._at_once()

    def by_the_user(self) -> Judgement | None:
        """Return the judgement if the user repeated the request, after all: every place ran to its end."""
        request, whole = self._signal.request, {Ran.LEFT}
        seen = all(
            self._ran.get(number, set()) & {Ran.LEFT, Ran.RAISED} == whole
            for number in range(len(self._places))
        )
        if not (request and self._places and seen) or self._not_seen():
            return None
        words = " ".join(request)
        return Judgement(Verdict.VERIFIED, False, f"{self._places[0].shown} ran again when you sent {words}")

    @property
    def key(self) -> str:
        """Return the key of the ticket."""
        return self._failure.fingerprint

    def _at_once(self) -> Judgement | None:
        """Judge without waiting where the deed was repeated and seen to work."""
        if self._started is None or self._status is None or not self._places:
            return None
        judgement = self._by_request()
        return judgement if judgement.verdict is Verdict.VERIFIED else None

    def tick(self, now: float) -> Judgement | None:
        """Judge, if it is time."""
        if self.deadline is None or now < self.deadline:
            return None
        if self._signal.request:
            return self._by_request()
        patient_until = (self._started or now) + _PATIENCE
        if now < patient_until and any(number not in self._ran for number in range(len(self._places))):
            self.deadline = min(now + _LOOK_EVERY, patient_until)
            return None
        return self._by_itself()

    def _by_itself(self) -> Judgement:
        """Judge what time alone tells: it came up, or nobody asked."""
        well = f"ran well for {self._signal.seconds:g} s"
        if missing := self._not_seen():
            return Judgement(Verdict.UNPROVEN, False, f"{well}, but {missing}")
        if self._places:
            return Judgement(Verdict.VERIFIED, False, f"{self._places[0].shown} ran again, {well}")
        if self._signal.by_itself:
            return Judgement(Verdict.VERIFIED, False, f"ran {self._signal.seconds:g} s without the error")
        return Judgement(Verdict.UNPROVEN, False, f"{well}, but the action that caused it was not repeated")

    def _by_request(self) -> Judgement:
        """Judge the answer to the request that failed."""
        assert self._signal.request, "asked only where there is a request"  # noqa: S101
        words, status = " ".join(self._signal.request), self._status
        if status is None:
            return self._not_asked(words)
        if status >= _HTTP_FAILED:
            return Judgement(Verdict.FAILED, False, f"{words} still answers {status}")
        if self._damage:
            return Judgement(Verdict.FAILED, False, self._damage)
        healthy = self._health.status_of(self._signal.request)
        answers = f"{words} answers {status}{' as before' if healthy == status else ''}"
        if missing := self._not_seen():
            return Judgement(Verdict.UNPROVEN, False, f"{answers}, but {missing}")
        if status >= _HTTP_ELSEWHERE and (healthy != status or (status in _LOGIN and not self._places)):
            was = "which says nothing about what failed" if healthy is None else f"was {healthy} in health"
            return Judgement(Verdict.UNPROVEN, False, f"{words} answers {status}, {was}")
        ran = f"{self._places[0].shown} ran again" if self._places else "error gone"
        return Judgement(Verdict.VERIFIED, False, f"{ran}, {answers}")

    def _not_asked(self, words: str) -> Judgement:
        well = f"ran well for {self._signal.seconds:g} s"
        if self._places and not self._not_seen():  # somebody else asked it
            return Judgement(Verdict.VERIFIED, False, f"{self._places[0].shown} ran again, {well}")
        why = "could not be asked again" if self._asks else "is yours to ask again"
        return Judgement(Verdict.UNPROVEN, False, f"{well}, but {words} {why}")

    def _not_seen(self) -> str:
        """Return in words which place did not run as it should; ``""``: all did, or nobody could see them."""
        for number, place in enumerate(self._places):
            states = self._ran.get(number, set())
            if place.line == 0:
                return f"{place.shown}, which failed, is gone"
            if Ran.RAISED in states:
                return f"{place.shown} failed again, unseen"
            if place.gated:
                return f"{place.shown} is behind a condition that was not there"
            if not states:
                return f"{place.shown} was not executed"
            if number == 0 and Ran.LEFT not in states:
                return f"{place.shown} did not come to its end"
        return ""

    def _ended_well(self, output: tuple[str, ...] | None) -> Judgement:
        gone = f"{self._places[0].shown} ran again, exited 0" if self._places else "exited 0, error gone"
        if missing := self._not_seen():
            return Judgement(Verdict.UNPROVEN, False, f"exited 0, but {missing}")
        if not self._signal.by_itself and not self._places:
            return Judgement(
                Verdict.UNPROVEN, False, "exited 0, but the action that caused it was not repeated"
            )
        if self._printed is not None and output is not None and len(output) < len(self._printed):
            said = f"printed less than up to the failure: {len(output)} lines, not {len(self._printed)}"
            return Judgement(Verdict.UNPROVEN, False, f"exited 0, but {said}")
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
        self._started, self._status, self._damage = now, None, ""
        self.deadline = now + (
            max(self._signal.seconds, ANSWER_WITHIN) if self._asks else self._signal.seconds
        )
