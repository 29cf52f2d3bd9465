"""The checks of ``otorepair doctor``: each looks at one thing a run needs, and says what to do if it is missing."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from anyio import to_thread

from otorepair_like.agents.cli_agent import CliAgent
from otorepair_like.agents.protocol import Launch
from otorepair_like.config import Config
from otorepair_like.errors import OtorepairError
from otorepair_like.kinds import CLIS
from otorepair_like.memory.folder import NAME
from otorepair_like.repair.agent_pool import BACKENDS, DISCOVERED, AgentContext, make_agent
from otorepair_like.trust.programs import find_program

INOTIFY: Final = Path("/proc/sys/fs/inotify")
WATCHES: Final = {"max_user_watches": 8192, "max_user_instances": 8}
"""The lowest limits that leave room for a typical project beside an editor."""
PROGRAM_WITHIN: Final = 10.0
"""Seconds a program may take to print its version."""


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check.

    Args:
        name: the thing that was checked.
        ok: it is as it should be.
        detail: the finding, in one line.
        remedy: what to do if it is not ``ok``.
        needed: no run can work without it.
    """

    name: str
    ok: bool
    detail: str
    remedy: str = ""
    needed: bool = False


async def check_all(config: Config, launch: Launch, environ: Mapping[str, str]) -> list[Check]:
    """Run every check, those of the agents last. Spends no tokens and changes nothing."""
    workspace = Path(config.workspace)
    looks: list[Callable[[], Check | None]] = [
        lambda: _git(workspace),
        lambda: _writable(workspace),
        lambda: _database(workspace),
        _watches,
        lambda: _terminal(environ),
        lambda: _python(workspace, environ),
        lambda: _port(config.ready_port),
    ]
    checks = [check for look in looks if (check := await to_thread.run_sync(look))]
    return [*checks, *await _agents(config, launch, environ)]


async def _agents(config: Config, launch: Launch, environ: Mapping[str, str]) -> list[Check]:
    given = AgentContext(launch, config, environ)
    checks = [await _agent(name, given, needed=name == config.backend) for name in CLIS]
    if config.backend in ("command", "scripted") or config.backend not in (*BACKENDS, "auto", "none"):
        checks.append(await _agent(config.backend, given, needed=True))
    if config.backend == "auto":
        usable = [check.name for check in checks if check.ok and check.name in DISCOVERED]
        detail = f"auto uses {usable[0]} after the recipes" if usable else "auto has only the recipes"
        checks.append(Check("backend", bool(usable), detail, "install an agent CLI and log in"))
    return checks


async def _agent(name: str, given: AgentContext, *, needed: bool) -> Check:
    try:
        agent = make_agent(name, given)
        problem = await agent.problem()
        version = await _version(agent) if isinstance(agent, CliAgent) and agent.installed else ""
    except OtorepairError as error:
        return Check(name, False, error.why or error.what, error.remedy or str(error), needed)
    if problem is None:
        return Check(name, True, version or "ready", needed=needed)
    detail, _, remedy = problem.removeprefix(f"{name}: ").partition("; ")
    return Check(name, False, f"{version}, {detail}" if version else detail, remedy, needed)


async def _version(agent: CliAgent) -> str:
    lines = (await agent.ask("--version")).strip().splitlines()
    return lines[0].strip()[:60] if lines and agent.name != "command" else ""


def _git(workspace: Path) -> Check:
    remedy = "install git, so that otorepair can tell what changed since the last healthy run"
    program = find_program("git")
    if program is None:
        return Check("git", False, "not on PATH", remedy)
    inside = any((folder / ".git").exists() for folder in (workspace, *workspace.parents))
    version = _first_line(program, "--version")
    return Check("git", True, version + ("" if inside else ", but the workspace is not in a repository"))


def _writable(workspace: Path) -> Check:
    try:
        with tempfile.NamedTemporaryFile(dir=workspace, prefix=".otorepair-"):
            return Check("workspace", True, f"{workspace} is writable", needed=True)
    except OSError as error:
        detail = f"{workspace}: {error.strerror or error}"
        return Check(
            "workspace", False, detail, "make it writable, or choose another --workspace", needed=True
        )


def _database(workspace: Path) -> Check:
    from otorepair_like.memory.store import FILE, Store

    if not (workspace / NAME / FILE).exists():
        return Check("history", True, "none yet; the first attempt creates it")
    try:
        store = Store.open(workspace)
        newest = store.recent(1)
        store.close()
    except OtorepairError as error:
        return Check("history", False, f"{error.what}: {error.why}", error.remedy)
    return Check("history", True, "readable and writable" + ("" if newest else ", empty"))


def _watches() -> Check | None:
    if not INOTIFY.exists():
        return None
    limits = {name: int((INOTIFY / name).read_text()) for name in WATCHES}
    detail = ", ".join(f"{name} = {limit}" for name, limit in limits.items())
    low = [name for name, limit in limits.items() if limit < WATCHES[name]]
    remedy = "; ".join(f"sudo sysctl fs.inotify.{name}={WATCHES[name] * 8}" for name in low)
    return Check(
        "file watch", not low, detail, f"{remedy}, or set poll = true in otorepair.toml" if low else ""
    )


def _terminal(environ: Mapping[str, str]) -> Check:
    streams = (("stdin", sys.stdin), ("stderr", sys.stderr))
    missing = [name for name, stream in streams if not stream.isatty()]
    if missing:
        detail = f"not at {' and '.join(missing)}: no keys and no approval questions"
        return Check("terminal", True, detail)
    return Check("terminal", True, environ.get("TERM", "TERM is not set"))


def _python(workspace: Path, environ: Mapping[str, str]) -> Check:
    from otorepair_like.recipes.python.interpreter import child_interpreter

    name, python = "python of the program", child_interpreter(workspace)
    version = _first_line(python, "--version")
    detail = f"{version or 'does not run'} ({python})"
    local = next((folder for folder in (workspace / ".venv", workspace / "venv") if folder.is_dir()), None)
    if not version:
        return Check(name, False, detail, "recreate its virtual environment")
    if local and not os.access(local / "bin" / "python", os.X_OK):
        return Check(name, False, f"{detail}; the one in {local} is gone", f"recreate {local} or remove it")
    if local and not Path(python).is_relative_to(local):
        remedy = f"activate {local}, or unset VIRTUAL_ENV"
        return Check(name, False, f"{detail}; VIRTUAL_ENV is {environ.get('VIRTUAL_ENV')}", remedy)
    return Check(name, True, detail)


def _port(port: int) -> Check | None:
    if not port:
        return None
    from otorepair_like.supervise.process.stats import holder

    held = holder(port)
    if held is None:
        return Check("port", True, f"{port} is free", needed=True)
    return Check("port", False, f"{port} is held by pid {held.pid} ({held.command})", "end it", needed=True)


def _first_line(*argv: str) -> str:
    """Return the first line that a program prints, or ``""`` if it fails."""
    import subprocess

    try:
        done = subprocess.run(
            argv, capture_output=True, timeout=PROGRAM_WITHIN, stdin=subprocess.DEVNULL, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return next(_lines(done.stdout.decode(errors="replace")), "")


def _lines(text: str) -> Iterator[str]:
    return (line.strip() for line in text.splitlines() if line.strip())


def can_work(checks: list[Check]) -> bool:
    """Return whether everything a run needs is there."""
    return all(check.ok or not check.needed for check in checks)
