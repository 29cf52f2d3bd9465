"""``otorepair fix``: a traceback from anywhere, such as a CI log; the repair the recipes would make."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from otorepair_like.errors import GAVE_UP, UsageError
from otorepair_like.ui.text import safe

if TYPE_CHECKING:
    from otorepair_like.incident import Incident


def fix(log: str, workspace: Path, *, apply: bool) -> int:
    """Print the diff that would cure the last failure in a log, and return the exit code.

    Args:
        log: a file with the output of the failed program; ``-``: standard input.
        workspace: the sources; paths in the log are matched by their tails, so it may come from another machine.
        apply: whether to write the repair into the workspace as well.

    Raises:
        UsageError: the log cannot be read or holds no failure.
    """
    from otorepair_like.agents.recipes import TIME_LIMIT, engine
    from otorepair_like.agents.recipes.project import Project
    from otorepair_like.agents.recipes.witness import Witness, child_interpreter

    incident = _last_failure(_read(log), workspace, log)
    project = Project(workspace)
    analysis = engine.analyse(incident, project, Witness(child_interpreter(workspace), TIME_LIMIT))
    _say(f"{incident.title}  {incident.place}")
    for finding in analysis.findings:
        _say(str(finding))
    if not analysis.proposals:
        if not analysis.findings:
            _say("no recipe knows this failure")
        return GAVE_UP
    best = analysis.proposals[0]
    _say(str(best.candidate))
    diff = engine.diff_of(best, project)
    shown = sys.stdout.isatty()  # else it may be read by patch
    print("\n".join(map(safe, diff.split("\n"))) if shown else diff, end="")
    if apply:
        engine.write(best, workspace)
        _say(f"written to {', '.join(best.files)}; not proven: run it")
    return 0


def _say(text: str) -> None:
    print(f"otorepair: {safe(text)}", file=sys.stderr)


def _read(log: str) -> bytes:
    if log == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(log).read_bytes()
    except OSError as error:
        raise UsageError(
            f"cannot read {log}", error.strerror or str(error), "name a log file, or - for stdin"
        ) from None


def _last_failure(output: bytes, workspace: Path, log: str) -> Incident:
    from otorepair_like.detect import Detector

    detector = Detector(workspace)
    seen = [*detector.feed("stderr", output, 0.0), *detector.flush(1.0)]
    if not seen:
        raise UsageError(
            f"no failure in {log}", "it holds no traceback or error message", "give the program's stderr"
        )
    return seen[-1]
