"""``otorepair fix``: shows how the recipes would repair tracebacks from anywhere, such as a CI log."""

from __future__ import annotations

import codecs
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from otorepair_like.errors import GAVE_UP, UsageError

if TYPE_CHECKING:
    from otorepair_like.incident import Incident
    from otorepair_like.recipes.engine import Proposal
    from otorepair_like.recipes.project import Project
    from otorepair_like.recipes.python.interpreter import Interpreter
    from otorepair_like.workspace.change_set import ChangeSet

CHUNK: Final = 1 << 20
"""Bytes of a log that are read at once."""
MOST: Final = 20
"""Number of different failures of a log that are repaired, the last ones."""
LOOKED_AT: Final = 8000
"""Number of first bytes in which a NUL means that a file is binary, as in git."""


def fix(log: str, workspace: Path, *, apply: bool) -> int:
    """Print a diff that repairs the failures in a log, and return the exit code.

    Args:
        log: a file with the output of the failed program; ``-``: standard input.
        workspace: the sources; paths in the log are matched by their tails, so it may come from another machine.
        apply: also write the repair into the workspace.

    Raises:
        UsageError: the log cannot be read or holds no failure.
        ApplyError: the repair cannot be written; nothing was changed.
    """
    from otorepair_like.recipes import engine
    from otorepair_like.recipes.project import Project

    project = Project(workspace)
    files: dict[str, bytes] = {}
    for incident in _failures(log, workspace):
        _say(f"{incident.title}  {incident.place}".rstrip())
        files |= _repair(incident, project.with_files(files))
    if not files:
        return GAVE_UP
    print(engine.diff_of(files, project), end="")
    return _write(_changes(files, workspace), workspace) if apply else 0


def _repair(incident: Incident, project: Project) -> dict[str, bytes]:
    """Return the new contents of the files that repair a failure, and print what the recipes found out."""
    from otorepair_like.recipes import TIME_LIMIT, engine
    from otorepair_like.recipes.python import validate
    from otorepair_like.recipes.python.interpreter import Interpreter, child_interpreter

    interpreter: Interpreter = Interpreter(child_interpreter(project.workspace), TIME_LIMIT)
    analysis = engine.analyse(incident, project, interpreter)
    for finding in analysis.findings:
        _say(finding)
    for proposal in analysis.proposals:
        if validate.is_valid(proposal.files, project, interpreter):
            _say(_summary(proposal))
            return proposal.files
    own = [frame.file for frame in incident.frames if frame.own]
    if own and not any(map(project.locate, own)):
        why = f"{own[-1]} is not in {project.workspace}, and no file there matches it"
        _say(f"cannot repair it: {why}; name the folder of the sources with --workspace")
    elif not analysis.findings:
        _say("no recipe can repair this failure")
    return {}


def _summary(proposal: Proposal) -> str:
    """Return the change and its reason in one line."""
    from otorepair_like.recipes.recipe import Risk

    guess = "a guess: " if proposal.candidate.risk is Risk.MEDIUM else ""
    return f"{guess}{proposal.candidate}"


def _failures(log: str, workspace: Path) -> list[Incident]:
    """Return the different failures of a log, oldest first.

    Raises:
        UsageError: there are none.
    """
    from otorepair_like.detect import Detector

    detector = Detector(workspace)
    seen: dict[str, Incident] = {}
    for number, chunk in enumerate(_chunks(log)):
        # A log has no pauses that would end a traceback.
        incidents = detector.feed("stderr", chunk, number / 1000)
        seen |= {incident.fingerprint: incident for incident in incidents}
    seen |= {incident.fingerprint: incident for incident in detector.flush(float("inf"))}
    if not seen:
        raise UsageError(
            f"no failure in {log}", "it contains no traceback or error message", "give the program's stderr"
        )
    real = [incident for incident in seen.values() if incident.frames] or list(seen.values())
    return real[-MOST:]


def _chunks(log: str) -> Iterator[bytes]:
    """Yield a log's bytes as UTF-8, in chunks.

    Raises:
        UsageError: it cannot be read, or is not text.
    """
    try:
        with sys.stdin.buffer if log == "-" else open(log, "rb") as file:
            first = file.read(LOOKED_AT)
            wide = first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))  # as PowerShell writes
            if not wide and b"\0" in first:
                raise UsageError(f"{log} is not text", "it contains NUL bytes", "give the program's stderr")
            yield from _recoded(first, file) if wide else (first, *_rest(file))
    except OSError as error:
        raise UsageError(
            f"cannot read {log}", error.strerror or str(error), "name a log file, or - for stdin"
        ) from None


def _rest(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk


def _recoded(first: bytes, file: IO[bytes]) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder("utf-16")("replace")
    yield from (decoder.decode(chunk).encode("utf-8", "replace") for chunk in (first, *_rest(file)))


def _changes(files: dict[str, bytes], workspace: Path) -> ChangeSet:
    """Return the difference between the workspace and ``files``."""
    from otorepair_like.workspace.change_set import ChangeSet, FileChange

    changes = []
    for name, after in files.items():
        before = mode = None
        with suppress(FileNotFoundError):
            before, mode = (workspace / name).read_bytes(), os.stat(workspace / name).st_mode
        changes.append(FileChange(name, before, after, mode, mode or stat.S_IFREG | 0o644))
    return ChangeSet.of(changes)


def _write(changes: ChangeSet, workspace: Path) -> int:
    """Apply the changes unless the guard refuses them, and return the exit code."""
    from otorepair_like.guard.guard import inspect
    from otorepair_like.guard.policy import GuardPolicy
    from otorepair_like.memory.folder import JOURNAL, NAME, make_folder
    from otorepair_like.workspace.apply import apply

    if findings := inspect(changes, GuardPolicy(hiding="refuse")):
        for finding in findings:
            _say(f"not written: {finding}")
        return GAVE_UP
    make_folder(workspace)
    apply(changes, workspace, workspace / NAME / JOURNAL)
    _say(f"written to {', '.join(changes.paths)}; not verified: run the program")
    return 0


def _say(text: str) -> None:
    from otorepair_like.ui.text import safe

    print(f"otorepair: {safe(text)}", file=sys.stderr)
