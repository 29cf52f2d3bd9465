"""Turns events into lines. Pure: an event and the view in, lines out."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from typing import Any, Final

from otorepair_like import events
from otorepair_like.attempt import Verdict
from otorepair_like.repair.plan.budget import in_words
from otorepair_like.ui import approval, diff
from otorepair_like.ui.spans import ScreenLine, Span, line
from otorepair_like.ui.style import View
from otorepair_like.ui.text import duration, money, one_line

DIFF_LINES: Final = 40
"""Changed lines shown per change; with ``-v``, all of them."""
_MESSAGE_LINES: Final = 8
"""Lines shown per message of an agent; with ``-v``, all of them."""


def short_id(fingerprint: str, attempt: str = "") -> str:
    """Return the short name of an incident, such as ``#a1f3``, as ``otorepair history`` accepts it."""
    identity = fingerprint or attempt
    return f"#{identity[:4]}" if identity else ""


def render(event: events.Event, view: View) -> list[ScreenLine]:
    """Return the lines that show ``event``."""
    return list(_RENDER[type(event)](event, view))


def _run_started(event: events.RunStarted, view: View) -> Iterator[ScreenLine]:
    repair = ", ".join(event.repairers) or "repair is off"
    hint = f"{event.prefix} h shows the keys" if event.prefix else "ctrl-c stops"
    yield line(view.marks.dot.join((f"otorepair {event.version}", repair, hint)))
    if view.verbosity:
        yield _note(view, f"{one_line(event.command)} in {event.workspace}")


def _child_started(event: events.ChildStarted, view: View) -> Iterator[ScreenLine]:
    yield _note(
        view, f"program started, pid {event.pid}" + (f", start {event.start}" if event.start > 1 else "")
    )


def _child_exited(event: events.ChildExited, view: View) -> Iterator[ScreenLine]:
    how = (
        f"exited with {event.status}" if event.status >= 0 else f"was ended by {_signal_name(-event.status)}"
    )
    yield _note(view, f"program {how} after {duration(event.up)}")


def _stop_step(event: events.StopStep, view: View) -> Iterator[ScreenLine]:
    plural = "" if event.processes == 1 else "es"
    yield _note(view, f"sent {_signal_name(event.signal)} to {event.processes} process{plural}")


def _incident_seen(event: events.IncidentSeen, view: View) -> Iterator[ScreenLine]:
    incident = event.incident
    place = incident.place.removeprefix(f"{view.workspace}/") if view.workspace else incident.place
    facts = [part for part in (place, short_id(incident.fingerprint)) if part]
    if incident.count > 1:
        facts.append(f"{incident.count} times")
    if reason := event.ignored or event.waits:
        facts.append(f"({reason})")
    rest = "".join(f"  {fact}" for fact in facts)
    yield line(
        Span(view.marks.incident, "error"), " ", Span(incident.title, "error"), Span(rest, "dim"), elastic=2
    )
    if view.verbosity >= 3:
        yield from _raw(view, [*incident.before, *incident.evidence])


def _incident_closed(event: events.IncidentClosed, view: View) -> Iterator[ScreenLine]:
    outcome = event.verdict or "not repaired"
    yield _note(view, f"{short_id(event.fingerprint)} closed, {outcome}: {one_line(event.detail)}")


def _triage_answered(event: events.TriageAnswered, view: View) -> Iterator[ScreenLine]:
    opinion = {True: "a real error", False: "not an error", None: "unsure"}[event.error]
    confidence = "" if event.error is None else f" ({event.confidence:.0%})"
    who = f"{short_id(event.fingerprint)} {event.agent}".strip()
    text = f" {who}: {opinion}{confidence}: {one_line(event.summary)}"
    yield line(Span(view.marks.doubt, "doubt"), text.removesuffix(": "))


def _attempt_started(event: events.AttemptStarted, view: View) -> Iterator[ScreenLine]:
    who = f"{short_id(event.fingerprint, event.attempt)} {event.agent}"
    yield _note(view, view.marks.dot.join((who, f"attempt {event.number}/{event.limit}")))


def _agent_said(event: events.AgentSaid, view: View) -> Iterator[ScreenLine]:
    if event.kind == "cost":
        return
    texts = [text.rstrip() for text in event.text.splitlines() if text.strip()]
    shown = texts if view.verbosity else texts[:_MESSAGE_LINES]
    prefix = "not allowed: " if event.kind == "denied" else ""
    for text in shown:
        yield _detail(view, prefix + text)
    if len(texts) > len(shown):
        yield _detail(view, f"{view.marks.more} {len(texts) - len(shown)} more lines")


def _prompt_sent(event: events.PromptSent, view: View) -> Iterator[ScreenLine]:
    yield _note(view, f"prompt to {event.agent}, {len(event.prompt)} characters:")
    yield from _raw(view, event.prompt.split("\n"))


def _change_applied(event: events.ChangeApplied, view: View) -> Iterator[ScreenLine]:
    yield from diff.block(event.diff, view.marks, None if view.verbosity else DIFF_LINES)
    if event.probation:
        yield line(
            Span(
                f"  {view.marks.doubt} on probation, because it is a guess: {one_line(event.probation)}",
                "doubt",
            )
        )


def _attempt_ended(event: events.AttemptEnded, view: View) -> Iterator[ScreenLine]:
    attempt = event.attempt
    if attempt.verdict is Verdict.REFUSED and view.verbosity:
        yield from diff.block(attempt.diff, view.marks, None)
    mark, style, words = _VERDICTS[attempt.verdict]
    identity = short_id(attempt.fingerprint, attempt.id)
    summary = words.format(agent=attempt.agent or "agent", time=duration(attempt.seconds))
    why = one_line(event.proof or attempt.reason)
    text = f" {identity} {summary}" + (f": {why}" if why else "")
    cost = [money(attempt.cost_usd)] if attempt.cost_usd else []
    undo = [f"undo: otorepair undo {identity[1:]}"] if attempt.verdict in _STAYS else []
    yield line(Span(getattr(view.marks, mark), style), view.marks.dot.join([text, *cost, *undo]))


