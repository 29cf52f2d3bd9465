"""What the backends of agent CLIs have in common: find the program, ask for an opinion, have a repair made.

A backend adds its launch recipe (programs, variables, arguments), a reader
(:mod:`otorepair_like.agents.reader`) of what its CLI prints, and how one sees that it is logged in.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

from otorepair_like.agents import json_answers, triage
from otorepair_like.agents.cli_runner import Call, drive
from otorepair_like.agents.env import passed_on
from otorepair_like.agents.protocol import AgentEvent, Denied, Emit, Finished, Launch, Opinion, Reason, Task
from otorepair_like.agents.reader import Reader, TextReader
from otorepair_like.incident import Incident
from otorepair_like.redact import Redactor

SCHEMA_FILE = "answer.schema.json"
"""What the folder of a question holds: the schema of the answer, for CLIs that want it as a file."""
SHELLS = ("bash", "shell", "run_shell_command")
"""What agent CLIs call the tool that runs commands."""
CHECK_TIMEOUT = 10.0
"""Seconds a CLI may take to say whether it is logged in."""


@dataclass(frozen=True, slots=True)
class Powers:
    """What an agent CLI may do beyond editing files, and use.

    Args:
        shell: run commands.
        resident: stay between questions, where its CLI can.
        max_cost: dollars for one repair, where its CLI can count them; 0: no limit.
    """

    shell: bool = False
    resident: bool = False
    max_cost: float = 0.0


EDITS_ONLY = Powers()


class CliAgent:
    """An agent that is a command-line program.

    Args:
        launch: starts a process tree.
        triage_model: model that judges doubtful output, ``""`` for the CLI's own default.
        fix_model: model that repairs, ``""`` for the CLI's own default.
        environ: where the agent's variables are taken from.
        redact: masks secrets in every prompt; ``None`` masks only what looks like a credential by itself.
        powers: what it may do beyond editing files.
    """

    name: str
    offline = False
    programs: tuple[str, ...]
    """Names of the executable; the first one found on PATH is taken."""
    install: str
    """What to do when there is none."""
    variables: tuple[str, ...] = ()
    """Environment variables (patterns) it gets besides the common ones."""
    settings: Mapping[str, str] = MappingProxyType({})
    """Environment variables that are set for it."""
    analyses: ClassVar[bool] = True
    """Whether it has a model that is cheap to ask."""
    idle: float
    """Seconds of silence after which it is taken for dead."""

    def __init__(
        self,
        launch: Launch,
        *,
        triage_model: str = "",
        fix_model: str = "",
        environ: Mapping[str, str],
        redact: Callable[[str], str] | None = None,
        powers: Powers = EDITS_ONLY,
    ) -> None:
        self._launch, self._powers = launch, powers
        self._triage_model, self._fix_model = triage_model, fix_model
        self._environ = environ
        self._redact = redact or Redactor()

    def reader(self) -> Reader:
        """A fresh reader of what the CLI prints."""
        raise NotImplementedError

    def question_arguments(self, schema: str) -> Sequence[str]:
        """Arguments for a question that needs no tool and may change nothing.

        Args:
            schema: JSON schema of the answer; also in :data:`SCHEMA_FILE` of the working directory.
        """
        raise NotImplementedError

    def repair_arguments(self) -> Sequence[str]:
        """Arguments for a repair in its working directory: edit tools, and no more power than that."""
        raise NotImplementedError

    async def login_problem(self) -> str | None:
        """Why it is not logged in, with the remedy; ``None`` if it is. Spends no token."""
        raise NotImplementedError

    @property
    def installed(self) -> bool:
        """Whether its program is on PATH."""
        return self._program() is not None

    @property
    def absence(self) -> str:
        """That its program is missing, with the remedy, in a line."""
        return f"{self.name}: {self.programs[0]} is not on PATH; {self.install}"

    async def problem(self) -> str | None:
        """See :meth:`otorepair_like.agents.protocol.Agent.problem`."""
        if not self.installed:
            return self.absence
        return await self.login_problem()

    async def triage(self, incident: Incident, timeout: float) -> Opinion:
        """See :meth:`otorepair_like.agents.protocol.Agent.triage`."""
        finished = await self.answer(triage.question(incident), triage.SHAPE, timeout)
        return triage.opinion(self.name, finished)

    async def answer(self, asked: str, shape: Mapping[str, Any], timeout: float) -> Finished:
        """The end of a run that was asked for JSON of the schema ``shape``; asked once more if that is not what came.

        Args:
            timeout: seconds for both.
        """
        by = time.monotonic() + timeout
        finished = await self._question(asked, json.dumps(shape), timeout)
        wrong = json_answers.faults(finished.text, shape) if finished.reason is Reason.OK else []
        if wrong and (left := by - time.monotonic()) > 0:
            second = await self._question(json_answers.again(asked, wrong), json.dumps(shape), left)
            better = second.reason is Reason.OK and json_answers.objects(second.text, shape)
            return replace(second if better else finished, usage=finished.usage + second.usage)
        return finished

    async def repair(self, task: Task, emit: Emit) -> Finished:
        """See :meth:`otorepair_like.agents.protocol.Agent.repair`."""
        arguments = self.repair_arguments()
        return await self._run(arguments, task.folder, task.prompt, task.timeout, self.advising(emit))

    def advising(self, emit: Emit) -> Emit:
        """``emit``, told with each command that was denied which option would have allowed it."""

        def told(event: AgentEvent) -> None:
            if isinstance(event, Denied) and event.tool.lower() in SHELLS and not self._powers.shell:
                event = replace(event, option="--agent-shell")
            emit(event)

        return told

    async def _question(self, asked: str, schema: str, timeout: float) -> Finished:
        with tempfile.TemporaryDirectory(prefix="otorepair-question-") as empty:
            (Path(empty) / SCHEMA_FILE).write_text(schema)
            arguments = self.question_arguments(schema)
            return await self._run(arguments, Path(empty), asked, timeout, lambda _: None)

    async def ask(self, *arguments: str) -> str:
        """What the program prints when it is run with ``arguments``."""
        reader = TextReader()
        with tempfile.TemporaryDirectory(prefix="otorepair-check-") as empty:
            call = self._call(arguments, Path(empty), "", CHECK_TIMEOUT)
            await drive(self._launch, call, reader, lambda _: None)
        return reader.said

    def environment(self) -> dict[str, str]:
        """The agent's whole environment."""
        return {**passed_on(self._environ, self.variables), **self.settings}

    async def _run(
        self, arguments: Sequence[str], folder: Path, prompt: str, timeout: float, emit: Emit
    ) -> Finished:
        return await drive(self._launch, self._call(arguments, folder, prompt, timeout), self.reader(), emit)

    def _call(self, arguments: Sequence[str], folder: Path, prompt: str, timeout: float) -> Call:
        program = self._program() or self.programs[0]
        asked = self._redact(prompt)
        return Call((program, *arguments), self.environment(), folder, asked, timeout, self.idle)

    def _program(self) -> str | None:
        path = self._environ.get("PATH")
        found = (shutil.which(name, path=path) for name in self.programs)
        return next((os.path.abspath(program) for program in found if program), None)


def model_option(model: str) -> Sequence[str]:
    """``--model`` for ``model``, nothing for the CLI's own default."""
    return ("--model", model) if model else ()
