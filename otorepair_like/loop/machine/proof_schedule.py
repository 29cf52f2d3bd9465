"""The running proof with its deadlines: for a reload, for readiness, for health. Pure."""

from __future__ import annotations

from otorepair_like.attempt import Verdict
from otorepair_like.incident import Incident
from otorepair_like.repair.plan.attempted import NO_COPY_PROOF, Attempted
from otorepair_like.repair.proof.proof import Judgement, Proof
from otorepair_like.repair.proof.proof_places import SYNTAX, Touched, touches
from otorepair_like.tickets.ticket import Ticket

READY_WITHIN = 60.0
"""Seconds a program gets to become ready, by the sign that the user named."""
RELOAD_WITHIN = 5.0
"""Seconds a child that reloads itself gets to do so after a repair; then we restart it."""


class ProofSchedule:
    """Keeps a :class:`~otorepair_like.repair.proof.proof.Proof` and its deadlines."""

    def __init__(self) -> None:
        self.proof: Proof | None = None
        self._known: set[str] = set()
        self._kept: dict[str, int] = {}
        self._probation: tuple[Touched, ...] = ()
        self._guesses: dict[str, tuple[Touched, ...]] = {}
        self._reload_by: float | None = None
        self._ready_by: float | None = None
        self._yours: Proof | None = None
        """The last proof, if it left the change unproven: the user may do what it could not."""
        self._copy_proof = NO_COPY_PROOF

    @property
    def deadline(self) -> float | None:
        """Return the time at which something is due."""
        proof = (self._ready_by or self.proof.deadline) if self.proof else None
        return min((t for t in (proof, self._reload_by) if t is not None), default=None)

    @property
    def ready(self) -> bool:
        """Return whether no readiness is waited for."""
        return self._ready_by is None

    @property
    def reloading(self) -> bool:
        """Return whether a reload is waited for."""
        return self._reload_by is not None

    def begin(
        self,
        ticket: Ticket,
        attempted: Attempted,
        printed: tuple[str, ...] | None = None,
        *,
        asks: bool = True,
    ) -> None:
        """Begin the proof of the change that was ``attempted`` for ``ticket``.

        Args:
            printed, asks: see :class:`~otorepair_like.repair.proof.proof.Proof`.
        """
        self._probation, self._copy_proof = attempted.probation, attempted.copy_proof
        self._ready_by = None  # that the program was up before says nothing any more
        self._yours = None
        self.proof = Proof(
            ticket,
            known=frozenset(self._known),
            health=attempted.health,
            places=attempted.places,
            printed=printed,
            asks=asks,
        )

    def was_there(self, incident: Incident) -> None:
        """Note a failure that came without a change of ours in the workspace: no change is blamed for it."""
        self._known.add(incident.fingerprint)

    def kept(self, ticket: Ticket, agent: int) -> None:
        """Note that the change of ``agent`` for ``ticket`` was kept. A repair of syntax cannot relapse."""
        if ticket.incident and ticket.incident.type not in SYNTAX:
            self._kept[ticket.key] = agent
            self._guesses[ticket.key] = self._probation

    def ran_later(self, place: int, state: int) -> tuple[str, Judgement] | None:
        """Return what the user's own request proves of a change that was kept unproven, and its key; told once."""
        if self._yours is None:
            return None
        self._yours.ran(place, state)
        judgement = self._yours.by_the_user()
        if judgement is None:
            return None
        key, self._yours = self._yours.key, None
        return (key, judgement) if key in self._kept else None

    def relapsed(self, incident: Incident) -> tuple[str, int] | None:
        """Return the fingerprint and the agent of a kept repair that ``incident`` disproves, once; ``None`` if of none.

        It came again; or the repair is on probation, and this happened in lines that it wrote.
        """
        doubted = (one for one, lines in self._guesses.items() if touches(incident, lines))
        for fingerprint in (incident.fingerprint, *doubted):
            if (agent := self._kept.pop(fingerprint, None)) is not None:
                del self._guesses[fingerprint]
                return fingerprint, agent
        return None

    def end(self, judgement: Judgement) -> Judgement:
        """End the proof; return ``judgement`` completed by the proof in the private copy."""
        proof, judged = self.proof, self._copy_proof.added_to(judgement)
        self._yours = proof if judged.verdict is Verdict.UNPROVEN else None
        self.call_off()
        return judged

    def call_off(self) -> None:
        """End the proof without a judgement."""
        self.proof = self._reload_by = None

    def child_down(self) -> None:
        """Wait no longer for a reload or readiness: the program has ended."""
        self._reload_by = self._ready_by = None

    def expect_reload(self, now: float) -> None:
        """Give the program time to reload itself."""
        self._reload_by = now + RELOAD_WITHIN

    def expect_ready(self, now: float) -> None:
        """Wait until the program is ready before its health is timed."""
        self._ready_by = now + READY_WITHIN

    def is_ready(self) -> None:
        """Note that the program is ready."""
        self._ready_by = None

    def started(self, now: float) -> Judgement | None:
        """Start the clock of the proof: the program runs the change now."""
        self._reload_by = None
        return self.proof.child_started(now) if self.proof else None

    def reload_overdue(self, now: float) -> bool:
        """Return whether the program should have reloaded by now; true only once."""
        overdue = self._reload_by is not None and now >= self._reload_by
        if overdue:
            self._reload_by = None
        return overdue

    def tick(self, now: float) -> Judgement | None:
        """Return the judgement that is due by ``now``, if one is."""
        if self.proof is None:
            return None
        if self._ready_by is None:
            return self.proof.tick(now)
        if now < self._ready_by:
            return None
        return Judgement(Verdict.FAILED, progress=False, proof=f"not up within {READY_WITHIN:g} s")
