"""The sub-commands and what each is for. Kept apart, so that a run need not import what implements them."""

from __future__ import annotations

SUB_COMMANDS = {
    "run": "wrap a command; the word may be left out",
    "demo": "heal a crashing program in a temporary copy, offline, and show the change",
    "recipes": "the offline recipes, each with an example",
    "fix": "what the recipes would change for a traceback from anywhere, such as a CI log",
    "detect": "what otorepair would see in recorded output",
    "history": "what was tried, and what came of it",
    "show": "one attempt: what failed, what was changed, what was seen afterwards",
    "report": "the same as Markdown, to read or to pass on",
    "undo": "take a repair back, the last one if none is named",
    "redo": "put a repair in again that was taken back",
    "rules": "what was learned from repairs: list, promote or drop; agents are told what is promoted",
    "doctor": "whether a run could work here, and what to do where it could not",
    "events": "the events that --json writes, as a list or as JSON Schema",
    "config": "every setting, its value and where it came from",
}
