"""OpenAI's Codex CLI (``codex exec``), by its JSON lines.

Written for version 0.169: it reports a refused patch on stderr only, reports no costs, and waits forever for a lost
connection. It always has a shell, so its own sandbox is what confines it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from otorepair_like.agents.cli_agent import SCHEMA_FILE, CliAgent, model_option
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
from otorepair_like.agents.reader import JsonReader, count, first_text, items, mapping, reason_in, text

LOGIN = "log in with `codex login` or set CODEX_API_KEY"

_RETRY = re.compile(r"Reconnecting\S* (\d+)/(\d+)(?:.*?status:? (\d{3}))?", re.DOTALL)
_REJECTED = re.compile(r"patch rejected: (.*)|^Failed to write file (.*)")


class Codex(CliAgent):
    """Codex, which may write in its working directory only and has no network."""

    name = "codex"
    programs = ("codex",)
    install = "install Codex (npm install -g @openai/codex) or choose another --backend"
    variables = ("CODEX_*", "OPENAI_*", "AZURE_OPENAI_*")
    idle = 90.0

    def reader(self) -> JsonReader:
        return CodexReader()

    def question_arguments(self, schema: str) -> Sequence[str]:  # noqa: ARG002
        limits = ("--sandbox", "read-only", "--output-schema", SCHEMA_FILE)
        return (*_BASE, *limits, *model_option(self._triage_model), "-")

    def repair_arguments(self) -> Sequence[str]:
        return (*_BASE, "--sandbox", "workspace-write", *model_option(self._fix_model), "-")

    async def login_problem(self) -> str | None:
        """Ask ``login status``, which ignores a key in the environment and a provider in the settings."""
        if self._environ.get("CODEX_API_KEY") or self._own_provider():
            return None
        logged_out = "not logged in" in (await self.ask("login", "status")).lower()
        return f"codex: not logged in; {LOGIN}" if logged_out else None

    def _own_provider(self) -> bool:
        home = self._environ.get("CODEX_HOME") or Path(self._environ.get("HOME", "")) / ".codex"
        try:
            return "model_provider" in (Path(home) / "config.toml").read_text(encoding="utf-8")
        except (OSError, ValueError):
            return False


# Its web search would run at the provider, outside the sandbox.
_BASE = ("exec", "--json", "--ephemeral", "--skip-git-repo-check", "-c", 'web_search="disabled"')


class CodexReader(JsonReader):
    """Reads the events of ``codex exec --json``."""

    remedies = MappingProxyType({Reason.AUTH: LOGIN})

    def __init__(self) -> None:
        super().__init__()
        self._denied = self._edited = False

    def line(self, stream: str, line: str) -> Iterator[AgentEvent]:
        if stream == "stderr" and (rejected := _REJECTED.search(line)):
            self._denied = True
            yield Denied("apply_patch", rejected[1] or rejected[2])
        else:
            yield from super().line(stream, line)

    def event(self, event: Mapping[str, Any]) -> Iterator[AgentEvent]:
        item = mapping(event.get("item"))
        match event.get("type"):
            case "thread.started":
                yield AgentStarted()
            case "item.started":
                yield from self._started(item)
            case "item.completed":
                yield from self._completed(item)
            case "error":
                yield from self._error(text(event.get("message")))
            case "turn.completed":
                yield from self._finished(mapping(event.get("usage")))
            case "turn.failed":
                message = text(mapping(event.get("error")).get("message"))
                yield self.finish(reason_in(message), message)

    def _started(self, item: Mapping[str, Any]) -> Iterator[AgentEvent]:
        if item.get("type") == "command_execution":
            yield Tool("Shell", first_text(item, "command"))
        elif item.get("type") == "file_change":
            for change in items(item.get("changes")):
                yield Tool("Edit", first_text(change, "path"))

    def _completed(self, item: Mapping[str, Any]) -> Iterator[AgentEvent]:
        match item.get("type"):
            case "agent_message" if message := text(item.get("text")).strip():
                self.last_text = message
                yield Text(message)
            case "command_execution":
                yield ToolResult(ok=item.get("exit_code") == 0)
            case "file_change":
                ok = item.get("status") == "completed"
                self._edited |= ok
                yield ToolResult(ok)
            case "error":
                yield from self._error(text(item.get("message")))

    def _error(self, message: str) -> Iterator[Retry]:
        if retry := _RETRY.match(message):
            attempt, limit, status = retry.groups()
            yield Retry(int(attempt), int(limit), int(status or 0))
        else:
            self.errors.append(message)

    def _finished(self, usage: Mapping[str, Any]) -> Iterator[Usage | Finished]:
        self.usage = Usage(count(usage.get("input_tokens")), count(usage.get("output_tokens")))
        yield self.usage
        yield self.finish(Reason.DENIED if self._denied and not self._edited else Reason.OK)
