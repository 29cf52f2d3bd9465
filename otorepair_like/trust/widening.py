"""Settings of a project that hold without the user's trust: those that narrow what is allowed, or change only looks.

What runs something, spends something or allows something holds after ``otorepair trust`` only. A setting that is not
named here needs trust, so that a new one is safe until somebody thinks about it.
"""

from __future__ import annotations

from otorepair_like.kinds import Option

TYPE_CHECKING = False  # importing typing takes longer than forking
if TYPE_CHECKING:
    from typing import Any

HARMLESS = frozenset(
    (
        "watch", "ignore", "debounce", "poll", "tty", "keys", "ready-port", "stop-timeout", "stop-signal",
        "watch-stdout", "probe", "settle", "attempts", "fix-timeout", "verify-timeout", "triage-model", "fix-model",
        "verbose", "quiet", "json", "color",
    )
)  # fmt: skip
"""How the program is watched, how things look, and what the budget bounds; a model is only a name for an agent."""
_LESS = frozenset(
    (
        "max-files", "max-lines", "auto.files", "max-attempts-total",
        "max-attempts-hour", "max-provider-errors", "max-apply-failures",
    )
)  # fmt: skip
_LIMITS = frozenset(["max-cost", "max-tokens", "max-agent-seconds"])
"""0 means no limit."""
_MORE = frozenset(["healthy-after", "auto.confidence"])
_RANKS = {
    "approve": ("never", "ask", "auto"),
    "replay": ("safe", "all"),
    "require": ("proof", "nothing"),
    "auto.complexity": ("minimal", "simple", "standard", "complex"),
    "auto.security": ("none", "low", "medium", "high"),
    "auto.blast": ("isolated", "moderate", "wide"),
    "backend": ("none", "recipes"),
    "sandbox": ("always", "auto", "never"),
    "triage": ("never", "auto", "always"),
}
_OFF_OR_EMPTY = frozenset(
    ["yes", "agent-shell", "agent-network", "resident", "analysis", "allow", "fix-environment", "verify"]
)


def without_trust(option: Option[Any], value: Any, current: Any) -> tuple[Any, bool]:
    """Return what holds of a project's ``value`` although nobody trusts it, and whether that is all of it.

    Args:
        current: what would hold without the project.
    """
    if option.name == "blocked-paths":  # more are blocked, none is freed
        more = tuple(pattern for pattern in value if not pattern.startswith("!"))
        return (*current, *more), more == value
    if value == current or option.name in HARMLESS or _narrows(option.name, value, current):
        return value, True
    return current, False


def _narrows(name: str, value: Any, current: Any) -> bool:
    if name in _LESS:
        return bool(value <= current)
    if name in _MORE:
        return bool(value >= current)
    if name in _LIMITS:
        return value > 0 and (value <= current or not current)
    if name in _OFF_OR_EMPTY:
        return not value
    if name == "allowed-paths":
        return not current
    if name == "ready-url":
        return _is_local(value)
    ranks = _RANKS.get(name, ())
    return value in ranks and (current not in ranks or ranks.index(value) <= ranks.index(current))


def _is_local(url: str) -> bool:
    from urllib.parse import urlsplit

    try:
        return urlsplit(url).hostname in ("localhost", "127.0.0.1", "::1")
    except ValueError:
        return False
