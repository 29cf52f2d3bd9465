"""The sub-commands and what each does. Kept apart, so that a run need not import what implements them."""

from __future__ import annotations

SUB_COMMANDS = {
    "run": "wrap a command; the word may be left out",
    "demo": "repair a crashing program in a temporary copy, offline, and show the change",
    "fix": "show how the recipes would repair a traceback from anywhere, such as a CI log",
    "history": "list the attempts, or show one with its diff",
    "why": "say why the last failure, or the one named, was not repaired, and what you can do",
    "show": "show one attempt: the failure, the change, and how it was verified",
    "report": "print the same as Markdown, to read or to pass on",
    "undo": "undo a repair, the last one if none is named",
    "redo": "apply an undone repair again",
    "rules": "list, promote or drop rules; promoted rules are added to the agent's prompt",
    "trust": "trust the settings of this project that run something or allow more",
    "recipes": "list the offline recipes, each with an example",
    "detect": "show which failures otorepair sees in recorded output",
    "doctor": "check that everything otorepair needs is installed and configured",
    "events": "list the events that --json writes, or print their JSON Schema",
    "config": "print every setting, its value and where it came from",
}
