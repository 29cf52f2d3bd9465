"""``otorepair show`` and ``otorepair report``: print everything kept about one attempt."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from otorepair_like.cli.commands.history import print_lines
from otorepair_like.errors import UsageError
from otorepair_like.memory.folder import EVIDENCE, NAME
from otorepair_like.repair import evidence as evidences
from otorepair_like.repair.evidence import Evidence
from otorepair_like.ui.evidence import lines
from otorepair_like.ui.history import fields_of
from otorepair_like.ui.style import decide
from otorepair_like.ui.text import safe


def show(workspace: Path, identity: str, *, as_json: bool, color: str) -> int:
    """Print incident, change and proof of one attempt to stdout and return the exit code.

    Raises:
        OtorepairError: there is none, or its evidence was changed since it was written.
    """
    evidence = evidences.read(workspace / NAME / EVIDENCE, identity)
    if as_json:
        print(json.dumps(_object(evidence), indent=2))
        return 0
    style = decide(color, sys.stdout.isatty(), os.environ, sys.stdout.encoding)
    print_lines(lines(evidence), style)
    return 0


def report(workspace: Path, identity: str, *, latest: bool) -> int:
    """Print the Markdown report of one attempt, the last one with ``latest``, and return the exit code.

    Raises:
        UsageError: neither is named, or both.
        OtorepairError: there is none, or its evidence was changed since it was written.
    """
    if bool(identity) == latest:
        raise UsageError("report", "give one attempt or --latest", "see otorepair history")
    attempts = workspace / NAME / EVIDENCE
    if latest:
        everything = evidences.everything(attempts)
        if not everything:
            raise UsageError("no report", f"no attempts yet in {workspace.resolve()}")
        evidence = max(everything, key=lambda evidence: evidence.attempt.time)
    else:
        evidence = evidences.read(attempts, identity)
    for text in evidences.report(evidence).rstrip("\n").split("\n"):
        print(safe(text))
    return 0


def _object(evidence: Evidence) -> dict[str, Any]:
    """Return the evidence for other programs; the diff stands for the contents of files."""
    return {
        "attempt": fields_of(evidence.attempt),
        "incident": evidence.incident,
        "analysis": evidence.analysis,
        "findings": list(evidence.findings),
        "proof": list(evidence.proof),
        "undone": evidence.undone,
        "events": list(evidence.events),
        "prompt": evidence.prompt,
    }
