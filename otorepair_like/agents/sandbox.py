"""``--sandbox``: agents see the whole disk but can write to the private copy only. Linux, with bubblewrap.

The network stays, since an agent must reach its model. Its own folder of settings and sessions stays writable too,
for no agent CLI starts without. Everything else is read-only; what is written to /tmp is gone afterwards.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from otorepair_like.agents.protocol import Launch, Process
from otorepair_like.errors import UsageError

AGENTS_OWN: Final = (
    ".claude", ".claude.json", ".codex", ".gemini", ".cursor", ".aider", ".config/opencode",
    ".local/share/opencode", ".local/state/opencode", ".cache/opencode", ".config/cursor",
)  # fmt: skip
"""In the user's home, where agent CLIs keep what they need to write."""
_TEMPORARY: Final = "/tmp"  # noqa: S108 - by this name programs know it
_PROBE_LIMIT: Final = 10.0


class Sandbox:
    """A ``Launch`` that confines what it starts.

    Args:
        launch: starts processes.
        writable: the one folder of ours that they may write to.

    Raises:
        UsageError: there is no bubblewrap here, or it may not do its work.
    """

    def __init__(self, launch: Launch, writable: Path) -> None:
        self._launch, self._writable = launch, os.path.realpath(writable)
        self._bwrap = _bubblewrap()

    async def __call__(
        self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], stdin: bytes | None = b""
    ) -> Process:
        """Start ``argv`` in the sandbox."""
        confined = [self._bwrap, *self._arguments(cwd, env), "--", *argv]
        return await self._launch(confined, cwd=cwd, env=env, stdin=stdin)

    def _arguments(self, cwd: Path, env: Mapping[str, str]) -> list[str]:
        arguments = ["--die-with-parent", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
        arguments += ["--tmpfs", _TEMPORARY]
        for entry in os.scandir(_TEMPORARY):
            arguments += ["--ro-bind-try", entry.path, entry.path]
        arguments += ["--bind-try", self._writable, self._writable]
        home = env.get("HOME", "")
        for name in AGENTS_OWN if home else ():
            own = os.path.join(home, name)
            if os.path.exists(own):
                arguments += ["--bind", own, own]
        return [*arguments, "--chdir", str(cwd)]


def _bubblewrap() -> str:
    remedy = "install it (such as apt-get install bubblewrap) or leave --sandbox out"
    if sys.platform != "linux":
        raise UsageError("--sandbox", "bubblewrap exists on Linux only", "leave it out")
    found = shutil.which("bwrap")
    if found is None:
        raise UsageError("--sandbox", "bubblewrap (bwrap) is not installed", remedy)
    probe = [found, "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--", "true"]
    try:
        done = subprocess.run(probe, capture_output=True, timeout=_PROBE_LIMIT, check=False)
    except (OSError, subprocess.SubprocessError) as error:
        raise UsageError("--sandbox", f"cannot run {found}: {error}", remedy) from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise UsageError(
            "--sandbox", f"bubblewrap is not permitted here: {said}", "allow user namespaces or leave it out"
        )
    return found
