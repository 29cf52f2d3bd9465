"""aider, by its plain text output.

Written for version 0.86: it always exits 0, works only on files that it is given, and would read settings, even the
address of its model, from files of the project. So it runs in an empty folder and gets absolute paths.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import MappingProxyType

from otorepair_like.agents.cli_agent import CliAgent, model_option
from otorepair_like.agents.env import PROVIDERS
from otorepair_like.agents.protocol import (
    AgentEvent,
    AgentStarted,
    Emit,
    Finished,
    Reason,
    Retry,
    Task,
    Tool,
    ToolResult,
    Usage,
)
from otorepair_like.agents.reader import TextReader, reason_in

LOGIN = "set the key of its provider, such as OPENAI_API_KEY or ANTHROPIC_API_KEY"

_ERROR = re.compile(r"litellm\.\w*Error|Only \d+ reflections allowed|does not exist|did not conform")
_STATUS = {Reason.AUTH: 401, Reason.QUOTA: 429, Reason.OVERLOADED: 503}
_RETRY = re.compile(r"Retrying in ([\d.]+) seconds")
_APPLIED = re.compile(r"Applied edit to (.+)")
_MODEL = re.compile(r"(?:Main )?[Mm]odel: (\S+)")
_CHATTER = re.compile(
    r"Aider v|Weak model: |Git repo: |Repo-map: |Added .+ to the chat|HTTPSConnectionPool\("
)
"""Lines about itself, and about model prices that it cannot download."""
_SPENT = re.compile(
    r"Tokens: ([\d.]+)(k?) sent, .*?(?<![\d.])([\d.]+)(k?) received\.(?:.*\$([\d.]+) session)?"
)


class Aider(CliAgent):
    """aider for the files in the trace, without shell, git or settings of the project."""

    name = "aider"
    programs = ("aider",)
    install = "install aider (https://aider.chat) or choose another --backend"
    variables = ("AIDER_*", *PROVIDERS)
    settings = MappingProxyType({"COLUMNS": "10000"})  # otherwise it wraps its lines
    idle = 90.0

    def reader(self) -> TextReader:
        return AiderReader()

    def question_arguments(self, schema: str) -> Sequence[str]:  # noqa: ARG002
        return (*_BASE, "--chat-mode", "ask", *model_option(self._triage_model))

    def repair_arguments(self) -> Sequence[str]:
        return (*_BASE, *model_option(self._fix_model))

    async def login_problem(self) -> str | None:
        return None  # the key of its provider may be in its own settings

    async def repair(self, task: Task, emit: Emit) -> Finished:
        files = own_files(task)
        if not files:
            return Finished(Reason.NOTHING, "the trace names no file that aider could work on")
        arguments = (*self.repair_arguments(), *files)
        with tempfile.TemporaryDirectory(prefix="otorepair-aider-") as empty:
            return await self._run(arguments, Path(empty), task.prompt, task.timeout, emit)


_BASE = (
    *("--yes-always", "--no-git", "--no-auto-lint", "--no-auto-test", "--no-suggest-shell-commands"),
    *("--no-detect-urls", "--no-check-update", "--no-analytics", "--no-show-release-notes", "--no-pretty"),
    *("--no-fancy-input", "--no-show-model-warnings", "--map-tokens", "0"),
    *("--chat-history-file", "/dev/null", "--input-history-file", "/dev/null"),
    *("--message-file", "/dev/stdin"),
)


def own_files(task: Task) -> list[str]:
    """Return the user's own files in the trace, each found in the task's folder by the longest end of its path."""
    files: dict[str, None] = {}
    for frame in task.incident.frames if task.incident else ():
        parts = Path(frame.file).parts
        ends = (task.folder.joinpath(*parts[start:]) for start in range(len(parts)) if frame.own)
        if inside := next((end for end in ends if end.is_relative_to(task.folder) and end.is_file()), None):
            files[str(inside)] = None
    return list(files)


class AiderReader(TextReader):
    """Reads the output of ``--no-pretty``."""

    remedies = MappingProxyType({Reason.AUTH: LOGIN})

    def __init__(self) -> None:
        super().__init__()
        self._error = ""
        self._retries = 0
        self._edited = False

    def line(self, stream: str, line: str) -> Iterator[AgentEvent]:
        if _ERROR.search(line):
            self._error = line
        if model := _MODEL.match(line):
            self.model = model[1]
            yield AgentStarted(self.model)
        elif _CHATTER.match(line):
            return
        elif applied := _APPLIED.match(line):
            self._edited = True
            yield Tool("Edit", applied[1])
            yield ToolResult(ok=True)
        elif retry := _RETRY.match(line):
            self._retries += 1
            yield Retry(self._retries, status=_STATUS.get(reason_in(self._error), 0), wait=float(retry[1]))
        elif spent := _SPENT.match(line):
            sent, sent_k, received, received_k, cost = spent.groups()
            self.usage = Usage(
                _count(sent, sent_k), _count(received, received_k), float(cost) if cost else None
            )
            yield self.usage
        else:
            yield from super().line(stream, line)

    def ended(self, status: int) -> Finished:
        if status == 0 and self._error and not self._edited:
            return self.finish(reason_in(self._error), self._error)
        return super().ended(status)


def _count(figure: str, thousands: str) -> int:
    return int(float(figure) * (1000 if thousands else 1))
