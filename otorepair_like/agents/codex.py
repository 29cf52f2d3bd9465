"""OpenAI's Codex CLI (``codex exec``), with its JSON lines.

Written against 0.169: its stream is silent about a patch that was refused (stderr has it), there are no costs, and a
lost connection is waited for without end. It always has a shell, so its own sandbox is what bounds it.
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
    """Codex as a repairer: it may write in its working directory only, and has no network."""

    name = "codex"
    programs = ("codex",)
    install = "install Codex (npm install -g @openai/codex) or choose another --backend"
    variables = ("CODEX_*", "OPENAI_*", "AZURE_OPENAI_*")
    idle = 90.0

    def reader(self) -> JsonReader:
        return CodexReader()

    def question_arguments(self, schema: str) -> Sequence[str]:  # noqa: ARG002
        asked = ("--sandbox", "read-only", "--output-schema", SCHEMA_FILE)
        return (*_BASE, *asked, *model_option(self._triage_model), "-")

    def repair_arguments(self) -> Sequence[str]:
        return (*_BASE, "--sandbox", "workspace-write", *model_option(self._fix_model), "-")

    async def login_problem(self) -> str | None:
        """``login status`` knows neither a key in the environment nor a provider of the user's own."""
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


# Its web search would run at the provider, past the sandbox.
_BASE = ("exec", "--json", "--ephemeral", "--skip-git-repo-check", "-c", 'web_search="disabled"')


class CodexReader(JsonReader):
    """Reads ``codex exec --json``."""

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
                yield from self._began(item)
            case "item.completed":
                yield from self._completed(item)
            case "error":
                yield from self._error(text(event.get("message")))
            case "turn.completed":
                yield from self._done(mapping(event.get("usage")))
            case "turn.failed":
                said = text(mapping(event.get("error")).get("message"))
                yield self.finish(reason_in(said), said)

    def _began(self, item: Mapping[str, Any]) -> Iterator[AgentEvent]:
        if item.get("type") == "command_execution":
            yield Tool("Shell", first_text(item, "command"))
        elif item.get("type") == "file_change":
            for change in items(item.get("changes")):
                yield Tool("Edit", first_text(change, "path"))

    def _completed(self, item: Mapping[str, Any]) -> Iterator[AgentEvent]:
        match item.get("type"):
            case "agent_message" if said := text(item.get("text")).strip():
                self.said = said
                yield Text(said)
            case "command_execution":
                yield ToolResult(ok=item.get("exit_code") == 0)
            case "file_change":
                ok = item.get("status") == "completed"
                self._edited |= ok
                yield ToolResult(ok)
            case "error":
                yield from self._error(text(item.get("message")))

    def _error(self, said: str) -> Iterator[Retry]:
        if retry := _RETRY.match(said):
            attempt, limit, status = retry.groups()
            yield Retry(int(attempt), int(limit), int(status or 0))
        else:
            self.complaints.append(said)

    def _done(self, spent: Mapping[str, Any]) -> Iterator[Usage | Finished]:
        self.usage = Usage(count(spent.get("input_tokens")), count(spent.get("output_tokens")))
        yield self.usage
        yield self.finish(Reason.DENIED if self._denied and not self._edited else Reason.OK)
