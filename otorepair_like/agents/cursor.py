"""Cursor's agent CLI (``cursor-agent``, also installed as ``agent``), by the event stream of its print mode.

Written from its documentation and from published streams, since it works with no other model server. Sometimes it does
not exit after its ``result``; the runner then stops it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from otorepair_like.agents.cli_agent import CliAgent, model_option
from otorepair_like.agents.protocol import (
    AgentEvent,
    AgentStarted,
    Denied,
    Reason,
    Text,
    Tool,
    ToolResult,
    Usage,
)
from otorepair_like.agents.reader import JsonReader, count, first_text, items, mapping, reason_in, text

LOGIN = "log in with `cursor-agent login` or set CURSOR_API_KEY"
_EDITS = ("edit", "write", "delete", "applyPatch")
_REFUSALS = ("rejected", "permissionDenied")


class Cursor(CliAgent):
    """Cursor's agent, whose shell runs in its own sandbox."""

    name = "cursor"
    programs = ("cursor-agent", "agent")
    install = "install the Cursor CLI (https://cursor.com/cli) or choose another --backend"
    variables = ("CURSOR_API_KEY", "CURSOR_CONFIG_DIR")
    idle = 90.0

    def reader(self) -> JsonReader:
        return CursorReader()

    def question_arguments(self, schema: str) -> Sequence[str]:  # noqa: ARG002
        return (*_BASE, "--mode", "ask", *model_option(self._triage_model))

    def repair_arguments(self) -> Sequence[str]:
        # Without --force it only proposes edits; with it the sandbox confines its shell.
        return (*_BASE, "--force", "--sandbox", "enabled", *model_option(self._fix_model))

    async def login_problem(self) -> str | None:
        if self._environ.get("CURSOR_API_KEY"):
            return None
        logged_out = "not logged in" in (await self.ask("status")).lower()
        return f"cursor: not logged in; {LOGIN}" if logged_out else None


# Without --stream-partial-output, which prints every message twice: in pieces and complete.
_BASE = ("-p", "--trust", "--output-format", "stream-json", "--workspace", ".")


class CursorReader(JsonReader):
    """Reads the events of ``--output-format stream-json``."""

    remedies = MappingProxyType({Reason.AUTH: LOGIN})

    def __init__(self) -> None:
        super().__init__()
        self._denied = self._edited = False

    def event(self, event: Mapping[str, Any]) -> Iterator[AgentEvent]:
        match event.get("type"), event.get("subtype"):
            case "system", "init":
                self.model = text(event.get("model"))
                yield AgentStarted(self.model)
            case "assistant", _:
                for block in items(mapping(event.get("message")).get("content")):
                    if message := text(block.get("text")).strip():
                        self.last_text = message
                        yield Text(message)
            case "tool_call", "started":
                for kind, call in _calls(event):
                    yield Tool(kind, _target(call))
            case "tool_call", "completed":
                for kind, call in _calls(event):
                    yield self._completed(kind, call)
            case "result", _:
                yield from self._result(event)

    def _completed(self, kind: str, call: Mapping[str, Any]) -> AgentEvent:
        result = mapping(call.get("result"))
        if any(word in result for word in _REFUSALS):
            self._denied = True
            return Denied(kind, _target(call))
        ok = not any(word in result for word in ("error", "failure"))
        self._edited |= ok and kind in _EDITS
        return ToolResult(ok)

    def _result(self, event: Mapping[str, Any]) -> Iterator[AgentEvent]:
        usage = mapping(event.get("usage"))
        self.usage = Usage(count(usage.get("inputTokens")), count(usage.get("outputTokens")))
        yield self.usage
        message = text(event.get("result"))
        if event.get("is_error"):
            yield self.finish(reason_in(message), message)
        else:
            yield self.finish(Reason.DENIED if self._denied and not self._edited else Reason.OK, message)


def _calls(event: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield kind and content of each call: an object under a key such as ``editToolCall``."""
    for key, call in mapping(event.get("tool_call")).items():
        if isinstance(call, dict):
            yield key.removesuffix("ToolCall"), call


def _target(call: Mapping[str, Any]) -> str:
    return first_text(call.get("args"), "path", "command", "pattern")
