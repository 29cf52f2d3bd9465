"""Google's format: https://ai.google.dev/api/generate-content."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.support.model_wire import Talk, Turn


class Gemini:
    """``POST …/models/NAME:generateContent`` and ``:streamGenerateContent``."""

    def read(self, body: dict[str, Any]) -> Talk:
        talk = Talk([], 0)
        for content in body.get("contents", ()):
            for part in content["parts"]:
                if content.get("role") == "user" and "text" in part:
                    talk.texts.append(part["text"])
                talk.calls += "functionCall" in part
        return talk

    def streams(self, path: str, body: dict[str, Any]) -> bool:
        return ":stream" in path

    def whole(self, turn: Turn, body: dict[str, Any]) -> dict[str, Any]:
        parts: list[dict[str, Any]] = [{"text": turn.text}] if turn.text else []
        if turn.tool:
            parts.append({"functionCall": {"name": turn.tool, "args": turn.arguments}})
        content = {"role": "model", "parts": parts}
        usage = {"promptTokenCount": 1000, "candidatesTokenCount": 50, "totalTokenCount": 1050}
        return {
            "candidates": [{"content": content, "finishReason": "STOP", "index": 0}],
            "usageMetadata": usage,
        }

    def events(self, turn: Turn, body: dict[str, Any]) -> Iterator[bytes]:
        yield f"data: {json.dumps(self.whole(turn, body))}\r\n\r\n".encode()

    def error(self, kind: str, message: str) -> dict[str, Any]:
        return {"error": {"code": 0, "message": message, "status": kind.upper()}}
