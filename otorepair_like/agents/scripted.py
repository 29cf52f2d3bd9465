"""The scripted agent: plays a file of edits, for tests, demonstrations and documents; no model, no network.

The file is TOML or JSON (by its suffix)::

    [triage]                      # optional; without it every question is answered with "a real error"
    error = true
    summary = "the port is missing"
    confidence = 0.9

    [[repair]]                    # each repair plays the next step; the last one is repeated forever
    say = "Giving PORT a default" # optional
    sleep = 0.5                   # optional, seconds before the edits
    finish = "ok"                 # optional, a Reason; "nothing" ends the script's offers
    text = "Done."                # optional, the last message
    edits = [
        { path = "app.py", old = 'os.environ["PORT"]', new = 'os.environ.get("PORT", "8000")' },
        { path = "settings.ini", write = "port = 8000\\n" },
        { path = "leftover.py", delete = true },
    ]

Paths are relative to the folder of the repair and must not leave it. The first occurrence of ``old`` is replaced; an
edit that does not fit is reported as a failed tool and the rest of the step continues, as with a real agent.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from otorepair_like.agents.protocol import (
    Agent,
    AgentStarted,
    Denied,
    Emit,
    Finished,
    Opinion,
    Reason,
    Task,
    Text,
    Tool,
    ToolResult,
)
from otorepair_like.agents.reader import items, mapping, number, text
from otorepair_like.errors import UsageError
from otorepair_like.incident import Incident


class Scripted(Agent):
    """An agent that plays ``script``.

    Raises:
        UsageError: ``script`` cannot be read or does not have the format above.
    """

    name = "scripted"

    def __init__(self, script: Path) -> None:
        content = _read(script)
        _check_keys(script, content, ("triage", "repair"))
        self._triage = mapping(content.get("triage"))
        self._steps = items(content.get("repair"))
        self._next = 0
        for step in self._steps:
            _check_step(script, step)

    async def problem(self) -> str | None:
        return None

    async def triage(self, incident: Incident, timeout: float) -> Opinion:  # noqa: ARG002 - the answer is in the script
        error = self._triage.get("error", True)
        confidence = number(self._triage.get("confidence", 1.0)) or 0.0
        return Opinion(
            error if isinstance(error, bool) else None, text(self._triage.get("summary")), confidence
        )

    async def repair(self, task: Task, emit: Emit) -> Finished:
        if not self._steps:
            return Finished(Reason.NOTHING, "the script has no step", self.name)
        step = self._steps[min(self._next, len(self._steps) - 1)]
        self._next += 1
        emit(AgentStarted(self.name))
        if message := text(step.get("say")):
            emit(Text(message))
        if not await _sleep(number(step.get("sleep")) or 0.0, task.timeout):
            return Finished(Reason.TIMEOUT, f"not done after {task.timeout:g} s", self.name)
        for edit in items(step.get("edits")):
            for event in _apply(edit, task.folder):
                emit(event)
        return Finished(Reason(step.get("finish", "ok")), text(step.get("text")), self.name)


def _read(script: Path) -> Mapping[str, Any]:
    try:
        content = script.read_text(encoding="utf-8")
        return mapping(json.loads(content) if script.suffix == ".json" else tomllib.loads(content))
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read the script {script}", str(error), "correct --script") from None


def _check_keys(script: Path, table: Mapping[str, Any], keys: tuple[str, ...]) -> None:
    for key in table.keys() - set(keys):
        raise UsageError(f"script {script}", f"unknown key {key!r}", f"use {', '.join(keys)}")


def _check_step(script: Path, step: Mapping[str, Any]) -> None:
    _check_keys(script, step, ("say", "sleep", "finish", "text", "edits"))
    finish, edits = step.get("finish", "ok"), items(step.get("edits"))
    if finish not in list(Reason):
        raise UsageError(f"script {script}", f"finish = {finish!r}", f"use one of {', '.join(Reason)}")
    for edit in edits:
        _check_keys(script, edit, ("path", "old", "new", "write", "delete"))
        complete = text(edit.get("path")) and (
            "write" in edit or "delete" in edit or {"old", "new"} <= edit.keys()
        )
        if not complete:
            raise UsageError(
                f"script {script}", f"edit {dict(edit)}", "give path and write, delete or old and new"
            )


async def _sleep(seconds: float, limit: float) -> bool:
    """Sleep for at most ``limit`` seconds; return whether that was long enough."""
    import anyio

    await anyio.sleep(min(seconds, limit))
    return seconds <= limit


def _apply(edit: Mapping[str, Any], folder: Path) -> Iterator[Tool | ToolResult | Denied]:
    """Apply ``edit`` and yield what is done."""
    name = text(edit["path"])
    path = folder / name
    kind = "Write" if "write" in edit else "Delete" if "delete" in edit else "Edit"
    if not path.resolve().is_relative_to(folder.resolve()):
        yield Denied(kind, name)
        return
    yield Tool(kind, name)
    try:
        if kind == "Write":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(str(edit["write"]).encode())
        elif kind == "Delete":
            path.unlink()
        else:
            _replace(path, str(edit["old"]).encode(), str(edit["new"]).encode())
    except (OSError, ValueError) as error:
        yield ToolResult(ok=False, detail=str(error))
    else:
        yield ToolResult(ok=True)


def _replace(path: Path, old: bytes, new: bytes) -> None:
    content = path.read_bytes()
    if old not in content:
        raise ValueError(f"{path.name} does not contain {old.decode()!r}")
    path.write_bytes(content.replace(old, new, 1))
