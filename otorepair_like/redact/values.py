"""Mask secrets in nested values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def masked(value: Any, redact: Callable[[str], str]) -> Any:
    """Return a JSON value with every text in it passed through ``redact``; keys stay."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {key: masked(item, redact) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [masked(item, redact) for item in value]
    return value
