"""``--fix-environment``: repairs without risk for failures that no edit repairs.

A missing folder of the workspace is made, a process that an earlier otorepair left behind is ended, and Django's
migrations are run, each only where the user asked for it. Nothing is ever installed.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from otorepair_like.agents.protocol import Launch
from otorepair_like.errors import AgentError, ApplyError
from otorepair_like.incident import Incident
from otorepair_like.memory.folder import JOURNAL, NAME
from otorepair_like.supervise.process.stats import Listener, holder
from otorepair_like.supervise.python_probe import VARIABLE
from otorepair_like.workspace.apply import make_folders

PORT: Final = re.compile(r"(?i)(?:port\W{1,3}|:|, )(\d{2,5})\b")
GRACE: Final = 3.0
"""Seconds a process gets to end after SIGTERM."""
MIGRATED_WITHIN: Final = 60.0
"""Seconds the migrations may take."""
DEEPEST: Final = 4
"""The most nested folders that are made at once."""

_MISSING_PATH: Final = re.compile(
    r"\[Errno 2\] No such file or directory: '([^']+)'|[Dd]irectory '([^']+)' does not exist"
)
_MISSING_TABLE: Final = re.compile(
    r"no such table: |relation \"\w+\" does not exist|Table '[\w.]+' doesn't exist"
)


@dataclass(frozen=True, slots=True)
class EnvironmentFix:
    """A fix that was made: a line about it, and the folders that were made for it, relative, outermost first."""

    done: str
    folders: tuple[str, ...] = ()


class EnvironmentFixer:
    """Repairs the surroundings of the program: its folders, ports and database.

    Args:
        launch: starts the migrations.
        fixes: which are allowed, of ``folders``, ``ports`` and ``migrations``.
    """

    def __init__(
        self, workspace: Path, launch: Launch, environ: Mapping[str, str], fixes: frozenset[str]
    ) -> None:
        self._workspace, self._launch, self._environ = workspace, launch, environ
        self._fixes = fixes

    async def fix(self, incident: Incident) -> EnvironmentFix | None:
        """Repair ``incident``; return ``None`` if no fix is known."""
        from anyio import to_thread

        fixed = await to_thread.run_sync(self._fix_safely, incident)
        return fixed or await self._migrate(incident)

    def _fix_safely(self, incident: Incident) -> EnvironmentFix | None:
        try:
            made = self._make_folder(incident) if "folders" in self._fixes else None
        except ApplyError:
            made = None  # what the path needs cannot be made; the failure says the same
        return made or (_free_port(incident, self._workspace) if "ports" in self._fixes else None)

    def _make_folder(self, incident: Incident) -> EnvironmentFix | None:
        folders = missing_folders(incident, self._workspace)
        if not folders:
            return None
        made = make_folders(folders, self._workspace, self._workspace / NAME / JOURNAL).folders
        return EnvironmentFix(f"made the folder {folders[-1]}", made)

    async def _migrate(self, incident: Incident) -> EnvironmentFix | None:
        from anyio import move_on_after

        from otorepair_like.recipes.python.interpreter import child_interpreter

        is_django = any("django" in frame.file for frame in incident.frames)
        asked_for = "migrations" in self._fixes and _MISSING_TABLE.search(incident.message)
        if not (asked_for and is_django and (self._workspace / "manage.py").is_file()):
            return None
        argv = [
            child_interpreter(self._workspace, incident.facts.python if incident.facts else ""),
            "manage.py",
            "migrate",
            "--no-input",
        ]
        try:
            process = await self._launch(argv, cwd=self._workspace, env=self._environ)
        except AgentError:
            return None
        try:
            with move_on_after(MIGRATED_WITHIN):
                async for _ in process.output():
                    pass  # a program whose output nobody reads blocks
                if await process.wait() == 0:
                    return EnvironmentFix("ran manage.py migrate")
        finally:
            await process.stop()
        return None


def missing_folders(incident: Incident, workspace: Path) -> tuple[str, ...]:
    """Return the folders of the workspace that are missing from the path in a failure, outermost first."""
    found = _MISSING_PATH.search(incident.message) or _MISSING_PATH.search(incident.root_message)
    if not found:
        return ()
    root = os.path.realpath(workspace)
    path = os.path.normpath(os.path.join(root, found[1] or found[2]))
    folder = os.path.dirname(path) if found[1] and os.path.splitext(path)[1] else path
    inside = os.path.realpath(folder).startswith(root + os.sep) and "\0" not in folder
    missing: list[str] = []
    while inside and not os.path.lexists(folder) and len(missing) <= DEEPEST:
        missing.insert(0, os.path.relpath(folder, root))
        folder = os.path.dirname(folder)
    fits = missing and os.path.isdir(folder) and len(missing) <= DEEPEST and not missing[0].startswith(".")
    return tuple(missing) if fits else ()


def holder_of(incident: Incident) -> Listener | None:
    """Return the process that holds the port of ``incident``; ``None`` if that is not known."""
    told = PORT.search("\n".join((incident.message, *incident.evidence)))
    return holder(int(told[1])) if told else None


def port_remedy(incident: Incident, workspace: Path) -> str:
    """Return a line about the process that holds the port of ``incident``, with the remedy; ``""`` if none is known."""
    held = holder_of(incident) if incident.environment == "port_in_use" else None
    if held is None:
        return ""
    fact = f"port {held.port} is held by pid {held.pid} ({held.command})"
    if is_orphan(held.pid, workspace):
        return f"{fact}, left behind by an earlier otorepair; --fix-environment ports ends it"
    return f"{fact}; end it, or choose another port"


def is_orphan(pid: int, workspace: Path) -> bool:
    """Return whether a process works in the workspace and was started below an otorepair that has ended.

    Whom we probe has the path of our pipe in its environment, and nobody reads that pipe once we are gone.
    """
    import psutil

    try:
        process = psutil.Process(pid)
        pipe, folder = process.environ().get(VARIABLE), os.path.realpath(process.cwd())
    except (psutil.Error, OSError):
        return False
    root = os.path.realpath(workspace)
    if not pipe or not f"{folder}{os.sep}".startswith(root + os.sep):
        return False
    try:
        os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY))
    except OSError:
        return True
    return False


def _free_port(incident: Incident, workspace: Path) -> EnvironmentFix | None:
    held = holder_of(incident) if incident.environment == "port_in_use" else None
    if held is None or not is_orphan(held.pid, workspace):
        return None
    import psutil

    try:
        orphan = psutil.Process(held.pid)
        family = [orphan, *orphan.children(recursive=True)]
        for process in family:
            process.terminate()
        _, alive = psutil.wait_procs(family, GRACE)
        for process in alive:
            process.kill()
    except psutil.Error:
        pass  # it is gone, as wanted
    until = time.monotonic() + GRACE
    while holder(held.port) and time.monotonic() < until:
        time.sleep(0.05)
    return EnvironmentFix(
        f"freed port {held.port}: ended pid {held.pid} ({held.command}) of an earlier otorepair"
    )
