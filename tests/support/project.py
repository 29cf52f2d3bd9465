"""A small project, and its private copy: fixtures for the tests of repair and workspace."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from otorepair_like.workspace.private_copy import PrivateCopy


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A small project without git."""
    root = tmp_path / "project"
    (root / "app").mkdir(parents=True)
    (root / "app/main.py").write_text('import os\n\nport = os.environ["PORT"]\nprint(port)\n')
    (root / "app/util.py").write_text("def double(n):\n    return n * 2\n")
    (root / "README.md").write_text("# Project\n")
    (root / "run.sh").write_text("#!/bin/sh\n")
    (root / "run.sh").chmod(0o755)
    return root


@pytest.fixture
def journal(workspace: Path) -> Path:
    return workspace / ".otorepair" / "journal.json"


@pytest.fixture
def private_copy(workspace: Path, tmp_path: Path) -> Iterator[PrivateCopy]:
    copy = PrivateCopy(workspace, tmp_path / "home")
    yield copy
    copy.close()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
