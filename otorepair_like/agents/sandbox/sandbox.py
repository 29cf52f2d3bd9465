"""``--sandbox``: an agent sees the system, itself and the private copy, and can write to the copy only.

With bubblewrap where it works, else with Landlock, on macOS with sandbox-exec. docs/trust.md says what each holds.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from otorepair_like.agents.protocol import Launch, Process
from otorepair_like.agents.sandbox import bubblewrap, confine, seatbelt
from otorepair_like.agents.sandbox.places import OWN, SYSTEM, SandboxPlaces, places_of
from otorepair_like.errors import UsageError
from otorepair_like.trust.programs import find_program

_DEVICES: Final = (
    "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/ptmx", "/dev/pts",
)  # fmt: skip
_INTERNET: Final = (confine.INET, confine.INET6, confine.NETLINK)


@dataclass(frozen=True, slots=True)
class Rules:
    """The rights that a process keeps when it becomes the agent.

    Args:
        landlock: whether files are confined by it, to those ``readable`` and ``writable``.
        families: the kinds of sockets that stay; ``None``: all.
        session: whether it gets a session of its own.
    """

    landlock: bool = False
    readable: tuple[str, ...] = ()
    writable: tuple[str, ...] = ()
    families: tuple[int, ...] | None = ()
    session: bool = False


class Sandbox:
    """A ``Launch`` that confines what it starts.

    Args:
        launch: starts processes.
        copy: the folder of the private copies, which they may write to.
        workspace: of the user; hidden but for what the copy links to.
        network: whether programs that are no known agent CLI may use the network; agent CLIs must.
        kind: ``bubblewrap``, ``landlock`` or ``sandbox-exec``.
    """

    def __init__(self, launch: Launch, copy: Path, workspace: Path, *, network: bool, kind: str) -> None:
        self._launch, self._copy, self._workspace = launch, copy, workspace
        self._network, self.kind = network, kind
        self.shared: Callable[[], Iterable[str]] = lambda: ()
        """What the private copy links to."""

    async def __call__(
        self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], stdin: bytes | None = b""
    ) -> Process:
        """Start ``argv`` in the sandbox."""
        places = places_of(argv, env, self._copy, self._workspace, self.shared())
        network = self._network or os.path.basename(argv[0]) in OWN
        env = {**env, "TMPDIR": _temporary(places)} if self.kind == "landlock" else env
        confined = self._confined(argv, places, str(cwd), network=network)
        return await self._launch(confined, cwd=cwd, env=env, stdin=stdin)

    def _confined(self, argv: Sequence[str], places: SandboxPlaces, cwd: str, *, network: bool) -> list[str]:
        families = _INTERNET if network else ()
        if self.kind == "bubblewrap":
            arguments = bubblewrap.arguments(places, cwd, network=network)
            return [
                find_program("bwrap") or "bwrap",
                *arguments,
                "--",
                *_wrapped(Rules(families=families), argv),
            ]
        if self.kind == "sandbox-exec":
            return [seatbelt.PROGRAM, "-p", seatbelt.profile(places, cwd, network=network), *argv]
        readable = (*SYSTEM, *places.programs, places.run, *places.shared, *places.orders)
        writable = (*_DEVICES, *places.own, places.copy, cwd, _temporary(places))
        rules = Rules(landlock=True, readable=readable, writable=writable, families=families, session=True)
        return _wrapped(rules, argv)


def choose(
    mode: str, launch: Launch, copy: Path, workspace: Path, *, network: bool
) -> tuple[Sandbox | None, str]:
    """Return the sandbox of this machine, and one line that says which it is and what it does not hold.

    Args:
        mode: ``always``, ``never``, or ``auto``: if this machine can.

    Raises:
        UsageError: it is asked for and there is none.
    """
    if mode == "never":
        return None, ""
    kind, obstacle = _kind()
    if not kind:
        if mode == "always":
            raise UsageError("--sandbox always", obstacle, "install bubblewrap or use --sandbox never")
        return None, f"sandbox off: {obstacle}; an agent can reach what you can"
    weaker = (
        f" ({obstacle}); other processes can be seen, and modes of files changed"
        if kind == "landlock"
        else ""
    )
    note = f"sandbox on: {kind}{weaker}" + (
        "" if network else "; no network for --agent-command without --agent-network"
    )
    return Sandbox(launch, copy, workspace, network=network, kind=kind), note


def _kind() -> tuple[str, str]:
    """Return the kind of sandbox that works here, ``""`` for none, and why it is not a better one."""
    if sys.platform == "darwin":
        return (
            ("sandbox-exec", "")
            if os.access(seatbelt.PROGRAM, os.X_OK)
            else ("", "there is no sandbox-exec here")
        )
    if sys.platform != "linux":
        return "", f"there is none for {sys.platform}"
    obstacle = bubblewrap.obstacle()
    if not obstacle:
        return "bubblewrap", ""
    return (
        ("landlock", obstacle) if confine.version() else ("", f"{obstacle}, and the kernel has no Landlock")
    )


def _wrapped(rules: Rules, argv: Sequence[str]) -> list[str]:
    return [sys.executable, "-I", "-S", confine.__file__, json.dumps(asdict(rules)), *argv]


def _temporary(places: SandboxPlaces) -> str:
    """Return a folder for temporary files, made if it is not there: Landlock cannot make /tmp another one."""
    folder = os.path.join(places.run, "tmp")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    return folder
