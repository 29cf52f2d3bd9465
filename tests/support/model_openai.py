"""OpenAI's two formats, Responses and Chat Completions: https://platform.openai.com/docs/api-reference."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

from tests.support.model_wire import Talk, Turn, plain_text, sse

_numbers = itertools.count(1)
_SPENT = {"input_tokens": 1000, "output_tokens": 50, "total_tokens": 1050}


class Responses:
    """``POST …/responses``."""

    def read(self, body: dict[str, Any]) -> Talk:
        talk = Talk([], 0)
        for item in body["input"]:
            kind = item.get("type", "message")
            if kind == "message" and item["role"] == "user":
                talk.texts.append(plain_text(item["content"]))
            talk.calls += kind.endswith("_call")
        return talk

    def streams(self, path: str, body: dict[str, Any]) -> bool:
        return bool(body.get("stream"))

    def whole(self, turn: Turn, body: dict[str, Any]) -> dict[str, Any]:
        response = {"id": f"resp_{next(_numbers)}", "object": "response", "model": body["model"]}
        return response | {"status": "completed", "output": list(_items(turn)), "usage": _SPENT}

    def events(self, turn: Turn, body: dict[str, Any]) -> Iterator[bytes]:
        response = self.whole(turn, body)
        yield sse("response.created", response=response | {"status": "in_progress", "output": []})
        for index, item in enumerate(response["output"]):
            yield sse("response.output_item.added", output_index=index, item=item | {"status": "in_progress"})
            if item["type"] == "message":
                at = {"item_id": item["id"], "output_index": index, "content_index": 0}
                yield sse("response.output_text.delta", delta=item["content"][0]["text"], **at)
            yield sse("response.output_item.done", output_index=index, item=item)
        yield sse("response.completed", response=response)

    def error(self, kind: str, message: str) -> dict[str, Any]:
        return {"error": {"message": message, "type": kind, "code": kind, "param": None}}


def _items(turn: Turn) -> Iterator[dict[str, Any]]:
    number = next(_numbers)
    if turn.text:
        content = [{"type": "output_text", "text": turn.text, "annotations": []}]
        yield {
            "type": "message",
            "id": f"msg_{number}",
            "role": "assistant",
            "status": "completed",
            "content": content,
        }
    if turn.tool:
        call = {"id": f"item_{number}", "call_id": f"call_{number}", "name": turn.tool, "status": "completed"}
        if "input" in turn.arguments:  # a free-form tool, such as apply_patch
            yield {"type": "custom_tool_call", **call, "input": turn.arguments["input"]}
        else:
            yield {"type": "function_call", **call, "arguments": json.dumps(turn.arguments)}


class Chat:
    """``POST …/chat/completions``."""

    def read(self, body: dict[str, Any]) -> Talk:
        talk = Talk([], 0)
        for message in body["messages"]:
            if message["role"] == "user":
                talk.texts.append(plain_text(message["content"]))
            talk.calls += len(message.get("tool_calls") or ())
        return talk

    def streams(self, path: str, body: dict[str, Any]) -> bool:
        return bool(body.get("stream"))

    def whole(self, turn: Turn, body: dict[str, Any]) -> dict[str, Any]:
        end = "tool_calls" if turn.tool else "stop"
        message = {"role": "assistant", "content": turn.text or None, **_calls(turn)}
        choice = {"index": 0, "message": message, "finish_reason": end, "logprobs": None}
        return self._frame(body) | {"object": "chat.completion", "choices": [choice]}

    def events(self, turn: Turn, body: dict[str, Any]) -> Iterator[bytes]:
        frame = self._frame(body) | {"object": "chat.completion.chunk"}
        whole = self.whole(turn, body)["choices"][0]
        for delta, end in ((whole["message"], None), ({}, whole["finish_reason"])):
            chunk = frame | {"choices": [{"index": 0, "delta": delta, "finish_reason": end}]}
            yield f"data: {json.dumps(chunk)}\n\n".encode()
        yield b"data: [DONE]\n\n"

    def error(self, kind: str, message: str) -> dict[str, Any]:
        return {"error": {"message": message, "type": kind, "code": kind, "param": None}}

    def _frame(self, body: dict[str, Any]) -> dict[str, Any]:
        usage = {"prompt_tokens": 1000, "completion_tokens": 50, "total_tokens": 1050}
        return {"id": f"chat_{next(_numbers)}", "created": 1, "model": body["model"], "usage": usage}


def _calls(turn: Turn) -> dict[str, Any]:
    if not turn.tool:
        return {}
    function = {"name": turn.tool, "arguments": json.dumps(turn.arguments)}
    return {
        "tool_calls": [{"index": 0, "id": f"call_{next(_numbers)}", "type": "function", "function": function}]
    }
