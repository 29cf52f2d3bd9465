"""A workspace with a test that fails, and a workbench for it; no program runs."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from otorepair_like import events
from otorepair_like.config import Config, resolve
from otorepair_like.repair.workbench import BenchTools, Workbench, open_workbench
from otorepair_like.supervise.process.launch import Launcher
from otorepair_like.supervise.process.spawner import Spawner

PRICES = """\
def total(prices):
    return sum(price for price in pricse)
"""
TEST = """\
import unittest

from prices import total


class Total(unittest.TestCase):
    def test_the_total_is_the_sum(self):
        self.assertEqual(total([1, 2]), 3)


if __name__ == "__main__":
    unittest.main()
"""
RUN_TESTS = f"{sys.executable} -m unittest test_prices"
Opener = Callable[..., AbstractAsyncContextManager[Workbench]]


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
def workspace(tmp_path: Path) -> Path:
    """A module with a slip, and the test that shows it."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "prices.py").write_text(PRICES)
    (folder / "test_prices.py").write_text(TEST)
    return folder


def settings(workspace: Path, **values: object) -> Config:
    """Return the settings of a run: the defaults, and ``values``."""
    config = resolve({}, {"HOME": "/nonexistent"}, str(workspace))
    for name, value in {"workspace": str(workspace), **values}.items():
        setattr(config, name, value)
    return config


@pytest.fixture
def told() -> list[events.Event]:
    """What the bus told."""
    return []


@pytest.fixture
def bench(workspace: Path, tmp_path: Path, spawner: Spawner, told: list[events.Event]) -> Opener:
    """Opens a workbench with the settings it is called with."""

    @asynccontextmanager
    async def open_it(environ: dict[str, str] | None = None, **values: object) -> AsyncIterator[Workbench]:
        home, bus, launcher = tmp_path / "home", events.Bus(), Launcher(spawner)
        home.mkdir(exist_ok=True)
        bus.subscribe(told.append)
        tools = BenchTools(launcher, environ or dict(os.environ), home, bus, str, RUN_TESTS)
        try:
            async with open_workbench(settings(workspace, **values), tools) as opened:
                yield opened
        finally:
            await launcher.close()

    return open_it
