"""The common part of all agent CLIs: find the program, ask it a question, run a repair.

The class of a CLI adds how to start it (programs, variables, arguments), a reader of its output
(:mod:`otorepair_like.agents.reader`), and a check that the user is logged in.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from otorepair_like.agents import json_answers, triage
from otorepair_like.agents.cli_runner import Call, run_agent
from otorepair_like.agents.env import select_variables
from otorepair_like.agents.protocol import (
    Agent,
    AgentEvent,
    Denied,
    Emit,
    Finished,
    Launch,
    Opinion,
    Reason,
    Task,
)
from otorepair_like.agents.reader import Reader, TextReader
from otorepair_like.incident import Incident
from otorepair_like.redact import Redactor
from otorepair_like.trust.programs import find_program

SCHEMA_FILE = "answer.schema.json"
"""File in the folder of a question with the schema of the answer, for CLIs that read it from a file."""
SHELLS = ("bash", "shell", "run_shell_command")
"""Names that agent CLIs give the tool that runs commands."""
CHECK_TIMEOUT = 10.0
"""Seconds a CLI may take to report whether it is logged in."""


@dataclass(frozen=True, slots=True)
class Powers:
    """The permissions and limits of an agent CLI, beyond editing files.

    Args:
        shell: it may run commands.
        resident: it stays between questions, if it supports that.
        max_cost: dollars for one repair, if it supports such a limit; 0: no limit.
    """

    shell: bool = False
    resident: bool = False
    max_cost: float = 0.0


EDITS_ONLY = Powers()


class CliAgent(Agent):
    """An agent that is a command-line program.

    Args:
        launch: starts a process tree.
        triage_model: model for triage; ``""``: the CLI's default.
        fix_model: model for repairs; ``""``: the CLI's default.
        environ: the environment from which the agent's variables are selected.
        redact: masks secrets in every prompt; ``None``: only what is shaped like a credential.
        powers: its permissions beyond editing files.
    """

    name: str
    programs: tuple[str, ...]
    """Names of the executable; the first one on PATH is used."""
    install: str
    """The remedy when it is not installed."""
    variables: tuple[str, ...] = ()
    """Patterns of environment variables that it gets besides the common ones."""
    settings: Mapping[str, str] = MappingProxyType({})
    """Additional environment variables."""
    analyses = True
    """Whether it has a cheap model for questions."""
    idle: float
    """Seconds of silence after which it counts as dead."""

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
        """Return a new reader for one run of the CLI."""
        raise NotImplementedError

    def question_arguments(self, schema: str) -> Sequence[str]:
        """Return the arguments for a question, which needs no tool and may change nothing.

        Args:
            schema: JSON schema of the answer; also in :data:`SCHEMA_FILE` of the working directory.
        """
        raise NotImplementedError

    def repair_arguments(self) -> Sequence[str]:
        """Return the arguments for a repair in its working directory: with edit tools and no other permission."""
        raise NotImplementedError

    async def login_problem(self) -> str | None:
        """Return why it is not logged in, with the remedy; ``None`` if it is. Spends no token."""
        raise NotImplementedError

    @property
    def installed(self) -> bool:
        """Return whether its program is on PATH."""
        return self._program() is not None

    @property
    def absence(self) -> str:
        """Return the line that says that its program is missing, with the remedy."""
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

    async def answer(self, prompt: str, shape: Mapping[str, Any], timeout: float) -> Finished:
        """Ask for JSON of the schema ``shape`` and return the end of the run; repeat once if the answer does not fit.

        Args:
            timeout: seconds for both questions.
        """
        deadline = time.monotonic() + timeout
        finished = await self._question(prompt, json.dumps(shape), timeout)
        faults = json_answers.faults(finished.text, shape) if finished.reason is Reason.OK else []
        if faults and (left := deadline - time.monotonic()) > 0:
            second = await self._question(json_answers.ask_again(prompt, faults), json.dumps(shape), left)
            better = second.reason is Reason.OK and json_answers.objects(second.text, shape)
            return replace(second if better else finished, usage=finished.usage + second.usage)
        return finished

    async def repair(self, task: Task, emit: Emit) -> Finished:
        """See :meth:`otorepair_like.agents.protocol.Agent.repair`."""
        arguments = self.repair_arguments()
        return await self._run(arguments, task.folder, task.prompt, task.timeout, self.with_hints(emit))

    def with_hints(self, emit: Emit) -> Emit:
        """Return an ``emit`` that adds to each denied command the option that would have allowed it."""

        def emit_with_hint(event: AgentEvent) -> None:
            if isinstance(event, Denied) and event.tool.lower() in SHELLS and not self._powers.shell:
                event = replace(event, option="--agent-shell")
            emit(event)

        return emit_with_hint

    async def _question(self, prompt: str, schema: str, timeout: float) -> Finished:
        with tempfile.TemporaryDirectory(prefix="otorepair-question-") as empty:
            (Path(empty) / SCHEMA_FILE).write_text(schema)
            arguments = self.question_arguments(schema)
            return await self._run(arguments, Path(empty), prompt, timeout, lambda _: None)

    async def ask(self, *arguments: str) -> str:
        """Run the program with ``arguments`` and return the end of its output."""
        reader = TextReader()
        with tempfile.TemporaryDirectory(prefix="otorepair-check-") as empty:
            call = self._call(arguments, Path(empty), "", CHECK_TIMEOUT)
            await run_agent(self._launch, call, reader, lambda _: None)
        return reader.last_text

    def environment(self) -> dict[str, str]:
        """Return the complete environment of the agent."""
        return {**select_variables(self._environ, self.variables), **self.settings}

    async def _run(
        self, arguments: Sequence[str], folder: Path, prompt: str, timeout: float, emit: Emit
    ) -> Finished:
        return await run_agent(
            self._launch, self._call(arguments, folder, prompt, timeout), self.reader(), emit
        )

    def _call(self, arguments: Sequence[str], folder: Path, prompt: str, timeout: float) -> Call:
        program = self._program() or self.programs[0]
        masked = self._redact(prompt)
        return Call((program, *arguments), self.environment(), folder, masked, timeout, self.idle)

    def _program(self) -> str | None:
        programs = (find_program(name, self._environ) for name in self.programs)
        return next((os.path.abspath(program) for program in programs if program), None)


def model_option(model: str) -> Sequence[str]:
    """Return the arguments ``--model`` and ``model``; none for the default of the CLI (``""``)."""
    return ("--model", model) if model else ()
