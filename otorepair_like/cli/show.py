"""``otorepair show`` and ``otorepair report``: what is kept of one attempt."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from otorepair_like.cli.history import print_lines
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
    one = evidences.read(workspace / NAME / EVIDENCE, identity)
    if as_json:
        print(json.dumps(_object(one), indent=2))
        return 0
    style = decide(color, sys.stdout.isatty(), os.environ, sys.stdout.encoding)
    print_lines(lines(one), style)
    return 0


def report(workspace: Path, identity: str, *, latest: bool) -> int:
    """Print the Markdown report of one attempt, the last one with ``latest``, and return the exit code.

    Raises:
        UsageError: neither is named, or both.
        OtorepairError: there is none, or its evidence was changed since it was written.
    """
    if bool(identity) == latest:
        raise UsageError("report", "name one attempt or say --latest", "see otorepair history")
    attempts = workspace / NAME / EVIDENCE
    if latest:
        found = evidences.everything(attempts)
        if not found:
            raise UsageError("no report", f"no attempts yet in {workspace.resolve()}")
        one = max(found, key=lambda one: one.attempt.time)
    else:
        one = evidences.read(attempts, identity)
    for one_line in evidences.report(one).rstrip("\n").split("\n"):
        print(safe(one_line))
    return 0


def _object(one: Evidence) -> dict[str, Any]:
    """What other programs may want; the contents of files stay out, the diff tells."""
    return {
        "attempt": fields_of(one.attempt),
        "incident": one.incident,
        "analysis": one.analysis,
        "findings": list(one.findings),
        "proof": list(one.proof),
        "undone": one.undone,
        "events": list(one.events),
        "prompt": one.prompt,
    }
