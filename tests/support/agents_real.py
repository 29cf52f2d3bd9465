"""Real agent CLIs for tests: where they are, and a clean place to run them in."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest

_SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"


def real_claude() -> Path:
    """Claude Code: ``OTOREPAIR_TEST_CLAUDE``, else the one that an installed ``claude-agent-sdk`` carries."""
    given = os.environ.get("OTOREPAIR_TEST_CLAUDE")
    if given:
        return _there("claude", Path(given))
    package = importlib.util.find_spec("claude_agent_sdk")
    folders = package.submodule_search_locations if package else None
    return _there("claude", Path(folders[0]) / "_bundled" / "claude" if folders else None)


def clean_environment(home: Path, program: Path, name: str) -> dict[str, str]:
    """An environment with an empty home, no credential, and ``program`` on PATH as ``name``."""
    folder = home / "bin"
    folder.mkdir(parents=True)
    (folder / name).symlink_to(program)
    return {"HOME": str(home), "PATH": f"{folder}:{_SYSTEM_PATH}", "LANG": "C.UTF-8", "TMPDIR": str(home)}


def _there(name: str, program: Path | None) -> Path:
    """``program``; else the test is skipped, or fails where ``OTOREPAIR_REQUIRE_AGENTS`` names the agent."""
    if program is not None and os.access(program, os.X_OK):
        return program
    absent = f"the real {name} is not installed (looked at {program})"
    if name in os.environ.get("OTOREPAIR_REQUIRE_AGENTS", "").replace(",", " ").split():
        pytest.fail(absent)
    pytest.skip(absent)