def _analysed(event: events.Analysed, view: View) -> Iterator[ScreenLine]:
    security = event.security and f"security {event.security}"
    risk = ", ".join(part for part in (event.complexity, security, event.blast) if part)
    facts = (one_line(event.cause), risk, f"{event.confidence:.0%} sure")
    opinion = view.marks.dot.join(part for part in facts if part)
    yield _detail(view, f"{event.agent} thinks: {opinion}")
    if view.verbosity and event.prevention:
        yield _detail(view, f"prevention: {one_line(event.prevention)}")


def _prescribed(event: events.Prescribed, view: View) -> Iterator[ScreenLine]:
    who = ":".join(part for part in (event.agent, event.model) if part)
    what = " ".join(part for part in (event.action.replace("_", " "), who and f"({who})") if part)
    yield line(f"{view.marks.note} {short_id(event.fingerprint)} next: {what}: {one_line(event.reason)}")


def _budget_spent(event: events.BudgetSpent, view: View) -> Iterator[ScreenLine]:
    yield _note(view, view.marks.dot.join(("spent", *in_words(event.spent, event.limits))))


def _breaker_tripped(event: events.BreakerTripped, view: View) -> Iterator[ScreenLine]:
    what = f"{short_id(event.fingerprint)} no more attempts: {one_line(event.reason)}".strip()
    yield line(Span(view.marks.bad, "bad"), f" {what}")


def _restarting(event: events.Restarting, view: View) -> Iterator[ScreenLine]:
    when = f" in {duration(event.pause)}" if event.pause else ""
    yield _note(view, f"restarting{when}: {one_line(event.reason)}")


def _waiting(event: events.Waiting, view: View) -> Iterator[ScreenLine]:
    yield line(
        Span(view.marks.waiting, "busy"),
        f" waiting for a file change (r: restart, q: quit): {one_line(event.reason)}",
    )


def _notice(event: events.Notice, view: View) -> Iterator[ScreenLine]:
    text = one_line(event.text)
    yield _note(view, text) if event.level else line(f"{view.marks.note} {text}")


def _key_answered(event: events.KeyAnswered, view: View) -> Iterator[ScreenLine]:
    return diff.block(event.text, view.marks, None) if event.diff else _raw(view, event.text.split("\n"))


def _run_ended(event: events.RunEnded, view: View) -> Iterator[ScreenLine]:
    yield line(
        Span(view.marks.bad if event.code else view.marks.good, "bad" if event.code else "good"),
        " ",
        _end(event),
    )


def _end(event: events.RunEnded) -> str:
    from otorepair_like.errors import GAVE_UP

    reason = one_line(event.reason)
    end = "gave up" if event.code == GAVE_UP else f"exiting with code {event.code}"
    return f"{end}: {reason}" if reason else end


def _note(view: View, text: str) -> ScreenLine:
    return line(Span(f"{view.marks.note} {text}", "dim"))


def _detail(view: View, text: str) -> ScreenLine:
    return line(Span(f"  {view.marks.bar} ", "dim"), Span(text, "dim"), elastic=1)


def _raw(view: View, texts: list[str]) -> Iterator[ScreenLine]:
    """Yield raw data, never shortened."""
    return (line(Span(f"  {view.marks.bar} {text}".rstrip(), "dim")) for text in texts)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


_VERDICTS: Final = {
    Verdict.VERIFIED: ("good", "good", "verified in {time}"),
    Verdict.UNPROVEN: ("doubt", "doubt", "applied in {time}, unproven"),
    Verdict.FAILED: ("bad", "bad", "failed after {time}, undone"),
    Verdict.REFUSED: ("bad", "bad", "refused after {time}, not applied"),
    Verdict.NO_CHANGE: ("nothing", "doubt", "{agent} changed nothing in {time}"),
    Verdict.AGENT_ERROR: ("bad", "bad", "{agent} could not run"),
    Verdict.INTERRUPTED: ("nothing", "doubt", "interrupted after {time}"),
}
"""The mark, the style and the words of each verdict."""

_STAYS: Final = (Verdict.VERIFIED, Verdict.UNPROVEN)
"""Verdicts that leave the change in the workspace."""

_RENDER: Final[dict[type[events.Event], Callable[[Any, View], Iterator[ScreenLine]]]] = {
    events.RunStarted: _run_started,
    events.ChildStarted: _child_started,
    events.ChildExited: _child_exited,
    events.StopStep: _stop_step,
    events.IncidentSeen: _incident_seen,
    events.IncidentClosed: _incident_closed,
    events.TriageAnswered: _triage_answered,
    events.AttemptStarted: _attempt_started,
    events.AgentSaid: _agent_said,
    events.PromptSent: _prompt_sent,
    events.ChangeProposed: approval.lines,
    events.ChangeAnswered: approval.answer,
    events.Typing: lambda _event, _view: iter(()),
    events.ChangeApplied: _change_applied,
    events.AttemptEnded: _attempt_ended,
    events.Analysed: _analysed,
    events.Prescribed: _prescribed,
    events.BudgetSpent: _budget_spent,
    events.BreakerTripped: _breaker_tripped,
    events.Restarting: _restarting,
    events.Waiting: _waiting,
    events.KeyAnswered: _key_answered,
    events.Notice: _notice,
    events.RunEnded: _run_ended,
}
