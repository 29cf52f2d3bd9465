"""What holds for all tests."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator

import pytest

# Whoever runs us in the background may have these ignored, and so would every program that a test starts.
signal.signal(signal.SIGINT, signal.default_int_handler)
for sig in (signal.SIGHUP, signal.SIGQUIT):
    signal.signal(sig, signal.SIG_DFL)


@pytest.fixture(autouse=True, scope="session")
def state_home() -> Iterator[str]:
    """Keep the key of the tests' own seals out of the home of whoever runs them."""
    before = os.environ.get("XDG_STATE_HOME")
    with tempfile.TemporaryDirectory(prefix="state-") as folder:
        os.environ["XDG_STATE_HOME"] = folder
        yield folder
        os.environ.pop("XDG_STATE_HOME")
        if before is not None:
            os.environ["XDG_STATE_HOME"] = before
