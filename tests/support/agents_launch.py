"""The real launcher, which remembers everything it started."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from otorepair_like.agents.protocol import Process
from otorepair_like.supervise.process.launch import Launcher
from otorepair_like.supervise.process.spawner import Spawner


class RememberingLaunch:
    """A ``Launch``; ``argv``, ``env`` and ``launched`` hold one entry for each start."""

    def __init__(self, spawner: Spawner) -> None:
        self._launcher = Launcher(spawner)
        self.argv: list[tuple[str, ...]] = []
        self.env: list[dict[str, str]] = []
        self.launched: list[Process] = []

    async def __call__(
        self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], stdin: bytes | None = b""
    ) -> Process:
        process = await self._launcher(argv, cwd=cwd, env=env, stdin=stdin)
        self.argv.append(tuple(argv))
        self.env.append(dict(env))
        self.launched.append(process)
        return process
