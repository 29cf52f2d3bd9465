"""The budget of a run: attempts, time, tokens, money and errors that agents may use. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import Final

from otorepair_like.agents.protocol import Usage
from otorepair_like.config import Config
from otorepair_like.events import Amounts

HOUR: Final = 3600.0
"""Seconds."""
DEFAULT: Final = Amounts(attempts=25, hour=10, seconds=3600.0, provider_errors=10, apply_failures=15)
"""The limits of a run; 0: none."""
_WORDS: Final = {
    "attempts": "{spent:.0f} of {limit:.0f} attempts",
    "seconds": "agents worked {spent:.0f} of {limit:g} s",
    "tokens": "{spent:.0f} of {limit:.0f} tokens",
    "cost_usd": "${spent:.2f} of ${limit:.2f}",
    "provider_errors": "{spent:.0f} of {limit:.0f} errors of model providers",
    "apply_failures": "{spent:.0f} of {limit:.0f} changes that could not be applied",
}


@dataclass(frozen=True, slots=True)
class Spent:
    """The cost of one attempt.

    Args:
        agent: whether an agent made it; a recipe costs only the attempt itself.
        seconds: how long the agent worked.
        tokens, cost_usd: by its own figures; ``None``: it gives none.
        provider_error: whether its model could not be reached or refused it.
        apply_failure: whether its change was refused or could not be applied.
    """

    agent: bool = False
    seconds: float = 0.0
    tokens: int = 0
    cost_usd: float | None = None
    provider_error: bool = False
    apply_failure: bool = False


NOTHING_SPENT: Final = Spent()


class Budget:
    """Adds up the cost of attempts, and refuses more when a limit is reached.

    Args:
        limits: see :class:`Amounts`.
    """

    def __init__(self, limits: Amounts = DEFAULT) -> None:
        self.limits = limits
        self.spent = Amounts()
        self._recent: deque[float] = deque()

    def add(self, spent: Spent, now: float) -> None:
        """Add an attempt; ``now`` in monotonic seconds."""
        was = self.spent
        if spent.agent:
            self._recent.append(now)
        cost = was.cost_usd if spent.cost_usd is None else (was.cost_usd or 0.0) + spent.cost_usd
        unknown = spent.agent and spent.cost_usd is None
        self.spent = replace(
            was,
            attempts=was.attempts + 1,
            seconds=was.seconds + spent.seconds,
            tokens=was.tokens + spent.tokens,
            cost_usd=cost,
            cost_unknown=was.cost_unknown + unknown,
            provider_errors=was.provider_errors + spent.provider_error,
            apply_failures=was.apply_failures + spent.apply_failure,
        )
        self._forget(now)

    def asked(self, usage: Usage) -> None:
        """Add a question to a model: it is no attempt, but it costs."""
        was = self.spent
        paid = Usage(cost_usd=was.cost_usd) + usage
        unknown = was.cost_unknown + (usage.cost_usd is None)
        self.spent = replace(
            was, tokens=was.tokens + usage.tokens, cost_usd=paid.cost_usd, cost_unknown=unknown
        )

    def refuses(self, now: float) -> str:
        """Return in words why no attempt may begin; ``""`` if one may."""
        self._forget(now)
        for name, words in _WORDS.items():
            spent, limit = getattr(self.spent, name) or 0, getattr(self.limits, name)
            if limit and spent >= limit:
                return f"the budget of the run is spent, {words.format(spent=spent, limit=limit)}"
        if self.limits.hour and self.spent.hour >= self.limits.hour:
            minutes = max(1, round((self._recent[0] + HOUR - now) / 60))
            return f"the budget of this hour is spent, {self.spent.hour} attempts; there is more in {minutes} min"
        return ""

    def _forget(self, now: float) -> None:
        while self._recent and now - self._recent[0] >= HOUR:
            self._recent.popleft()
        self.spent = replace(self.spent, hour=len(self._recent))


def in_words(spent: Amounts, limits: Amounts) -> tuple[str, ...]:
    """Return each amount spent with its limit, in a few words each."""

    def of(used: str, limit: str) -> str:
        return f"{used} of {limit}" if limit.strip("$0.") else used

    if spent.cost_usd is None:
        cost = "cost unknown" if spent.cost_unknown else "$0.00"
    else:
        cost = f"at least ${spent.cost_usd:.2f}" if spent.cost_unknown else f"${spent.cost_usd:.2f}"
    wrong = {
        "errors of providers": (spent.provider_errors, limits.provider_errors),
        "changes not applied": (spent.apply_failures, limits.apply_failures),
    }
    return (
        f"{of(str(spent.attempts), str(limits.attempts))} attempts",
        f"{of(str(spent.hour), str(limits.hour))} this hour",
        f"{of(f'{spent.seconds:.0f}', f'{limits.seconds:g}')} s of agents",
        f"{of(str(spent.tokens), str(limits.tokens))} tokens",
        of(cost, f"${limits.cost_usd or 0:.2f}"),
        *(f"{of(str(often), str(limit))} {what}" for what, (often, limit) in wrong.items() if often),
    )


def limits_of(config: Config) -> Amounts:
    """Return the limits in the settings."""
    return Amounts(
        attempts=config.max_attempts_total,
        hour=config.max_attempts_hour,
        seconds=config.max_agent_seconds,
        tokens=config.max_tokens,
        cost_usd=config.max_cost,
        provider_errors=config.max_provider_errors,
        apply_failures=config.max_apply_failures,
    )
