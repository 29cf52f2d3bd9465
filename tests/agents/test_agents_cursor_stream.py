"""Streams of Cursor's agent are read; they are written from its documentation."""

from __future__ import annotations

import json

import pytest

from otorepair_like.agents.cursor import CursorReader
from otorepair_like.agents.protocol import (
    AgentEvent,
    AgentStarted,
    Denied,
    Finished,
    Reason,
    Text,
    Tool,
    ToolResult,
    Usage,
)
from tests.support.agents_fakes import DATA

FILE = "/home/dev/project/app.py"


def events(name: str) -> list[AgentEvent]:
    reader = CursorReader()
    lines = (DATA / "cursor" / f"{name}.ndjson").read_text().splitlines()
    return [event for line in lines for event in reader.line("stdout", line)]


def test_a_fix_is_told_step_by_step() -> None:
    said = "I will guard the division.Fixed: guarded the division."
    assert events("fix") == [
        AgentStarted("Auto"),
        Text("I will guard the division."),
        Tool("read", FILE),
        ToolResult(ok=True),
        Tool("edit", FILE),
        ToolResult(ok=True),
        Text("Fixed: guarded the division."),
        Usage(1200, 80),
        Finished(Reason.OK, said, "Auto", Usage(1200, 80)),
    ]


def test_a_rejected_command_is_denied() -> None:
    told = events("denied")
    assert Denied("shell", "curl http://example.com") in told
    assert ToolResult(ok=False) in told
    assert isinstance(told[-1], Finished)
    assert told[-1].reason is Reason.DENIED


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("Authentication required. Please run 'agent login' first", Reason.AUTH),
        ("You've hit your usage limit", Reason.QUOTA),
        ("Cannot use this model: model gpt-9 not found", Reason.MODEL),
        ("Something else", Reason.CRASHED),
    ],
)
def test_an_error_is_named_by_its_words(words: str, reason: Reason) -> None:
    result = {"type": "result", "subtype": "error", "is_error": True, "result": words}
    *_, finished = CursorReader().line("stdout", json.dumps(result))
    assert isinstance(finished, Finished)
    assert finished.reason is reason

    reader = CursorReader()
    assert not list(reader.line("stderr", words))
    assert reader.ended(1).reason is reason
