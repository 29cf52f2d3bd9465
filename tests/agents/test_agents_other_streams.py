"""Recorded streams of Codex, Gemini CLI, opencode and aider are read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otorepair_like.agents.aider import Aider, AiderReader, own_files
from otorepair_like.agents.codex import CodexReader
from otorepair_like.agents.gemini import GeminiReader
from otorepair_like.agents.opencode import OpencodeReader
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
from otorepair_like.agents.reader import Reader
from otorepair_like.incident import Frame
from tests.support.agents_fakes import DATA, INCIDENT, Heard, task
from tests.support.agents_launch import RememberingLaunch

FILE = "/home/dev/project/app.py"
SAID, DONE = "I will guard the division.", "Fixed: guarded the division by zero in app.py."


def events(reader: Reader, name: str, stream: str = "stdout") -> list[AgentEvent]:
    lines = (DATA / name).read_text().splitlines()
    return [event for line in lines for event in reader.line(stream, line)]


def test_codex_tells_a_fix() -> None:
    assert events(CodexReader(), "codex/fix.ndjson") == [
        AgentStarted(),
        Text(SAID),
        Tool("Edit", FILE),
        ToolResult(ok=True),
        Text(DONE),
        Usage(2400, 160),
        Finished(Reason.OK, DONE, "", Usage(2400, 160)),
    ]


def test_codex_tells_its_commands() -> None:
    tools = [event for event in events(CodexReader(), "codex/shell.ndjson") if isinstance(event, Tool)]
    assert [tool.kind for tool in tools] == ["Shell"]
    assert "create_connection" in tools[0].target


@pytest.mark.parametrize(
    ("name", "retry", "reason"),
    [
        ("401", Retry(1, 5, 401), Reason.AUTH),
        ("429_once", Retry(1, 5, 429), Reason.OK),
        ("500", Retry(1, 5, 0), Reason.OVERLOADED),
    ],
)
def test_codex_tells_its_retries(name: str, retry: Retry, reason: Reason) -> None:
    told = events(CodexReader(), f"codex/{name}.ndjson")
    assert next(event for event in told if isinstance(event, Retry)) == retry
    assert isinstance(told[-1], Finished)
    assert told[-1].reason is reason


@pytest.mark.parametrize(
    ("complaint", "about"),
    [
        (
            "ERROR codex_core::tools::router: error=patch rejected: writing outside of the project",
            "writing outside of the project",
        ),
        ("Failed to write file /work/app.py", "/work/app.py"),
    ],
)
def test_codex_is_denied_a_patch_on_stderr_only(complaint: str, about: str) -> None:
    reader = CodexReader()
    assert list(reader.line("stderr", complaint)) == [Denied("apply_patch", about)]
    *_, end = reader.line("stdout", '{"type": "turn.completed"}')
    assert isinstance(end, Finished)
    assert end.reason is Reason.DENIED


def test_gemini_tells_a_fix() -> None:
    assert events(GeminiReader(), "gemini/fix.ndjson") == [
        AgentStarted("gemini-3-pro"),
        Text(SAID),
        Tool("replace", FILE),
        ToolResult(ok=True),
        Text(DONE),
        Usage(2400, 160),
        Finished(Reason.OK, DONE, "gemini-3-pro", Usage(2400, 160)),
    ]


def test_gemini_says_a_thing_in_pieces() -> None:
    piece = '{{"type": "message", "role": "assistant", "content": "{}", "delta": true}}'
    reader = GeminiReader()
    lines = [*map(piece.format, ("I wi", "ll do ", "it.")), '{"type": "result", "status": "success"}']
    assert next(event for line in lines for event in reader.line("stdout", line)) == Text("I will do it.")


def test_gemini_names_a_bad_key_and_an_interruption() -> None:
    end = events(GeminiReader(), "gemini/401.ndjson")[-1]
    assert isinstance(end, Finished)
    assert end.reason is Reason.AUTH
    reader = GeminiReader()
    events(reader, "gemini/interrupted.ndjson")
    assert reader.ended(0).reason is Reason.INTERRUPTED


def test_gemini_tells_its_retries_on_stderr() -> None:
    line = "Attempt 2 failed with status 429. Retrying with backoff... _ApiError: {}"
    assert list(GeminiReader().line("stderr", line)) == [Retry(2, status=429)]


def test_opencode_tells_a_fix_and_adds_up_its_cost() -> None:
    told = [
        event for event in events(OpencodeReader(), "opencode/fix.ndjson") if not isinstance(event, Usage)
    ]
    usage = Usage(3600, 240, pytest.approx(0.0144))
    assert told == [
        Text(SAID),
        Tool("read", FILE),
        ToolResult(ok=True),
        Tool("edit", FILE),
        ToolResult(ok=True),
        Text(DONE),
        Finished(Reason.OK, DONE, "", usage),
    ]


def test_opencode_names_a_bad_key() -> None:
    [end] = events(OpencodeReader(), "opencode/401.ndjson")
    assert isinstance(end, Finished)
    assert end.reason is Reason.AUTH
    assert "bad key" in end.text


def test_aider_tells_a_fix() -> None:
    reader = AiderReader()
    told = events(reader, "aider/fix.txt")
    assert told[-3:] == [Usage(2100, 45), Tool("Edit", "app.py"), ToolResult(ok=True)]
    assert reader.ended(0).reason is Reason.OK


def test_aider_that_exits_0_after_a_block_that_never_fitted_has_failed() -> None:
    reader = AiderReader()
    events(reader, "aider/bad_search_block.txt")
    end = reader.ended(0)
    assert (end.reason, end.text) == (Reason.CRASHED, "Only 3 reflections allowed, stopping.")


def test_aider_counts_its_retries_by_their_cause() -> None:
    reader = AiderReader()
    lines = ["litellm.RateLimitError: slow down", "Retrying in 0.2 seconds...", "Retrying in 0.5 seconds..."]
    told = [event for line in lines for event in reader.line("stdout", line)]
    assert told[1:] == [Retry(1, status=429, wait=0.2), Retry(2, status=429, wait=0.5)]


def test_aider_is_given_the_users_own_files_of_the_trace(folder: Path) -> None:
    (folder / "pkg").mkdir()
    (folder / "pkg" / "deep.py").write_text("")
    frames = (
        Frame("/home/dev/project/app.py", own=True),
        Frame("/usr/lib/python3/app.py"),
        Frame("pkg/deep.py", own=True),
        Frame("../../etc/passwd", own=True),
        Frame("/home/dev/project/app.py", own=True),
    )
    asked = replace(task(folder), incident=replace(INCIDENT, frames=frames))
    assert own_files(asked) == [str(folder / "app.py"), str(folder / "pkg" / "deep.py")]


@pytest.mark.anyio
async def test_aider_has_nothing_to_offer_without_a_file(launch: RememberingLaunch, folder: Path) -> None:
    asked = replace(task(folder), incident=replace(INCIDENT, frames=()))
    finished = await Aider(launch, environ={}).repair(asked, Heard())
    assert finished.reason is Reason.NOTHING
    assert not launch.launched


WORDS = (
    "item",
    "part",
    "usage",
    "error",
    "stats",
    "tool_use",
    "text",
    "type",
    "state",
    "turn.completed",
    "result",
)
SHAPE = st.recursive(
    st.none() | st.booleans() | st.floats() | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=10,
)
TYPES = (
    "item.started",
    "item.completed",
    "error",
    "turn.completed",
    "turn.failed",
    "tool_use",
    "step_finish",
)


@settings(deadline=None)
@given(st.sampled_from((*TYPES, "text", "result", "tool_result", "init")), SHAPE)
def test_no_shape_of_an_event_brings_a_reader_down(kind: str, rest: object) -> None:
    for reader in (CodexReader(), GeminiReader(), OpencodeReader()):
        list(reader.event({"type": kind, **dict.fromkeys(WORDS[:7], rest)}))
