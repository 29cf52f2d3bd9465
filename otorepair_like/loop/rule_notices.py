"""Says when a rule was learned: a reader of the bus."""

from __future__ import annotations

from otorepair_like import events
from otorepair_like.attempt import Verdict
from otorepair_like.errors import StoreError
from otorepair_like.memory.store import Store


class RuleNotices:
    """Tells a person, in one line, of each rule that the repair just verified has led to."""

    def __init__(self, store: Store, bus: events.Bus) -> None:
        self._store, self._bus = store, bus

    def __call__(self, event: events.Event) -> None:
        """After a verified attempt, look what the history proposes now."""
        if not isinstance(event, events.AttemptEnded) or event.attempt.verdict is not Verdict.VERIFIED:
            return
        try:
            new = [rule for rule in self._store.rules() if rule.new_by(event.attempt.id)]
        except StoreError:
            return  # whoever keeps the attempt says so
        for rule in new:
            cured = f"{rule} has cured {len(rule.evidence)} failures"
            remedy = f"'otorepair rules promote {rule.id}' has agents told, 'drop' forgets it"
            self._bus.publish(events.Notice(text=f"a rule was learned: {cured}; {remedy}"))
