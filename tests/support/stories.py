"""Runs of otorepair told as the events they publish."""

from __future__ import annotations

from dataclasses import replace

from otorepair_like.attempt import Attempt, Verdict
from otorepair_like.events import (
    AgentSaid,
    Amounts,
    Analysed,
    AttemptEnded,
    AttemptStarted,
    BreakerTripped,
    BudgetSpent,
    ChangeAnswered,
    ChangeApplied,
    ChangeProposed,
    ChildExited,
    ChildStarted,
    Event,
    IncidentClosed,
    IncidentSeen,
    KeyAnswered,
    Notice,
    Prescribed,
    PromptSent,
    Restarting,
    RunEnded,
    RunStarted,
    StopStep,
    TriageAnswered,
    Typing,
    Waiting,
)
from otorepair_like.incident import Frame, Incident
from otorepair_like.reasons import NotRepaired

Story = list[Event | float]

DIFF = """\
diff --git a/app/main.py b/app/main.py
--- a/app/main.py
+++ b/app/main.py
@@ -10,3 +10,3 @@
 import os
-port = os.environ["PORT"]
+port = os.environ.get("PORT", "8000")
 serve(port)
"""

MANY_FILES = """\
diff --git a/app/new.py b/app/new.py
new file mode 100644
--- /dev/null
+++ b/app/new.py
@@ -0,0 +1,2 @@
+import os
+++ counter
diff --git a/app/old.py b/app/old.py
deleted file mode 100644
--- a/app/old.py
+++ /dev/null
@@ -1,2 +0,0 @@
--- a comment in SQL
-SELECT 1;
diff --git a/logo.png b/logo.png
Binary files a/logo.png and b/logo.png differ
diff --git a/run.sh b/run.sh
old mode 100644
new mode 100755
diff --git a/app/two.py b/app/two.py
--- a/app/two.py
+++ b/app/two.py
@@ -1 +1 @@
-one
+eins
@@ -20,2 +20,2 @@
 kept
-\ttab
+    spaces
\\ No newline at end of file
"""

INCIDENT = Incident(
    "KeyError",
    "'PORT'",
    frames=(Frame("/srv/shop/app/main.py", 12, "<module>", 'port = os.environ["PORT"]', own=True),),
    evidence=(
        "Traceback (most recent call last):",
        '  File "app/main.py", line 12, in <module>',
        '    port = os.environ["PORT"]',
        "KeyError: 'PORT'",
    ),
    before=("starting up",),
    fingerprint="a1f3c0ffee12",
    exit_status=1,
)

ATTEMPT = Attempt(
    id="9b2e01",
    time=1700000000.0,
    command="uvicorn app:main --reload",
    fingerprint=INCIDENT.fingerprint,
    loose_fingerprint="",
    type="KeyError",
    message="'PORT'",
    file="app/main.py",
    line=12,
    agent="claude",
    model="haiku",
    verdict=Verdict.VERIFIED,
    reason="",
    diff=DIFF,
    seconds=21.2,
    cost_usd=0.034,
    prompt_chars=4200,
)

START = RunStarted(
    version="0.1.0",
    command="uvicorn app:main --reload",
    workspace="/srv/shop",
    repairers=("recipes", "claude"),
)


def started(number: int = 1, agent: str = "claude") -> AttemptStarted:
    return AttemptStarted(
        attempt=ATTEMPT.id, fingerprint=INCIDENT.fingerprint, agent=agent, number=number, limit=3
    )


def said(text: str, kind: str = "text") -> AgentSaid:
    return AgentSaid(attempt=ATTEMPT.id, kind=kind, text=text)


def applied(diff: str = DIFF) -> ChangeApplied:
    return ChangeApplied(attempt=ATTEMPT.id, diff=diff, files=("app/main.py",), added=1, removed=1)


def ended(
    verdict: Verdict = Verdict.VERIFIED, proof: str = "up for 3 s, error gone", **changed: object
) -> AttemptEnded:
    return AttemptEnded(attempt=replace(ATTEMPT, verdict=verdict, **changed), proof=proof)  # type: ignore[arg-type]


def healed() -> Story:
    """A crash at start that the second repairer cures."""
    return [
        START,
        ChildStarted(pid=4711, start=1),
        ChildExited(status=1, up=0.31),
        IncidentSeen(incident=INCIDENT),
        started(),
        PromptSent(attempt=ATTEMPT.id, agent="claude", prompt="The command failed.\n\nMend it."),
        4.0,
        said("I'll look at the file first.\n\nThen I fix it."),
        said("Read app/main.py", "tool"),
        10.0,
        said("0.0312", "cost"),
        said("Edit app/main.py", "tool"),
        applied(),
        Restarting(reason="the repair is in place"),
        ChildStarted(pid=4712, start=2),
        3.2,
        ended(),
        RunEnded(code=0, reason="the child ended"),
    ]


