"""What each event looks like as lines. Pure: an event and the marks in, lines out."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from typing import Any, Final

from otorepair_like import events
from otorepair_like.attempt import Attempt, Verdict
from otorepair_like.ui import diff
from otorepair_like.ui.line import Line, Span, line
from otorepair_like.ui.style import Marks
from otorepair_like.ui.text import duration, money, one_line

DIFF_LINES: Final = 40
"""Changed lines shown of a change; all of them with ``-v``."""
_SAID_LINES: Final = 8
"""Lines shown of one thing an agent says; all of them with ``-v``."""


def short_id(fingerprint: str, attempt: str = "") -> str:
    """``#a1f3``: what a person calls an incident, and gives to ``otorepair history``."""
    identity = fingerprint or attempt
    return f"#{identity[:4]}" if identity else ""


def render(event: events.Event, marks: Marks, verbosity: int) -> list[Line]:
    """The lines that show ``event``."""
    return list(_RENDER[type(event)](event, marks, verbosity))


def _run_started(event: events.RunStarted, marks: Marks, verbosity: int) -> Iterator[Line]:
    repair = ", ".join(event.repairers) or "repair is off"
    yield line(marks.dot.join((f"otorepair {event.version}", repair, "ctrl-c stops")))
    if verbosity:
        yield _note(marks, f"{one_line(event.command)} in {event.workspace}")


def _child_started(event: events.ChildStarted, marks: Marks, _: int) -> Iterator[Line]:
    yield _note(marks, f"child {event.pid} started" + (f", start {event.start}" if event.start > 1 else ""))


def _child_exited(event: events.ChildExited, marks: Marks, _: int) -> Iterator[Line]:
    how = f"exit {event.status}" if event.status >= 0 else f"ended by {_signal_name(-event.status)}"
    yield _note(marks, f"child gone: {how} after {duration(event.up)}")


def _stop_step(event: events.StopStep, marks: Marks, _: int) -> Iterator[Line]:
    plural = "" if event.processes == 1 else "es"
    yield _note(marks, f"{_signal_name(event.signal)} to {event.processes} process{plural}")


def _incident_seen(event: events.IncidentSeen, marks: Marks, verbosity: int) -> Iterator[Line]:
    incident = event.incident
    facts = [part for part in (incident.place, short_id(incident.fingerprint)) if part]
    if incident.count > 1:
        facts.append(f"{incident.count} times")
    if event.ignored:
        facts.append(f"({event.ignored})")
    rest = "".join(f"  {fact}" for fact in facts)
    yield line(
        Span(marks.incident, "error"), " ", Span(incident.title, "error"), Span(rest, "dim"), elastic=2
    )
    if verbosity >= 3:
        yield from _raw(marks, [*incident.before, *incident.evidence])


def _triage_answered(event: events.TriageAnswered, marks: Marks, _: int) -> Iterator[Line]:
    opinion = {True: "a real error", False: "no error", None: "unsure"}[event.error]
    confidence = "" if event.error is None else f" ({event.confidence:.0%})"
    who = f"{short_id(event.fingerprint)} {event.agent}".strip()
    text = f" {who}: {opinion}{confidence}: {one_line(event.summary)}"
    yield line(Span(marks.doubt, "doubt"), text.removesuffix(": "))


def _attempt_started(event: events.AttemptStarted, marks: Marks, _: int) -> Iterator[Line]:
    who = f"{short_id(event.fingerprint, event.attempt)} {event.agent}"
    yield _note(marks, marks.dot.join((who, f"attempt {event.number}/{event.limit}")))


def _agent_said(event: events.AgentSaid, marks: Marks, verbosity: int) -> Iterator[Line]:
    if event.kind == "cost":
        return
    said = [text.rstrip() for text in event.text.splitlines() if text.strip()]
    shown = said if verbosity else said[:_SAID_LINES]
    prefix = "not allowed: " if event.kind == "denied" else ""
    for text in shown:
        yield _detail(marks, prefix + text)
    if len(said) > len(shown):
        yield _detail(marks, f"{marks.more} {len(said) - len(shown)} more lines")


def _prompt_sent(event: events.PromptSent, marks: Marks, _: int) -> Iterator[Line]:
    yield _note(marks, f"prompt to {event.agent}, {len(event.prompt)} characters:")
    yield from _raw(marks, event.prompt.split("\n"))


