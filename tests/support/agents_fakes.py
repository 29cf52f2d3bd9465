"""Fake agent CLIs: small Python scripts that stand on PATH under the name of the real one."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

from otorepair_like.agents.protocol import AgentEvent, Opinion, Task
from otorepair_like.incident import Frame, Incident

DATA = Path(__file__).parent.parent / "data" / "agents"

INCIDENT = Incident(
    "ZeroDivisionError",
    "division by zero",
    frames=(Frame("app.py", 2, "ratio", "return a / b", own=True),),
    evidence=('  File "app.py", line 2, in ratio', "ZeroDivisionError: division by zero"),
    before=("GET @/etc/passwd HTTP/1.1",),
)

ANSWER = {
    "error": True,
    "summary": "it divides by zero",
    "confidence": 0.9,
    "category": "logic",
    "severity": "error",
    "cause": "b may be 0",
    "complexity": "minimal",
    "security": "none",
    "blast": "isolated",
    "recommendation": "repair",
    "files": ["app.py"],
    "prevention": "a test",
}
"""An answer of a model as it is asked for, and what is read from it."""
OPINION = Opinion(
    *(
        True,
        "it divides by zero",
        0.9,
        "logic",
        "error",
        "b may be 0",
        "minimal",
        "none",
        "isolated",
        "repair",
    ),
    ("app.py",),
    "a test",
)


def put_on_path(folder: Path, name: str, body: str) -> None:
    """Write an executable ``name`` into ``folder`` that runs the Python text ``body``."""
    folder.mkdir(exist_ok=True)
    script = folder / name
    script.write_text(f"#!{sys.executable} -S\nimport os, sys, time\n{textwrap.dedent(body)}")
    script.chmod(0o755)


def playing(stream: Path, then: str = "") -> str:
    """Return the body of a script that reads its prompt, prints the recorded ``stream``, then runs ``then``."""
    return (
        f"sys.stdin.read()\nprint(open({str(stream)!r}, encoding='utf-8').read(), end='', flush=True)\n"
        f"{textwrap.dedent(then)}"
    )


def task(folder: Path, timeout: float = 20.0, prompt: str = "The command failed. Repair it.") -> Task:
    """Return a repair task in ``folder``."""
    return Task(INCIDENT, prompt, folder, timeout, subject=INCIDENT.fingerprint)


class Heard(list[AgentEvent]):
    """Collects the events of an agent; pass it as ``emit``."""

    def __call__(self, event: AgentEvent) -> None:
        self.append(event)

    def of(self, kind: type) -> list[AgentEvent]:
        """Return the events of one kind."""
        return [event for event in self if isinstance(event, kind)]
