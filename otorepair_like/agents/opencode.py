"""opencode (``opencode run``), with its JSON events.

Written against 1.18: its events say nothing while its model works or is asked again, tell of a tool only when it is
done, and not of the end of a run; and it would run plugins and servers that the project brings along.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from otorepair_like.agents.cli_agent import CliAgent, model_option
from otorepair_like.agents.env import PROVIDERS
from otorepair_like.agents.protocol import AgentEvent, Denied, Reason, Retry, Text, Tool, ToolResult, Usage
from otorepair_like.agents.reader import (
    JsonReader,
    count,
    first_text,
    mapping,
    number,
    reason_in,
    reason_of_status,
    text,
)

LOGIN = "log in with `opencode auth login`"

_EDIT_TOOLS = ("edit", "write", "patch")
_RULES = {"bash": "deny", "webfetch": "deny", "websearch": "deny", "external_directory": "deny"}


class Opencode(CliAgent):
    """opencode as a repairer: file tools, nothing outside its working directory, nothing of the project's own."""

    name = "opencode"
    programs = ("opencode",)
    install = "install opencode (npm install -g opencode-ai) or choose another --backend"
    variables = ("OPENCODE_*", *PROVIDERS)
    settings = MappingProxyType(
        {
            "OPENCODE_DISABLE_PROJECT_CONFIG": "1",
            "OPENCODE_DISABLE_AUTOUPDATE": "1",
        }
    )
    idle = 90.0

    def environment(self) -> dict[str, str]:
        rules = _RULES | ({"bash": "allow"} if self._powers.shell else {})
        config = {"permission": rules, "share": "disabled", "autoupdate": False}
        return {**super().environment(), "OPENCODE_CONFIG_CONTENT": json.dumps(config)}

    def reader(self) -> JsonReader:
        return OpencodeReader()

    def question_arguments(self, schema: str) -> Sequence[str]:  # noqa: ARG002
        return (*_BASE, "--agent", "plan", *model_option(self._triage_model))

    def repair_arguments(self) -> Sequence[str]:
        return (*_BASE, *model_option(self._fix_model))

    async def login_problem(self) -> str | None:
        return None  # without a login it uses models that need none


# A title of ours saves it from asking its model for one; its log tells of failures that its events keep quiet about.
_BASE = ("run", "--format", "json", "--title", "repair", "--print-logs", "--log-level", "ERROR")
_FAILED = ('message="stream error"', " small=false ", ' error.error="')
"""What stands in a line of its log that tells of an answer that failed; ``small``: of a title."""
_STATUS = {Reason.AUTH: 401, Reason.QUOTA: 429, Reason.OVERLOADED: 503}


class OpencodeReader(JsonReader):
    """Reads ``run --format json``."""

    remedies = MappingProxyType({Reason.AUTH: LOGIN})

    def __init__(self) -> None:
        super().__init__()
        self._denied = self._edited = False
        self._failures = 0

    def line(self, stream: str, line: str) -> Iterator[AgentEvent]:
        if stream == "stderr" and all(sign in line for sign in _FAILED):
            self._failures += 1
            failure = line.partition(' error.error="')[2]
            yield Retry(self._failures, status=_STATUS.get(reason_in(failure), 0))
        yield from super().line(stream, line)

    def event(self, event: Mapping[str, Any]) -> Iterator[AgentEvent]:
        part = mapping(event.get("part"))
        match event.get("type"):
            case "text" if said := text(part.get("text")).strip():
                self.said = said
                yield Text(said)
            case "tool_use":
                yield from self._tool(text(part.get("tool")), mapping(part.get("state")))
            case "step_finish":
                yield from self._step(part)
            case "error":
                error = mapping(mapping(event.get("error")).get("data"))
                said = text(error.get("message"))
                yield self.finish(reason_of_status(count(error.get("statusCode"))) or reason_in(said), said)

    def _tool(self, kind: str, state: Mapping[str, Any]) -> Iterator[AgentEvent]:
        given = state.get("input")
        target = first_text(given, "filePath", "path", "command", "pattern")
        said = text(state.get("error"))
        if kind == "invalid" or "prevents you from using" in said or "rejected permission" in said:
            self._denied = True
            yield Denied(first_text(given, "tool") if kind == "invalid" else kind, target)
            return
        yield Tool(kind, target)
        ok = state.get("status") == "completed"
        self._edited |= ok and kind in _EDIT_TOOLS
        yield ToolResult(ok, said)

    def _step(self, part: Mapping[str, Any]) -> Iterator[AgentEvent]:
        tokens, cost = mapping(part.get("tokens")), number(part.get("cost"))
        before = self.usage
        self.usage = Usage(
            before.tokens_in + count(tokens.get("input")),
            before.tokens_out + count(tokens.get("output")),
            before.cost_usd if cost is None else (before.cost_usd or 0.0) + cost,
        )
        yield self.usage
        if part.get("reason") == "stop":
            yield self.finish(Reason.DENIED if self._denied and not self._edited else Reason.OK)
