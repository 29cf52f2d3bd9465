"""Every story has a workspace and a home of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

from tests.support.otorepair import EXAMPLES
from tests.support.window import Open, open_window


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    folder.mkdir()
    return folder


@pytest.fixture
def example(tmp_path: Path) -> Callable[[str], Path]:
    def copy(name: str) -> Path:
        return Path(shutil.copytree(EXAMPLES / name, tmp_path / name))

    return copy


@pytest.fixture
def terminal(workspace: Path, home: Path) -> Iterator[Open]:
    """Opens windows with the installed command in them; all are closed at the end."""
    opened: list[pexpect.spawn] = []

    def open_terminal(*args: str, program: str = "", columns: int = 100, **env: str) -> pexpect.spawn:
        opened.append(open_window(program, args, workspace, home, columns, env))
        return opened[-1]

    yield open_terminal
    for process in opened:
        process.close(force=True)
