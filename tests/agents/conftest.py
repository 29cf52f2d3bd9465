from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from otorepair_like.supervise.process.spawner import Spawner
from tests.support.agents_launch import RememberingLaunch


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def spawner() -> Iterator[Spawner]:
    with warnings.catch_warnings():  # other tests may have left threads; otorepair itself forks before any
        warnings.simplefilter("ignore", DeprecationWarning)
        spawner = Spawner.fork()
    yield spawner
    spawner.close()


@pytest.fixture
def launch(spawner: Spawner) -> Iterator[RememberingLaunch]:
    """Return a launcher; after the test none of its processes may be alive."""
    launch = RememberingLaunch(spawner)
    yield launch
    alive = [process.pid for process in launch.launched if psutil.pid_exists(process.pid)]
    assert not alive


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the private copy in which an agent works."""
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "app.py").write_text("def ratio(a, b):\n    return a / b\n")
    return copy


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Return a clean environment with only the fake CLIs of the test on PATH."""
    return {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path), "LANG": "C.UTF-8", "SECRET": "hunter2"}
