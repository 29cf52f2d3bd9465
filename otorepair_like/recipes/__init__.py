"""The offline agent: deterministic, free, and silent where it cannot be sure.

The engine is imported when the first incident comes: most runs never need it.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from otorepair_like.agents.protocol import Agent, AgentStarted, Emit, Finished, Opinion, Reason, Task, Tool
from otorepair_like.incident import Incident

if TYPE_CHECKING:
    from otorepair_like.recipes.engine import Proposal, RecipeAnalysis
    from otorepair_like.recipes.project import Index, Project
    from otorepair_like.recipes.python.interpreter import Interpreter

TIME_LIMIT: Final = 5.0
"""Seconds for the analysis of one incident. A search that takes longer is no search for a slip."""

MAX_ANALYSES: Final = 50
"""Maximum number of analyses kept, by failure and tree."""


class Recipes(Agent):
    """Apply known repairs, one candidate an attempt; the loop verifies each.

    Args:
        workspace: the user's tree, where the program runs; tracebacks name paths in it.
        python: the program's interpreter; ``None``: the workspace's virtual environment, else ours.
        time_limit: seconds for the analysis of one incident.
    """

    name = "recipes"
    offline = True

    def __init__(self, workspace: Path, python: str | None = None, time_limit: float = TIME_LIMIT) -> None:
        self._workspace = workspace
        self._python = python
        self._time_limit = time_limit
        self._index: Index | None = None
        self._analyses: dict[tuple[object, ...], RecipeAnalysis] = {}

    def warm(self, folder: Path) -> None:
        """Import the engine and index the tree in ``folder``, so that the first incident need not wait for it."""
        from otorepair_like.recipes import book, engine  # noqa: F401 - to have it
        from otorepair_like.recipes.project import Index, Project

        self._index = self._index or Index()
        book.recipes()
        for _ in Project(folder, self._workspace, self._index).definitions():
            pass

    async def problem(self) -> None:
        """Return nothing: recipes need neither a key nor a network."""

    async def triage(self, incident: Incident, timeout: float) -> Opinion:  # noqa: ARG002 - of the protocol
        """Return "unsure": a recipe can repair an error, not judge whether there is one."""
        return Opinion(None, "recipes do not triage")

    async def repair(self, task: Task, emit: Emit) -> Finished:
        """Write the best candidate that was not tried yet into the task's folder."""
        from anyio import move_on_after, to_thread

        from otorepair_like.recipes import engine
        from otorepair_like.recipes.python.interpreter import Interpreter, child_interpreter
        from otorepair_like.recipes.recipe import Risk

        emit(AgentStarted())
        if task.incident is None:
            return Finished(Reason.NOTHING, "recipes repair failures of programs, and none was seen")
        seconds = min(self._time_limit, task.timeout)
        python = self._python or child_interpreter(self._workspace, _told(task))
        interpreter = Interpreter(python, seconds)
        try:
            result: Proposal | Finished = Finished(
                Reason.NOTHING, f"the analysis took longer than {seconds:g} s"
            )
            with move_on_after(seconds):
                result = await to_thread.run_sync(
                    self._best, task, task.incident, interpreter, abandon_on_cancel=True
                )
        finally:
            interpreter.close()
        if isinstance(result, Finished):
            return result
        for name in result.files:
            emit(Tool("Edit", name))
        engine.write(result, task.folder)
        probation = result.candidate.risk is Risk.MEDIUM
        return Finished(Reason.OK, str(result.candidate), probation=probation, by_rule=True)

    def _best(self, task: Task, incident: Incident, interpreter: Interpreter) -> Proposal | Finished:
        """Return the proposal to write, or the reason why there is none."""
        from otorepair_like.recipes import engine
        from otorepair_like.recipes.committed import committed_files
        from otorepair_like.recipes.project import Index, OutOfTimeError, Project
        from otorepair_like.recipes.python import validate

        self._index = self._index or Index()
        deadline = time.monotonic() + interpreter.left
        project = Project(task.folder, self._workspace, self._index, task.healthy, deadline)
        if not task.healthy:
            committed = committed_files(self._workspace, task.folder, project.python_files)
            project = Project(task.folder, self._workspace, self._index, committed, deadline)
        try:
            analysis = self._analysis(incident, project, interpreter)
            for proposal in engine.untried(analysis, project, task.tried):
                if validate.is_valid(proposal.files, project, interpreter):
                    return proposal
        except OutOfTimeError:
            return Finished(Reason.NOTHING, "the analysis took too long")
        tried = f"; tried without success: {len(task.tried)}" if task.tried else ""
        message = "; ".join(analysis.findings) or f"no recipe knows {incident.title}{tried}"
        shown = "".join(engine.diff_of(risky.files, project) for risky in analysis.shown[:1])
        return Finished(Reason.NOTHING, message, findings=analysis.findings, shown=shown)

    def _analysis(self, incident: Incident, project: Project, interpreter: Interpreter) -> RecipeAnalysis:
        """Return the analysis of this failure of this very tree; make it once."""
        from otorepair_like.recipes import engine

        key = (incident.fingerprint, incident.message, incident.frames, incident.facts, project.digest)
        if key not in self._analyses:
            self._analyses[key] = engine.analyse(incident, project, interpreter)
            for old in list(self._analyses)[:-MAX_ANALYSES]:
                del self._analyses[old]
        return self._analyses[key]


def _told(task: Task) -> str:
    """Return the interpreter that the failed program named; ``""``: none did."""
    return task.incident.facts.python if task.incident and task.incident.facts else ""
