"""Claude Code (``claude``), by the event stream of its print mode.

Written for version 2.1: keys come in any order, ``init`` is not always first, an API failure is a ``result`` with
subtype ``success`` and ``is_error``, and it exits 0 after a denied edit.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from otorepair_like.agents.cli_agent import EDITS_ONLY, CliAgent, Powers, model_option
from otorepair_like.agents.protocol import (
    AgentEvent,
    AgentStarted,
    Denied,
    Emit,
    Finished,
    Launch,
    Reason,
    Retry,
    Task,
    Text,
    Tool,
    ToolResult,
    Usage,
)
from otorepair_like.agents.reader import (
    JsonReader,
    count,
    first_text,
    items,
    mapping,
    number,
    reason_of_status,
    text,
)
from otorepair_like.agents.resident import Resident

TOOLS = "Read,Edit,Write,Grep,Glob"
EDIT_TOOLS = ("Edit", "Write")
MAX_TURNS = 40
_NOT_OFFERED = "No such tool available"
LOGIN = "log in with `claude auth login` or set ANTHROPIC_API_KEY"

_CLOUDS = {"CLAUDE_CODE_USE_BEDROCK": ("AWS_*",), "CLAUDE_CODE_USE_VERTEX": ("GOOGLE_*", "CLOUD_ML_REGION")}
_ERRORS = {
    "authentication_failed": Reason.AUTH,
    "billing_error": Reason.QUOTA,
    "rate_limit": Reason.QUOTA,
    "overloaded": Reason.OVERLOADED,
    "server_error": Reason.OVERLOADED,
    "model_not_found": Reason.MODEL,
}
_ENDS = {"error_max_turns": Reason.MAX_TURNS, "error_max_budget_usd": Reason.BUDGET}


class Claude(CliAgent):
    """Claude Code with file tools only and with the user's own settings only.

    The project's settings are ignored, because its hooks and MCP servers would run without asking.
    """

    name = "claude"
    programs = ("claude",)
    install = "install Claude Code (npm install -g @anthropic-ai/claude-code) or choose another --backend"
    variables: tuple[str, ...] = (
        *(
            "ANTHROPIC_*",
            "CLAUDE_CONFIG_DIR",
            "CLAUDE_CODE_OAUTH_TOKEN",
            "CLAUDE_CODE_USE_*",
            "CLAUDE_CODE_SKIP_*",
        ),
        *("CLAUDE_CODE_CLIENT_*", "CLAUDE_CODE_DISABLE_*", "DISABLE_*"),
    )
    settings = MappingProxyType({"DISABLE_AUTOUPDATER": "1", "CLAUDE_CODE_MAX_RETRIES": "2"})
    idle = 90.0  # it is silent while its model thinks

    def __init__(
        self,
        launch: Launch,
        *,
        triage_model: str = "haiku",
        fix_model: str = "",
        environ: Mapping[str, str],
        redact: Callable[[str], str] | None = None,
        powers: Powers = EDITS_ONLY,
    ) -> None:
        super().__init__(
            launch,
            triage_model=triage_model,
            fix_model=fix_model,
            environ=environ,
            redact=redact,
            powers=powers,
        )
        self._questions, self._repairs = Resident(launch), Resident(launch)
        for switch, names in _CLOUDS.items():
            self.variables += names if environ.get(switch) else ()

    def reader(self) -> JsonReader:
        return ClaudeReader()

    def question_arguments(self, schema: str) -> Sequence[str]:
        return (*_BASE, "--tools", "", "--json-schema", schema, *model_option(self._triage_model))

    def repair_arguments(self) -> Sequence[str]:
        tools = f"{TOOLS},Bash" if self._powers.shell else TOOLS
        power = ["--permission-mode", "acceptEdits", "--tools", tools, "--max-turns", str(MAX_TURNS)]
        if self._powers.shell:
            power += ["--allowedTools", "Bash"]
        if self._powers.max_cost:
            power += ["--max-budget-usd", f"{self._powers.max_cost:g}"]
        return (*_BASE, *power, *model_option(self._fix_model))

    async def repair(self, task: Task, emit: Emit) -> Finished:
        if not self._powers.resident:
            return await super().repair(task, emit)
        arguments = (*self.repair_arguments(), *_RESIDENT)
        call = self._call(arguments, task.folder, task.prompt, task.timeout)
        return await self._repairs.ask(call, task.subject, self.reader(), self.with_hints(emit))

    async def _question(self, prompt: str, schema: str, timeout: float) -> Finished:
        if not self._powers.resident:
            return await super()._question(prompt, schema, timeout)
        # The process outlives the folder of one question, so it works in one that always exists and has no project.
        call = self._call((*self.question_arguments(schema), *_RESIDENT), Path("/"), prompt, timeout)
        return await self._questions.ask(call, "", self.reader(), lambda _: None)

    async def login_problem(self) -> str | None:
        logged_out = re.search(r'"loggedIn"\s*:\s*false', await self.ask("auth", "status"))
        return f"claude: not logged in; {LOGIN}" if logged_out else None


# Triage uses the stream, too: it reports a refused key at the first retry, other formats only after the last.
_BASE = (
    *("-p", "--output-format", "stream-json", "--verbose"),
    *("--no-session-persistence", "--setting-sources", "user"),
)
_RESIDENT = ("--input-format", "stream-json")


class ClaudeReader(JsonReader):
    """Reads the events of ``--output-format stream-json``."""

    remedies = MappingProxyType({Reason.AUTH: LOGIN})

    def __init__(self) -> None:
        super().__init__()
        self._tools: dict[str, Tool] = {}
        self._denied: set[str] = set()
        self._edited = False
        self._error = ""

    def event(self, event: Mapping[str, Any]) -> Iterator[AgentEvent]:
        match event.get("type"), event.get("subtype"):
            case "system", "init":
                self.model = text(event.get("model"))
                yield AgentStarted(self.model)
            case "system", "api_retry":
                yield self._retry(event)
            case "system", "permission_denied" if text(event.get("tool_use_id")) in self._tools:
                yield from self._denial(event)  # for a tool that is still to come its result reports it
            case "assistant", _:
                self._error = text(event.get("error")) or self._error
                yield from self._blocks(event)
            case "user", _:
                yield from self._results(event)
            case "result", _:
                yield from self._result(event)

    def _retry(self, event: Mapping[str, Any]) -> Retry:
        status = count(event.get("error_status"))
        if event.get("error") == "authentication_failed":
            status = status or 401
        wait = (number(event.get("retry_delay_ms")) or 0.0) / 1000
        return Retry(count(event.get("attempt")), count(event.get("max_retries")), status, wait)

    def _denial(self, denial: Mapping[str, Any]) -> Iterator[Denied]:
        use, tool = text(denial.get("tool_use_id")), text(denial.get("tool_name"))
        if use not in self._denied:
            self._denied.add(use)
            started = self._tools.get(use)
            yield Denied(tool, started.target if started else _target(denial.get("tool_input")))

    def _blocks(self, event: Mapping[str, Any]) -> Iterator[AgentEvent]:
        for block in items(mapping(event.get("message")).get("content")):
            if block.get("type") == "text" and (message := text(block.get("text")).strip()):
                self.last_text = message
                yield Text(message)
            elif block.get("type") == "tool_use":
                tool = Tool(text(block.get("name")), _target(block.get("input")))
                self._tools[text(block.get("id"))] = tool
                yield tool

    def _results(self, event: Mapping[str, Any]) -> Iterator[ToolResult | Denied]:
        for block in items(mapping(event.get("message")).get("content")):
            if block.get("type") == "tool_result":
                ok, use = block.get("is_error") is not True, text(block.get("tool_use_id"))
                tool, output = self._tools.get(use), text(block.get("content"))
                self._edited |= ok and tool is not None and tool.kind in EDIT_TOOLS
                if not ok and _NOT_OFFERED in output and tool:
                    self._denied.add(use)
                    yield Denied(tool.kind, tool.target)
                else:
                    yield ToolResult(ok, "" if ok else output)

    def _result(self, event: Mapping[str, Any]) -> Iterator[AgentEvent]:
        for denial in items(event.get("permission_denials")):
            yield from self._denial(denial)
        self.usage = _usage(event)
        yield self.usage
        answer = event.get("structured_output")
        message = json.dumps(answer) if isinstance(answer, dict) else text(event.get("result"))
        errors = event.get("errors")
        if not message and isinstance(errors, list):
            message = "; ".join(text(error) for error in errors)
        yield self.finish(self._reason(event), message)

    def _reason(self, event: Mapping[str, Any]) -> Reason:
        end = _ENDS.get(text(event.get("subtype")))
        if end is not None:
            return end
        if event.get("is_error"):
            if text(event.get("terminal_reason")).startswith("aborted"):
                return Reason.INTERRUPTED
            status = reason_of_status(count(event.get("api_error_status")))
            return status or _ERRORS.get(self._error, Reason.CRASHED)
        return Reason.DENIED if self._denied and not self._edited else Reason.OK


def _target(arguments: object) -> str:
    return first_text(arguments, "file_path", "path", "command", "pattern")


def _usage(event: Mapping[str, Any]) -> Usage:
    """Return the sum over the listed models: the total that it reports omits a turn that was cut short."""
    models = [mapping(model) for model in mapping(event.get("modelUsage")).values()]
    total = mapping(event.get("usage"))
    read = sum(count(model.get("inputTokens")) for model in models) or count(total.get("input_tokens"))
    written = sum(count(model.get("outputTokens")) for model in models) or count(total.get("output_tokens"))
    return Usage(read, written, number(event.get("total_cost_usd")))