def _change_applied(event: events.ChangeApplied, marks: Marks, verbosity: int) -> Iterator[Line]:
    return diff.block(event.diff, marks, None if verbosity else DIFF_LINES)


def _attempt_ended(event: events.AttemptEnded, marks: Marks, verbosity: int) -> Iterator[Line]:
    attempt = event.attempt
    if attempt.verdict is Verdict.REFUSED and verbosity:
        yield from diff.block(attempt.diff, marks, None)
    mark, style, words = _VERDICTS[attempt.verdict]
    identity = short_id(attempt.fingerprint, attempt.id)
    said = words.format(agent=attempt.agent or "agent", time=duration(attempt.seconds))
    why = one_line(event.proof or attempt.reason)
    text = f" {identity} {said}" + (f": {why}" if why else "") + _spent(attempt, marks)
    yield line(Span(getattr(marks, mark), style), text)


def _spent(attempt: Attempt, marks: Marks) -> str:
    return f"{marks.dot}{money(attempt.cost_usd)}" if attempt.cost_usd else ""


def _breaker_tripped(event: events.BreakerTripped, marks: Marks, _: int) -> Iterator[Line]:
    what = f"{short_id(event.fingerprint)} no more attempts: {one_line(event.reason)}".strip()
    yield line(Span(marks.bad, "bad"), f" {what}")


def _restarting(event: events.Restarting, marks: Marks, _: int) -> Iterator[Line]:
    when = f" in {duration(event.pause)}" if event.pause else ""
    yield _note(marks, f"restarting{when}: {one_line(event.reason)}")


def _waiting(event: events.Waiting, marks: Marks, _: int) -> Iterator[Line]:
    yield line(Span(marks.waiting, "busy"), f" waiting for a file change: {one_line(event.reason)}")


def _notice(event: events.Notice, marks: Marks, _: int) -> Iterator[Line]:
    text = one_line(event.text)
    yield _note(marks, text) if event.level else line(f"{marks.note} {text}")


def _run_ended(event: events.RunEnded, marks: Marks, _: int) -> Iterator[Line]:
    yield line(
        Span(marks.bad if event.code else marks.good, "bad" if event.code else "good"), " ", _end(event)
    )


def _end(event: events.RunEnded) -> str:
    from otorepair_like.errors import GAVE_UP

    reason = one_line(event.reason)
    said = "gave up" if event.code == GAVE_UP else f"ends with exit code {event.code}"
    return f"{said}: {reason}" if reason else said


def _note(marks: Marks, text: str) -> Line:
    return line(Span(f"{marks.note} {text}", "dim"))


def _detail(marks: Marks, text: str) -> Line:
    return line(Span(f"  {marks.bar} ", "dim"), Span(text, "dim"), elastic=1)


def _raw(marks: Marks, texts: list[str]) -> Iterator[Line]:
    """Raw data is never cut."""
    return (line(Span(f"  {marks.bar} {text}".rstrip(), "dim")) for text in texts)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


_VERDICTS: Final = {
    Verdict.VERIFIED: ("good", "good", "verified in {time}"),
    Verdict.UNPROVEN: ("doubt", "doubt", "applied in {time}, unproven"),
    Verdict.FAILED: ("bad", "bad", "failed after {time}, taken back"),
    Verdict.REFUSED: ("bad", "bad", "refused after {time}, not applied"),
    Verdict.NO_CHANGE: ("nothing", "doubt", "no change by {agent} in {time}"),
    Verdict.AGENT_ERROR: ("bad", "bad", "{agent} could not work"),
}
"""A verdict's mark, its style, and its words."""

_RENDER: Final[dict[type[events.Event], Callable[[Any, Marks, int], Iterator[Line]]]] = {
    events.RunStarted: _run_started,
    events.ChildStarted: _child_started,
    events.ChildExited: _child_exited,
    events.StopStep: _stop_step,
    events.IncidentSeen: _incident_seen,
    events.TriageAnswered: _triage_answered,
    events.AttemptStarted: _attempt_started,
    events.AgentSaid: _agent_said,
    events.PromptSent: _prompt_sent,
    events.ChangeApplied: _change_applied,
    events.AttemptEnded: _attempt_ended,
    events.BreakerTripped: _breaker_tripped,
    events.Restarting: _restarting,
    events.Waiting: _waiting,
    events.Notice: _notice,
    events.RunEnded: _run_ended,
}
