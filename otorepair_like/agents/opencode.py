"""opencode (``opencode run``), by its JSON events.

Written for version 1.18: it reports nothing while its model works or during retries, reports a tool only when it is
done, and does not report the end of a run. Unless told not to, it runs plugins and servers of the project.
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
    """opencode with file tools, confined to its working directory, without the settings of the project."""

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
        return None  # without a login it uses free models


# With a title it need not ask its model for one; its log has failures that its events leave out.
_BASE = ("run", "--format", "json", "--title", "repair", "--print-logs", "--log-level", "ERROR")
_FAILED = ('message="stream error"', " small=false ", ' error.error="')
"""Parts of the line in its log that reports a failed answer; ``small=true``: the answer is a title."""
_STATUS = {Reason.AUTH: 401, Reason.QUOTA: 429, Reason.OVERLOADED: 503}


class OpencodeReader(JsonReader):
    """Reads the events of ``run --format json``."""

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
            case "text" if message := text(part.get("text")).strip():
                self.last_text = message
                yield Text(message)
            case "tool_use":
                yield from self._tool(text(part.get("tool")), mapping(part.get("state")))
            case "step_finish":
                yield from self._step(part)
            case "error":
                error = mapping(mapping(event.get("error")).get("data"))
                message = text(error.get("message"))
                status = count(error.get("statusCode"))
                yield self.finish(reason_of_status(status) or reason_in(message), message)

    def _tool(self, kind: str, state: Mapping[str, Any]) -> Iterator[AgentEvent]:
        arguments = state.get("input")
        target = first_text(arguments, "filePath", "path", "command", "pattern")
        error = text(state.get("error"))
        if kind == "invalid" or "prevents you from using" in error or "rejected permission" in error:
            self._denied = True
            yield Denied(first_text(arguments, "tool") if kind == "invalid" else kind, target)
            return
        yield Tool(kind, target)
        ok = state.get("status") == "completed"
        self._edited |= ok and kind in _EDIT_TOOLS
        yield ToolResult(ok, error)

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
