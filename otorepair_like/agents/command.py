"""Any command line as an agent: it reads the prompt, works in its current folder, and may print anything."""

from __future__ import annotations

import math
import shlex
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from otorepair_like.agents.cli_agent import CliAgent
from otorepair_like.agents.protocol import Emit, Finished, Launch, Reason
from otorepair_like.agents.reader import TextReader
from otorepair_like.agents.sanitize import harmless
from otorepair_like.errors import UsageError

PROMPT_FILE = "{prompt_file}"


class CommandAgent(CliAgent):
    """The user's own command, run without a shell and with the user's whole environment.

    Args:
        command_line: quoted as for a shell. ``{prompt_file}`` in it is replaced by the path of a file with the prompt;
            without it the prompt comes on stdin. For triage it runs in an empty folder and answers on stdout.

    Raises:
        UsageError: ``command_line`` is empty or has an unclosed quote.
    """

    name = "command"
    install = "correct --agent-command or choose another --backend"
    analyses = False
    idle = math.inf  # an unknown program may think in silence

    def __init__(
        self,
        launch: Launch,
        command_line: str,
        environ: Mapping[str, str],
        *,
        redact: Callable[[str], str] | None = None,
    ) -> None:
        super().__init__(launch, environ=environ, redact=redact)
        try:
            self._words = shlex.split(command_line)
        except ValueError as error:
            raise UsageError(f"--agent-command {command_line!r}", str(error), "close the quote") from None
        if not self._words:
            raise UsageError("--backend command", "no command is given", "set --agent-command")
        self.programs = (self._words[0],)

    def reader(self) -> TextReader:
        return CommandReader()

    def question_arguments(self, schema: str) -> Sequence[str]:  # noqa: ARG002
        return self._words[1:]

    def repair_arguments(self) -> Sequence[str]:
        return self._words[1:]

    def environment(self) -> dict[str, str]:
        return dict(self._environ)

    async def login_problem(self) -> str | None:
        return None

    async def _run(
        self, arguments: Sequence[str], folder: Path, prompt: str, timeout: float, emit: Emit
    ) -> Finished:
        if not any(PROMPT_FILE in word for word in arguments):
            return await super()._run(arguments, folder, prompt, timeout, emit)
        with tempfile.NamedTemporaryFile(
            "w", prefix="otorepair-prompt-", suffix=".txt", encoding="utf-8"
        ) as file:
            file.write(harmless(self._redact(prompt)))
            file.flush()
            words = [word.replace(PROMPT_FILE, file.name) for word in arguments]
            return await super()._run(words, folder, "", timeout, emit)


class CommandReader(TextReader):
    """Reads plain text, and the two exit codes of a shell for a program that cannot run."""

    def ended(self, status: int) -> Finished:
        if status in (126, 127):
            return self.finish(Reason.NOT_INSTALLED)
        return super().ended(status)