def given_up() -> Story:
    """Every way an attempt can end without a cure, then the breaker."""
    return [
        RunStarted(version="0.1.0", command="python app.py", workspace="/srv/shop", repairers=("claude",)),
        ChildExited(status=-11, up=75.0),
        IncidentSeen(incident=INCIDENT),
        started(1),
        said("rm -rf /", "denied"),
        said("asks its model again, 2 of 10 (status 529)", "retry"),
        ended(Verdict.AGENT_ERROR, "auth: log in with 'claude auth login'", cost_usd=None, seconds=2.0),
        started(1),
        ended(Verdict.NO_CHANGE, "", cost_usd=0.001, reason="ended without changing a file", seconds=8.0),
        started(2),
        ended(Verdict.REFUSED, "tests/test_app.py is a test", seconds=75.0),
        started(3),
        applied(),
        StopStep(signal=15, processes=3),
        StopStep(signal=9, processes=1),
        ended(Verdict.FAILED, "KeyError: 'PORT' came again after 0.3 s", seconds=3700.0),
        BreakerTripped(fingerprint=INCIDENT.fingerprint, reason="3 attempts failed"),
        Waiting(reason="not repaired: KeyError: 'PORT'"),
        KeyAnswered(text='Traceback (most recent call last):\n    port = os.environ["PORT"]'),
        KeyAnswered(text=DIFF, diff=True),
        Restarting(reason="a file changed"),
        Restarting(reason="it keeps dying on start", pause=4.0),
        RunEnded(code=4, reason="not repaired: KeyError: 'PORT' (3 attempts failed)"),
    ]


def living() -> Story:
    """A living process whose output needs an opinion."""
    return [
        RunStarted(version="0.1.0", command="make serve", workspace="/srv/shop", repairers=()),
        Notice(text="no agent CLI found: recipes alone; install one or set --backend"),
        Notice(text="70000 bytes of stderr came too fast to be looked at", level=1),
        IncidentSeen(incident=INCIDENT, ignored="repair is off"),
        IncidentClosed(
            fingerprint=INCIDENT.fingerprint, reason=NotRepaired.REPAIR_OFF, detail="repair is off"
        ),
        IncidentSeen(incident=INCIDENT, ignored="repair is off"),
        TriageAnswered(
            fingerprint=INCIDENT.fingerprint,
            agent="claude",
            error=None,
            summary="no answer in 30 s",
            confidence=0.0,
        ),
        TriageAnswered(
            fingerprint=INCIDENT.fingerprint, agent="claude", error=False, summary="a warning", confidence=0.9
        ),
        ended(Verdict.UNPROVEN, "nothing could be asked again"),
        BreakerTripped(fingerprint="", reason="25 attempts in this run, the budget is spent"),
        RunEnded(code=130, reason="interrupted"),
    ]


def hostile() -> Story:
    """Text that tries to drive the terminal, to hide, or to look like ours."""
    evil = "\x1b[2J\x1b]0;title\x07\r\x08\x9b31m\u202egnp.exe\u200b\udc80"
    incident = replace(INCIDENT, type="Error" + evil, message="two\nlines\t" + evil)
    return [
        START,
        IncidentSeen(incident=incident),
        started(agent="cl" + evil),
        said(evil + "\n✓ #a1f3 verified in 1 s\u2028\x0bmore"),
        applied(DIFF.replace("8000", evil)),
        ended(proof="up\n✗ forged " + evil),
        Notice(text="cannot read " + evil),
    ]


def asked() -> Story:
    """A change that a person refuses with a reason, and one that is only reported."""
    change = ChangeProposed(
        attempt=ATTEMPT.id,
        diff=DIFF,
        findings=('app/main.py:12: catches every error (broad-except; allowed by allow = ["broad-except"])',),
        cause="PORT is not set",
        risk="minimal, security none, isolated, 1 file, confidence 0.9",
        why="2 files",
        asks=True,
    )
    return [
        started(),
        change,
        Typing(text="why not? too m_"),
        Typing(text=""),
        ChangeAnswered(attempt=ATTEMPT.id, answer="no", reason="too many \x1b[31mfiles"),
        ended(Verdict.REFUSED, "you said no: too many files"),
        replace(change, asks=False, why="", findings=(), cause=""),
    ]


def escalated() -> Story:
    """A failure that is analysed, whose repair fails, and what is done and spent then."""
    return [
        Analysed(
            fingerprint="a1f3c2d4e5b6",
            agent="claude",
            cause="PORT is not set",
            complexity="minimal",
            security="none",
            blast="isolated",
            confidence=0.9,
            prevention="give it a default",
        ),
        BudgetSpent(
            spent=Amounts(attempts=2, hour=2, seconds=31.5, tokens=4200, cost_usd=0.07),
            limits=Amounts(attempts=25, hour=10, seconds=3600.0, cost_usd=2.0),
        ),
        Prescribed(
            fingerprint="a1f3c2d4e5b6",
            action="escalate_model",
            agent="claude",
            model="opus",
            reason="two repairs failed alike",
        ),
    ]
