"""The HTTP formats of model providers, as far as the agent CLIs need them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Turn:
    """One answer of the model: some text, then perhaps a tool call."""

    text: str = ""
    tool: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass
class Talk:
    """A conversation so far: the text of the user, and the number of tool calls."""

    texts: list[str]
    calls: int


class Wire(Protocol):
    """One provider's format."""

    def read(self, body: dict[str, Any]) -> Talk: ...
    def streams(self, path: str, body: dict[str, Any]) -> bool: ...
    def whole(self, turn: Turn, body: dict[str, Any]) -> dict[str, Any]: ...
    def events(self, turn: Turn, body: dict[str, Any]) -> Iterator[bytes]: ...
    def error(self, kind: str, message: str) -> dict[str, Any]: ...


def plain_text(content: object) -> str:
    """Return the text of a message, which is text or a list of parts."""
    if isinstance(content, str):
        return content
    return "\n".join(part.get("text", "") for part in content) if isinstance(content, list) else ""


def sse(event: str, **data: Any) -> bytes:
    """Return a server-sent event whose data repeats its name as ``type``."""
    return f"event: {event}\ndata: {json.dumps({'type': event, **data})}\n\n".encode()


class Anthropic:
    """The Messages API: https://docs.anthropic.com/en/api/messages, and .../messages-streaming."""

    def read(self, body: dict[str, Any]) -> Talk:
        talk = Talk([], 0)
        for message in body.get("messages", ()):
            content = message["content"]
            blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
            if message["role"] == "user":
                talk.texts += [block["text"] for block in blocks if block["type"] == "text"]
            else:
                talk.calls += sum(block["type"] == "tool_use" for block in blocks)
        return talk

    def streams(self, path: str, body: dict[str, Any]) -> bool:
        return bool(body.get("stream"))

    def whole(self, turn: Turn, body: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": f"msg_{next(_numbers)}",
            "type": "message",
            "role": "assistant",
            "model": body["model"],
            "content": _blocks(turn),
            "stop_reason": "tool_use" if turn.tool else "end_turn",
            "stop_sequence": None,
            "usage": {"input_tokens": 1000, "output_tokens": 50},
        }

    def events(self, turn: Turn, body: dict[str, Any]) -> Iterator[bytes]:
        message = self.whole(turn, body)
        blocks = message["content"]
        start = message | {"content": [], "stop_reason": None}
        yield sse("message_start", message=start)
        for index, block in enumerate(blocks):
            if block["type"] == "text":
                empty, delta = block | {"text": ""}, {"type": "text_delta", "text": block["text"]}
            else:
                empty = block | {"input": {}}
                delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
            yield sse("content_block_start", index=index, content_block=empty)
            yield sse("content_block_delta", index=index, delta=delta)
            yield sse("content_block_stop", index=index)
        ending = {"stop_reason": message["stop_reason"], "stop_sequence": None}
        yield sse("message_delta", delta=ending, usage=message["usage"])
        yield sse("message_stop")

    def error(self, kind: str, message: str) -> dict[str, Any]:
        return {"type": "error", "error": {"type": kind, "message": message}}


def _blocks(turn: Turn) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = []
    if turn.text:
        blocks.append({"type": "text", "text": turn.text})
    if turn.tool:
        call = {"id": f"toolu_{next(_numbers)}", "name": turn.tool, "input": turn.arguments}
        blocks.append({"type": "tool_use", **call})
    return blocks
