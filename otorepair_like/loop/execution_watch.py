"""The edge of proof by execution: has the program mark the statements of a proof, and reads what it tells of them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from typing import Final, Protocol

from otorepair_like.loop.machine.inputs import PlaceRan
from otorepair_like.repair.proof.proof_places import ProofPlace

_BEGIN: Final = b'{"ran":'


class MarkingProbe(Protocol):
    """Can have Python programs tell when statements run."""

    def mark(self, token: str, places: Sequence[tuple[str, int]]) -> None:
        """Have processes that start from now on tell."""

    def unmark(self) -> None:
        """Have nobody tell any more."""


class Witness:
    """Follows one proof at a time.

    Args:
        probe: ``None``: no program can be asked.
    """

    def __init__(self, probe: MarkingProbe | None) -> None:
        self._probe, self._token = probe, ""

    def call(self, places: Sequence[ProofPlace]) -> None:
        """Have the program tell of ``places`` as soon as it runs the change."""
        self.dismiss()
        if self._probe and places:
            self._token = secrets.token_hex(8)
            self._probe.mark(self._token, [(place.path, place.line) for place in places])

    def rest(self) -> None:
        """Have no more processes tell; those that run may go on."""
        if self._probe and self._token:
            self._probe.unmark()

    def dismiss(self) -> None:
        """End the proof."""
        self.rest()
        self._token = ""

    def take(self, line: bytes) -> PlaceRan | None:
        """Return what a line of the probe tells of the proof; ``None``: it is a record, or of an older proof."""
        if not line.startswith(_BEGIN):
            return None
        try:
            told = json.loads(line)
            place, state = told["place"], told["state"]
        except (ValueError, KeyError, TypeError):
            return None
        of_this = self._token and told["ran"] == self._token and type(place) is type(state) is int
        return PlaceRan(place, state) if of_this else None
