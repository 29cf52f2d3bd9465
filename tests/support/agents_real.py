"""Find the real agent CLIs for tests, and run them in a clean place."""

from __future__ import annotations

import os
import shutil
from importlib import import_module
from pathlib import Path

import anyio
import psutil
import pytest

from otorepair_like.agents.cli_agent import EDITS_ONLY, CliAgent, Powers
from otorepair_like.agents.protocol import Agent, Finished, Launch, Reason
from tests.support.agents_fakes import Heard, task
from tests.support.agents_kits import DONE, KITS
from tests.support.model_server import ModelServer
from tests.support.model_wire import Turn

_SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"


def installed(name: str) -> Path | None:
    """Return the path of an agent CLI: ``TEST_AGENT_<NAME>``, which ``scripts/agents`` prints, else the one on PATH."""
    found = os.environ.get(f"TEST_AGENT_{name.upper()}") or shutil.which(name)
    return Path(found) if found and os.access(found, os.X_OK) else None


def real_program(name: str) -> Path:
    """Return the path of an agent CLI; else skip the test, or fail if ``REQUIRE_AGENTS`` names the agent."""
    program = installed(name)
    if program is not None:
        return program
    absent = f"the real {name} is not installed: scripts/agents {name}"
    if name in os.environ.get("REQUIRE_AGENTS", "").replace(",", " ").split():
        pytest.fail(absent)
    pytest.skip(absent)


class Stage:
    """A clean home with one real agent CLI, and a folder for it to work in.

    Args:
        launch: starts it.

    Attributes:
        environ: an environment without any credential, with the CLI on PATH under its own name.
        heard: what the agent reported in the last repair.
    """

    def __init__(self, name: str, launch: Launch, folder: Path, home: Path) -> None:
        (home / "bin").mkdir(parents=True)
        (home / "bin" / name).symlink_to(real_program(name))
        self.name, self.launch, self.folder, self.home, self.kit = name, launch, folder, home, KITS[name]
        self.environ = {
            "HOME": str(home),
            "PATH": f"{home / 'bin'}:{system_path(home)}",
            "LANG": "C.UTF-8",
            "TMPDIR": str(home),
        }
        self.heard = Heard()

    def agent(self, model: ModelServer, powers: Powers = EDITS_ONLY, **models: str) -> CliAgent:
        """Return the agent, configured for ``model``."""
        backend = getattr(import_module(f"otorepair_like.agents.{self.name}"), self.name.capitalize())
        environ = self.environ | self.kit.environ(self.home, model.url)
        agent: CliAgent = backend(
            self.launch, environ=environ, powers=powers, **{**self.kit.models, **models}
        )
        return agent

    def edit(self, new: str) -> list[Turn]:
        """Return the turns that replace the second line of the file by ``new``."""
        content = self.file.read_text()
        return self.kit.edit(str(self.file), content, content.splitlines()[1], new)

    @property
    def file(self) -> Path:
        """Return the only source file."""
        return self.folder / "app.py"

    async def repair(
        self, agent: Agent, prompt: str = "The command failed.", timeout: float = 40
    ) -> Finished:
        """Run a repair by ``agent`` in the folder."""
        self.heard.clear()
        return await agent.repair(task(self.folder, timeout, prompt), self.heard)

    @property
    def _waiting(self) -> Turn:
        """Return the turn with a shell command that signals its start and never ends."""
        assert self.kit.shell
        code = "import sys, time; open(sys.argv[1], 'w').close(); time.sleep(600)"
        return self.kit.shell(f'python3 -c "{code}" {self._sign}')

    async def left_after_timeout(self, timeout: float) -> list[list[str]]:
        """Return the processes of a command that never ends after its repair timed out."""
        with ModelServer([self._waiting, DONE]) as model:
            finished = await self.repair(self.agent(model, Powers(shell=True)), timeout=timeout)
        assert finished.reason is Reason.TIMEOUT, finished
        assert self._sign.exists(), self.heard
        return self._left()

    async def left_after_cancelling(self) -> list[list[str]]:
        """Return the processes of a command that never ends after its repair was cancelled."""
        with ModelServer([self._waiting, DONE]) as model, anyio.fail_after(40):
            async with anyio.create_task_group() as group:
                group.start_soon(self.repair, self.agent(model, Powers(shell=True)))
                while not self._sign.exists():
                    await anyio.sleep(0.02)
                group.cancel_scope.cancel()
        return self._left()

    def _left(self) -> list[list[str]]:
        # By command line: in a sandbox it does not know its own process id.
        running = [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]
        return [words for words in running if str(self._sign) in " ".join(words)]

    @property
    def _sign(self) -> Path:
        return self.folder / "running"


def system_path(home: Path) -> str:
    """Return PATH without bubblewrap, since Codex would use it instead of its own, and old ones refuse root."""
    if shutil.which("bwrap", path=_SYSTEM_PATH) is None:
        return _SYSTEM_PATH
    tools = home / "tools"
    tools.mkdir()
    for folder in reversed(_SYSTEM_PATH.split(":")):
        for name in set(os.listdir(folder)) - {"bwrap"}:
            (tools / name).unlink(missing_ok=True)
            (tools / name).symlink_to(Path(folder) / name)
    return str(tools)
