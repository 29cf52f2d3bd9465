"""The recent change that git names: the last commit of a file."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

WITHIN: Final = 5.0
"""Seconds git may take."""
SHOWN: Final = 3_000
"""Characters."""


def recent_change(workspace: Path, file: str) -> str:
    """Return the last commit of ``file``: its line and its diff; ``""`` where git knows none."""
    if not file:
        return ""
    git = ["git", "-C", str(workspace), "-c", "log.showSignature=false", "log", "-1"]
    git += ["--no-color", "--no-ext-diff", "--no-textconv"]
    try:
        done = subprocess.run(
            [*git, "--format=%h %s (%cr)", "-p", "--", file],
            capture_output=True,
            timeout=WITHIN,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode(errors="replace")[:SHOWN] if done.returncode == 0 else ""
