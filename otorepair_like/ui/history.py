"""The history for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from otorepair_like.attempt import Attempt, Verdict
from otorepair_like.ui.spans import ScreenLine, Span, line
from otorepair_like.ui.text import duration, money, one_line, safe, width

JSON_FIELDS: Final = (
    "id",
    "time",
    "command",
    "fingerprint",
    "type",
    "message",
    "file",
    "line",
    "agent",
    "model",
    "verdict",
    "reason",
    "diff",
    "seconds",
    "cost_usd",
)
"""The fields of an attempt that ``otorepair history --json`` prints, in this order."""

_STYLES: Final = {
    Verdict.VERIFIED: "good",
    Verdict.FAILED: "bad",
    Verdict.REFUSED: "bad",
    Verdict.AGENT_ERROR: "bad",
}
_HEAD: Final = ("attempt", "failure", "when", "verdict", "agent", "took", "cost", "error")
_VERDICT: Final = _HEAD.index("verdict")


def to_json(attempts: Sequence[Attempt]) -> str:
    """Return ``attempts`` as a JSON list of objects."""
    return json.dumps([fields_of(attempt) for attempt in attempts], indent=2)


def fields_of(attempt: Attempt) -> dict[str, Any]:
    """Return ``attempt`` as an object for other programs."""
    return {name: getattr(attempt, name) for name in JSON_FIELDS}


def table(attempts: Sequence[Attempt]) -> Iterator[ScreenLine]:
    """Yield a heading, one line per attempt, and the totals."""
    rows = [_HEAD, *map(_cells, attempts)]
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    styles = ["dim", *(_STYLES.get(attempt.verdict, "doubt") for attempt in attempts)]
    for row, style in zip(rows, styles, strict=True):
        padded = [cell + " " * (room - width(cell) + 2) for cell, room in zip(row[:-1], widths, strict=False)]
        plain = "dim" if row is _HEAD else ""
        yield line(
            Span("".join(padded[:_VERDICT]), plain),
            Span(padded[_VERDICT], style),
            Span("".join(padded[_VERDICT + 1 :]), plain),
            Span(row[-1], plain),
            elastic=3,
        )
    yield line(Span(spent(attempts), "dim"))


def spent(attempts: Sequence[Attempt]) -> str:
    """Return the number of attempts, how many were verified, and their time and cost, in words."""
    verified = sum(attempt.verdict is Verdict.VERIFIED for attempt in attempts)
    tokens = sum(attempt.tokens for attempt in attempts)
    costs = [attempt.cost_usd for attempt in attempts if attempt.cost_usd is not None]
    unknown = len(attempts) - len(costs)
    parts = [
        f"{len(attempts)} attempt{'s' * (len(attempts) != 1)}, {verified} verified",
        duration(sum(attempt.seconds for attempt in attempts)),
        f"{tokens} tokens" if tokens else "",
        money(sum(costs)) + (f" (unknown for {unknown})" if unknown else "") if costs else "cost unknown",
    ]
    return "total: " + ", ".join(part for part in parts if part)


def detail(attempt: Attempt) -> Iterator[ScreenLine]:
    """Yield everything about one attempt, its diff last."""
    place = attempt.file if attempt.line is None else f"{attempt.file}:{attempt.line}"
    failure = ": ".join(part for part in (attempt.type, one_line(attempt.message)) if part)
    yield line(Span(failure or "failure", "error"), Span(f"  {place}".rstrip(), "dim"))
    facts = {
        "attempt": attempt.id,
        "fingerprint": attempt.fingerprint,
        "time": _when(attempt.time, "%Y-%m-%d %H:%M:%S"),
        "command": one_line(attempt.command),
        "agent": f"{attempt.agent} ({attempt.model})" if attempt.model else attempt.agent,
        "verdict": ": ".join(part for part in (attempt.verdict.value, one_line(attempt.reason)) if part),
        "took": duration(attempt.seconds),
        "cost": "" if attempt.cost_usd is None else money(attempt.cost_usd),
        "tokens": str(attempt.tokens) if attempt.tokens else "",
        "prompt": f"{attempt.prompt_chars} characters" if attempt.prompt_chars else "",
    }
    for name, value in facts.items():
        if value:
            yield line(
                Span(f"{name:<13}", "dim"),
                Span(value, _STYLES.get(attempt.verdict, "") * (name == "verdict")),
            )
    if attempt.diff:
        yield line("")
        yield from map(_diff_line, attempt.diff.removesuffix("\n").split("\n"))


def _cells(attempt: Attempt) -> tuple[str, ...]:
    failure = ": ".join(part for part in (attempt.type, attempt.message) if part)
    cost = "" if attempt.cost_usd is None else money(attempt.cost_usd)
    return (
        one_line(attempt.id),
        one_line(attempt.fingerprint[:4]),
        _when(attempt.time, "%Y-%m-%d %H:%M"),
        attempt.verdict.value.replace("_", " "),
        one_line(attempt.agent),
        duration(attempt.seconds),
        cost,
        one_line(failure)[:200],
    )


def _when(seconds: float, form: str) -> str:
    """Return the local time, or ``""`` if it is unknown or out of range."""
    try:
        return datetime.fromtimestamp(seconds).strftime(form) if seconds else ""
    except (ValueError, OverflowError, OSError):
        return ""


def _diff_line(text: str) -> ScreenLine:
    header = text.startswith(("+++", "---", "diff ", "@@"))
    style = "file" if header else {"+": "added", "-": "removed"}.get(text[:1], "")
    return line(Span(safe(text), style))
