"""The sub-commands and what each is for. Kept apart, so that a run need not import what implements them."""

from __future__ import annotations

SUB_COMMANDS = {
    "demo": "heal a crashing program in a temporary copy, offline, and show the change",
    "detect": "what otorepair would see in recorded output",
    "history": "what was tried, and what came of it",
    "config": "every setting, its value and where it came from",
}
