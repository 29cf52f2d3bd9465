"""New versions of the CLIs: events and keys come in another order, and some events are of unknown kinds."""

from __future__ import annotations

import functools
import json
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otorepair_like.agents.claude import ClaudeReader
from otorepair_like.agents.codex import CodexReader
from otorepair_like.agents.cursor import CursorReader
from otorepair_like.agents.gemini import GeminiReader
from otorepair_like.agents.opencode import OpencodeReader
from otorepair_like.agents.protocol import AgentEvent, Denied, Finished, Retry, Tool
from otorepair_like.agents.reader import JsonReader
from tests.support.agents_fakes import DATA

READERS: dict[str, Callable[[], JsonReader]] = {
    "claude": ClaudeReader,
    "codex": CodexReader,
    "cursor": CursorReader,
    "gemini": GeminiReader,
    "opencode": OpencodeReader,
}
STREAMS = sorted(path for name in READERS for path in (DATA / name).glob("*.ndjson"))
UNKNOWN = st.sampled_from(
    [
        {"type": "hologram", "message": "hello", "error": "authentication_failed"},
        {"type": "system", "subtype": "weather", "status": 401},
        {"type": "item.completed", "item": {"type": "dance", "status": "completed"}},
        {"type": "tool_call", "subtype": "paused", "tool_call": None},
        {"subtype": "success", "is_error": True},
        {"type": ["result"], "status": "success"},
        {},
    ]
)


def told(reader: JsonReader, lines: list[str]) -> tuple[Finished, Counter[AgentEvent]]:
    """Return the end of a stream, and the tools used, denials and retries in it."""
    end, seen = None, Counter[AgentEvent]()
    for line in lines:
        for event in reader.line("stdout", line):
            if isinstance(event, Finished):
                end = end or event
            elif isinstance(event, Tool | Denied | Retry):
                seen[event] += 1
    return end or reader.ended(0), seen


@functools.cache
def until_the_end(stream: Path) -> tuple[list[str], list[str]]:
    """Return the lines of a recorded stream before the line that reports the end, and the lines from there on."""
    reader, lines = READERS[stream.parent.name](), stream.read_text("utf-8").splitlines()
    for number, line in enumerate(lines):
        if any(isinstance(event, Finished) for event in reader.line("stdout", line)):
            return lines[:number], lines[number:]
    return lines, []


def stirred(value: Any, chance: random.Random) -> Any:
    """Return ``value`` with its keys in another order."""
    if isinstance(value, dict):
        keys = chance.sample(list(value), len(value))
        return {key: stirred(value[key], chance) for key in keys}
    return [stirred(item, chance) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("stream", STREAMS, ids=lambda path: f"{path.parent.name}-{path.stem}")
@settings(max_examples=20, deadline=None)
@given(chance=st.randoms(use_true_random=False), strange=st.lists(UNKNOWN, max_size=4))
def test_a_recorded_stream_means_the_same_in_any_order(
    stream: Path, chance: random.Random, strange: list[dict[str, Any]]
) -> None:
    make = READERS[stream.parent.name]
    lines = stream.read_text("utf-8").splitlines()
    end, seen = told(make(), lines)
    before, after = until_the_end(stream)
    mixed = [*before, *map(json.dumps, strange)]
    chance.shuffle(mixed)
    again = [json.dumps(stirred(json.loads(line), chance)) for line in [*mixed, *after]]
    other, seen_then = told(make(), again)
    assert (other.reason, other.usage, other.model) == (end.reason, end.usage, end.model)
    assert seen_then == seen


@pytest.mark.parametrize("stream", STREAMS, ids=lambda path: f"{path.parent.name}-{path.stem}")
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_a_stream_that_is_cut_anywhere_is_read_and_is_no_success(stream: Path, data: st.DataObject) -> None:
    make = READERS[stream.parent.name]
    whole = stream.read_text("utf-8")
    cut = data.draw(st.integers(0, len(whole) - 2))
    reader, ended = make(), []
    for line in whole[:cut].splitlines():
        ended += [event for event in reader.line("stdout", line) if isinstance(event, Finished)]
    if not ended:
        assert reader.ended(0).reason == "interrupted"
