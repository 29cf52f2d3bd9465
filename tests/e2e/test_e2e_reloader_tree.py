"""A reloader behind npm, make or a script is known by its processes, and its dead worker is told of."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

import pytest

from tests.support.http import get
from tests.support.otorepair import running
from tests.support.supervise import free_port, until

APP = """
async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    body = str({broken}).encode()
    await send({{"type": "http.response.start", "status": 200, "headers": []}})
    await send({{"type": "http.response.body", "body": body}})
"""
AGENT = "#!/bin/sh\nsed -i 's/totl/1 + 1/' main.py\n"


def behind(wrapper: str, command: str, workspace: Path) -> str:
    """How a person starts ``command`` through a script, a Makefile or npm."""
    (workspace / "dev.sh").write_text(f"{command}\necho ended\n")
    (workspace / "Makefile").write_text(f"dev:\n\t{command}\n")
    (workspace / "package.json").write_text('{"name": "x", "scripts": {"dev": "sh dev.sh"}}')
    return wrapper


WRAPPERS = ["sh dev.sh", "make dev", "npm run dev"]


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_after_a_repair_it_reloads_by_itself(wrapper: str, workspace: Path, home: Path) -> None:
    if not shutil.which(wrapper.split()[0]):
        wrapper = "sh dev.sh"
    port = free_port()
    (workspace / "main.py").write_text(APP.format(broken="totl"))
    uvicorn = f"{shlex.quote(sys.executable)} -m uvicorn main:app --reload --port {port}"
    agent = home / "agent"
    agent.write_text(AGENT)
    agent.chmod(0o755)
    command = [
        "--backend",
        "command",
        "--agent-command",
        str(agent),
        "--json",
        "--yes",
        "--healthy-after",
        "1",
    ]
    with running([*command, behind(wrapper, uvicorn, workspace)], workspace, home) as run:
        until(lambda: get(port) is not None, "an answer")
        run.event("AttemptEnded")
        assert run.verdicts() == ["verified"]
        assert get(port) == (200, b"2")
        assert run.events("Restarting") == []
        assert len(run.events("ChildStarted")) == 1


WORKER = (
    "const http = require('http');\nhttp.createServer((q, r) => r.end('ok')).listen({port}, '127.0.0.1');\n"
)


@pytest.mark.skipif(not shutil.which("node"), reason="no node on this machine")
def test_a_worker_that_dies_behind_a_script_is_told(workspace: Path, home: Path) -> None:
    port = free_port()
    (workspace / "app.js").write_text(WORKER.format(port=port))
    command = behind("sh dev.sh", "node --watch app.js", workspace)
    options = ["--backend", "recipes", "--json", "--healthy-after", "1"]
    with running([*options, command], workspace, home) as run:
        until(lambda: get(port) is not None, "an answer")
        run.shows("it runs well")  # the worker is known, and so is missed
        (workspace / "app.js").write_text("console.log('Missing DATABASE_URL'); process.exit(1);\n")
        seen = run.event("IncidentSeen")
        assert "died" in str(seen) or "exit" in str(seen)
