"""Recorded streams of Claude Code are read."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otorepair_like.agents.claude import ClaudeReader
from otorepair_like.agents.cursor import CursorReader
from otorepair_like.agents.protocol import (
    AgentEvent,
    AgentStarted,
    Denied,
    Finished,
    Reason,
    Retry,
    Text,
    Tool,
    ToolResult,
    Usage,
)
from tests.support.agents_fakes import DATA

FILE = "/home/dev/project/app.py"


def events(name: str) -> list[AgentEvent]:
    reader = ClaudeReader()
    lines = (DATA / "claude" / f"{name}.ndjson").read_text().splitlines()
    return [event for line in lines for event in reader.line("stdout", line)]


def end(name: str) -> Finished:
    finished = events(name)[-1]
    assert isinstance(finished, Finished)
    return finished


def test_a_fix_is_told_step_by_step() -> None:
    assert events("fix") == [
        AgentStarted("claude-opus-5-5"),
        Text("I will guard the division."),
        Tool("Read", FILE),
        ToolResult(ok=True),
        Tool("Edit", FILE),
        ToolResult(ok=True),
        Text("Fixed: guarded the division by zero in app.py."),
        Usage(3600, 240, 0.0192),
        Finished(
            Reason.OK,
            "Fixed: guarded the division by zero in app.py.",
            "claude-opus-5-5",
            Usage(3600, 240, 0.0192),
        ),
    ]


def test_a_denied_edit_is_denied_although_the_stream_says_success() -> None:
    told = events("denied")
    assert Denied("Edit", FILE) in told
    assert told.count(Denied("Edit", FILE)) == 1
    assert end("denied").reason is Reason.DENIED


def test_a_denial_beside_an_edit_that_was_made_is_no_failure() -> None:
    reader = ClaudeReader()
    lines = (DATA / "claude" / "fix.ndjson").read_text().splitlines()
    result = json.loads(lines[-1]) | {"permission_denials": [{"tool_name": "Bash", "tool_use_id": "x"}]}
    told = [event for line in [*lines[:-1], json.dumps(result)] for event in reader.line("stdout", line)]
    assert Denied("Bash") in told
    assert isinstance(told[-1], Finished)
    assert told[-1].reason is Reason.OK


@pytest.mark.parametrize(
    ("name", "reason", "words"),
    [
        ("403", Reason.AUTH, "ANTHROPIC_API_KEY"),
        ("nokey", Reason.AUTH, "claude auth login"),
        ("429_once", Reason.OK, "Fixed"),
        ("529", Reason.OVERLOADED, "Overloaded"),
        ("budget", Reason.BUDGET, "budget"),
        ("max_turns", Reason.MAX_TURNS, "maximum number of turns"),
    ],
)
def test_the_end_says_why(name: str, reason: Reason, words: str) -> None:
    assert end(name).reason is reason
    assert words.lower() in end(name).text.lower()


def test_every_retry_is_told_with_its_status() -> None:
    assert [e for e in events("529") if isinstance(e, Retry)] == [
        Retry(1, 2, 529, 0.553),
        Retry(2, 2, 529, 1.069),
    ]
    assert [e.status for e in events("401") if isinstance(e, Retry)] == [401] * 7


def test_what_a_cut_turn_cost_is_counted() -> None:
    assert end("budget").usage == Usage(1200, 80, 0.0063999999999999994)


def test_no_result_is_an_interruption_even_with_exit_code_0() -> None:
    reader = ClaudeReader()
    for line in (DATA / "claude" / "interrupted.ndjson").read_text().splitlines():
        assert not any(isinstance(event, Finished) for event in reader.line("stdout", line))
    assert reader.ended(0).reason is Reason.INTERRUPTED
    assert reader.ended(143).reason is Reason.INTERRUPTED


def test_a_refused_option_is_a_crash_with_what_it_said() -> None:
    reader = ClaudeReader()
    assert not list(reader.line("stderr", "error: unknown option '--nonsense'"))
    assert reader.ended(1) == Finished(Reason.CRASHED, "error: unknown option '--nonsense'")


def test_the_structured_answer_is_the_text_of_the_end() -> None:
    assert json.loads(end("triage").text) == {"verdict": "code_error", "confidence": 0.93}


def test_order_of_keys_and_of_events_does_not_matter() -> None:
    lines = (DATA / "claude" / "fix.ndjson").read_text().splitlines()
    turned = [json.dumps(dict(reversed(json.loads(line).items()))) for line in lines]
    reader = ClaudeReader()
    told = [event for line in (*turned[1:-1], turned[0], turned[-1]) for event in reader.line("stdout", line)]
    assert sorted(map(repr, told)) == sorted(map(repr, events("fix")))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = (
    "message",
    "result",
    "errors",
    "usage",
    "modelUsage",
    "permission_denials",
    "tool_call",
    "error_status",
)


@settings(deadline=None)
@given(
    st.sampled_from(("system", "assistant", "user", "result", "tool_call", "new")),
    st.sampled_from(("init", "api_retry", "permission_denied", "success", "started", "completed")),
    st.dictionaries(
        st.sampled_from((*FIELDS, "is_error", "total_cost_usd", "model", "structured_output")), JSON
    ),
)
def test_no_shape_of_an_event_brings_a_reader_down(kind: str, subtype: str, rest: dict[str, object]) -> None:
    line = json.dumps({"type": kind, "subtype": subtype, **rest})
    for reader in (ClaudeReader(), CursorReader()):
        list(reader.line("stdout", line))
        list(reader.line("stdout", line[: len(line) // 2]))
