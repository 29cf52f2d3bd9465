"""The history, as a repair uses it: if it fails, that is reported once and the run goes on without it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from otorepair_like import events
from otorepair_like.attempt import Attempt
from otorepair_like.errors import StoreError
from otorepair_like.incident import Incident
from otorepair_like.memory.store import Store

_T = TypeVar("_T")


@dataclass
class RepairHistory:
    """Past attempts, kept and looked up.

    Args:
        store: keeps them; ``None``: they cannot be kept.
    """

    store: Store | None
    bus: events.Bus

    def add(self, attempt: Attempt) -> None:
        """Keep an attempt that has ended."""
        self._ask(lambda store: store.add(attempt), None)

    def relevant(self, incident: Incident) -> Sequence[Attempt]:
        """Return past attempts that may help with a failure, most relevant first."""
        return self._ask(lambda store: store.relevant(incident), ())

    def lessons(self) -> Sequence[str]:
        """Return the promoted rules of this workspace, for the agents' prompt."""
        return self._ask(lambda store: store.lessons(), ())

    def close(self) -> None:
        """Close the store."""
        if self.store:
            self.store.close()

    def _ask(self, question: Callable[[Store], _T], otherwise: _T) -> _T:
        if self.store is None:
            return otherwise
        try:
            return question(self.store)
        except StoreError as error:
            self.bus.publish(events.Notice(text=str(error)))
            self.store = None
            return otherwise
