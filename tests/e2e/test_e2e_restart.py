"""What the user saves while a repair is being proven leads to a restart, and every failure is told at once."""

from __future__ import annotations

import signal
from pathlib import Path

from tests.support.otorepair import running
from tests.support.supervise import until

SLIP = """\
import time
def total(prices):
    return sum(prices)
print(totla([1, 2]), flush=True)
time.sleep(100)
"""
TWO_FAILURES = """\
import os, time, traceback
for failure in (KeyError("first"), IndexError("second")):
    try:
        raise failure
    except Exception:
        traceback.print_exc()
    while not os.path.exists({go!r}):
        time.sleep(0.02)
time.sleep(100)
"""


def test_a_file_saved_while_a_repair_is_being_proven_leads_to_a_restart(workspace: Path, home: Path) -> None:
    (workspace / "app.py").write_text(SLIP)
    other, checking, go = workspace / "other.py", home / "checking", home / "go"
    other.write_text("x = 1\n")
    verify = f"touch {checking}; until test -e {go}; do sleep 0.02; done"
    options = ["--json", "--watch", ".", "--backend", "recipes", "--healthy-after", "1", "--verify", verify]
    with running([*options, "python app.py"], workspace, home) as run:
        until(checking.exists, "the command that the repair must not break")
        other.write_text("x = 2\n")
        until(lambda: any("other.py" in notice["text"] for notice in run.events("Notice")), "the change seen")
        go.touch()
        run.event("ChildStarted", times=3)
        run.prints("3\n", times=2)
        assert run.verdicts() == ["verified"]
        assert run.events("Restarting")[-1]["reason"] == "other.py changed"
        assert run.events("RunEnded") == []
        run.interrupt(signal.SIGTERM)
        assert run.wait() == 128 + signal.SIGTERM


def test_a_failure_seen_while_another_is_being_repaired_is_an_event_at_once(
    workspace: Path, home: Path
) -> None:
    working, go = home / "working", home / "go"
    (workspace / "app.py").write_text(TWO_FAILURES.format(go=str(go)))
    (home / "agent.sh").write_text(f"touch {working}\nexec sleep 100\n")
    asking = ["--backend", "command", "--agent-command", f"sh {home}/agent.sh", "--triage", "never"]
    options = ["--json", *asking]
    with running([*options, "python app.py"], workspace, home) as run:
        until(working.exists, "the agent at work on the first failure")
        go.touch()
        second = run.event("IncidentSeen", times=2)
        assert (second["incident"]["type"], second["waits"]) == ("IndexError", "another failure is worked on")
        run.interrupt()
        run.wait()
        ends = {end["fingerprint"]: end["reason"] for end in run.events("IncidentClosed")}
        assert ends == {seen["incident"]["fingerprint"]: "run_ended" for seen in run.events("IncidentSeen")}
        assert len(ends) == 2
