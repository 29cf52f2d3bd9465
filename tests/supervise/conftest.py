from __future__ import annotations

import warnings
from collections.abc import Iterator

import pytest

from otorepair_like.supervise.process.spawner import Spawner


@pytest.fixture(scope="session")
def spawner() -> Iterator[Spawner]:
    with warnings.catch_warnings():  # other tests may have left threads; otorepair itself forks before any
        warnings.simplefilter("ignore", DeprecationWarning)
        spawner = Spawner.fork()
    yield spawner
    spawner.close()
