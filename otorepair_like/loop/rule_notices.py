"""Announces each rule that was learned: a reader of the bus."""

from __future__ import annotations

from otorepair_like import events
from otorepair_like.attempt import Verdict
from otorepair_like.errors import StoreError
from otorepair_like.memory.store import Store


class RuleNotices:
    """Announces, in one line each, the rules that the newest verified repair has led to."""

    def __init__(self, store: Store, bus: events.Bus) -> None:
        self._store, self._bus = store, bus

    def __call__(self, event: events.Event) -> None:
        """Announce new rules after a verified attempt."""
        if not isinstance(event, events.AttemptEnded) or event.attempt.verdict is not Verdict.VERIFIED:
            return
        try:
            new = [rule for rule in self._store.rules() if rule.new_by(event.attempt.id)]
        except StoreError:
            return  # whoever keeps the attempt says so
        for rule in new:
            proof = f"{rule} has repaired {len(rule.evidence)} failures"
            remedy = f"'otorepair rules promote {rule.id}' adds it to the agents' prompt, 'drop' forgets it"
            self._bus.publish(events.Notice(text=f"a rule was learned: {proof}; {remedy}"))
