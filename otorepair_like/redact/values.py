"""Mask secrets in nested values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from otorepair_like.redact.named_values import MASK, mask_listed
from otorepair_like.redact.names import secret_like


def masked(value: Any, redact: Callable[[str], str]) -> Any:
    """Return ``value``, as JSON knows values, with every text in it passed through ``redact``; keys stay.

    A text under a key that announces a secret is masked whole, a private key over several lines of a list too.
    """
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {key: _named(key, item, redact) for key, item in value.items()}
    if isinstance(value, list | tuple):
        if all(isinstance(item, str) for item in value):
            return mask_listed(value, redact)
        return [masked(item, redact) for item in value]
    return value


def _named(key: Any, value: Any, redact: Callable[[str], str]) -> Any:
    if (
        isinstance(value, str)
        and value
        and isinstance(key, str)
        and key.lower() not in _OURS
        and secret_like(key)
    ):
        return MASK
    return masked(value, redact)


_OURS = ("key", "auth", "salt")
"""Keys of ours, or too common, that are no names of secrets by themselves."""
