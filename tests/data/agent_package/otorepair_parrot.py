"""A repairer that knows one repair: it gives PORT a default."""

from __future__ import annotations

from otorepair_like.repair.agent_pool import AgentContext
from otorepair_like.agents.protocol import Agent, AgentStarted, Emit, Finished, Opinion, Reason, Task, Tool, ToolResult
from otorepair_like.incident import Incident


class Parrot(Agent):
    name = "parrot"

    def __init__(self, given: AgentContext) -> None:
        self._model = given.model or "grey"

    async def problem(self) -> str | None:
        return None

    async def triage(self, incident: Incident, timeout: float) -> Opinion:
        return Opinion(True, "parrots take everything for an error", 0.5)

    async def repair(self, task: Task, emit: Emit) -> Finished:
        emit(AgentStarted(self._model))
        emit(Tool("Edit", "app.py"))
        app = task.folder / "app.py"
        app.write_text(app.read_text().replace('os.environ["PORT"]', 'os.environ.get("PORT", "8000")'))
        emit(ToolResult(ok=True))
        return Finished(Reason.OK, "gave PORT a default", self._model)
