from __future__ import annotations

from collections.abc import Callable

import pytest

from otorepair_like.attempt import Attempt, Verdict


@pytest.fixture
def attempt() -> Callable[..., Attempt]:
    """Return a function that makes an attempt; its arguments replace fields."""

    def make(**changed: object) -> Attempt:
        values: dict[str, object] = {
            "id": "a1f3c0",
            "time": 1000.0,
            "command": "python app.py",
            "fingerprint": "f" * 12,
            "loose_fingerprint": "l" * 12,
            "type": "KeyError",
            "message": "'PORT'",
            "file": "app.py",
            "line": 12,
            "agent": "recipes",
            "model": "",
            "verdict": Verdict.VERIFIED,
            "reason": "up for 3 s",
            "diff": "-a\n+b\n",
            "seconds": 2.5,
            "cost_usd": 0.03,
            "prompt_chars": 4000,
        }
        return Attempt(**{**values, **changed})  # type: ignore[arg-type]

    return make
