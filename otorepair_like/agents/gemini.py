"""Google's Gemini CLI (``gemini``), by its event stream.

Written for version 0.61: it reports retries on stderr only, does not offer its model the tools that need an approval,
and exits 0 after a refused edit. Unless told not to, it relaunches itself and then misses signals.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from otorepair_like.agents.cli_agent import CliAgent, model_option
from otorepair_like.agents.protocol import (
    AgentEvent,
    AgentStarted,
    Denied,
    Reason,
    Retry,
    Text,
    Tool,
    ToolResult,
    Usage,
)
from otorepair_like.agents.reader import JsonReader, count, first_text, mapping, reason_in, text

LOGIN = "log in by starting `gemini` once or set GEMINI_API_KEY"

_KEYS = ("GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_GENAI_USE_GCA")
_EDIT_TOOLS = ("replace", "write_file")
_RETRY = re.compile(r"Attempt (\d+) failed with status (\d{3})")
_LONGEST = 100_000
"""Characters of a message that are kept; it comes in pieces, and a broken one never ends."""
_REFUSAL = re.compile(r"not in workspace|denied|rejected|cancel", re.IGNORECASE)


class Gemini(CliAgent):
    """Gemini CLI with its file tools, without shell and web.

    Its check for a trusted folder is skipped, since the private copy is always new to it; it still ignores the
    settings, hooks and servers of the project.
    """

    name = "gemini"
    programs = ("gemini",)
    install = "install the Gemini CLI (npm install -g @google/gemini-cli) or choose another --backend"
    variables = ("GEMINI_*", "GOOGLE_*")
    settings = MappingProxyType({"GEMINI_CLI_NO_RELAUNCH": "true"})
    idle = 60.0  # it streams its messages

    def reader(self) -> JsonReader:
        return GeminiReader()

    def question_arguments(self, schema: str) -> Sequence[str]:  # noqa: ARG002
        return (*_BASE, "--approval-mode", "plan", *model_option(self._triage_model))

    def repair_arguments(self) -> Sequence[str]:
        shell = ("--policy", str(_SHELL_POLICY)) if self._powers.shell else ()
        return (*_BASE, "--approval-mode", "auto_edit", *shell, *model_option(self._fix_model))

    async def login_problem(self) -> str | None:
        """Look for a key or the file of a login, since the CLI has no command for that."""
        credentials = Path(self._environ.get("HOME", "")) / ".gemini" / "oauth_creds.json"
        if any(self._environ.get(key) for key in _KEYS) or credentials.exists():
            return None
        return f"gemini: not logged in; {LOGIN}"


_POLICY = Path(__file__).with_name("gemini_policy.toml")
_SHELL_POLICY = Path(__file__).with_name("gemini_shell.toml")
_BASE = ("--output-format", "stream-json", "--skip-trust", "--policy", str(_POLICY))


class GeminiReader(JsonReader):
    """Reads the events of ``--output-format stream-json``."""

    remedies = MappingProxyType({Reason.AUTH: LOGIN})

    def __init__(self) -> None:
        super().__init__()
        self._message = ""
        self._tools: dict[str, Tool] = {}
        self._denied = self._edited = False

    def line(self, stream: str, line: str) -> Iterator[AgentEvent]:
        if stream == "stderr" and (retry := _RETRY.search(line)):
            yield Retry(int(retry[1]), status=int(retry[2]))
        else:
            yield from super().line(stream, line)

    def event(self, event: Mapping[str, Any]) -> Iterator[AgentEvent]:
        if event.get("type") == "message":
            if event.get("role") == "assistant":
                self._message = (self._message + text(event.get("content")))[-_LONGEST:]
            return
        if message := self._message.strip():  # it came in pieces; any other event ends it
            self.last_text, self._message = message, ""
            yield Text(message)
        match event.get("type"):
            case "init":
                self.model = text(event.get("model"))
                yield AgentStarted(self.model)
            case "tool_use":
                target = first_text(event.get("parameters"), "file_path", "path", "command", "pattern")
                tool = Tool(text(event.get("tool_name")), target)
                self._tools[text(event.get("tool_id"))] = tool
                yield tool
            case "tool_result":
                yield self._tool_result(event)
            case "result":
                yield from self._result(event)

    def _tool_result(self, event: Mapping[str, Any]) -> AgentEvent:
        tool = self._tools.get(text(event.get("tool_id")), Tool(""))
        if event.get("status") == "success":
            self._edited |= tool.kind in _EDIT_TOOLS
            return ToolResult(ok=True)
        error = mapping(event.get("error"))
        message = text(error.get("message"))
        if error.get("type") == "tool_not_registered" or _REFUSAL.search(message):
            self._denied = True
            return Denied(tool.kind, tool.target)
        return ToolResult(ok=False, detail=message)

    def _result(self, event: Mapping[str, Any]) -> Iterator[AgentEvent]:
        stats = mapping(event.get("stats"))
        self.usage = Usage(count(stats.get("input_tokens")), count(stats.get("output_tokens")))
        yield self.usage
        if event.get("status") == "success":
            yield self.finish(Reason.DENIED if self._denied and not self._edited else Reason.OK)
        else:
            message = text(mapping(event.get("error")).get("message"))
            yield self.finish(reason_in(message), message)
