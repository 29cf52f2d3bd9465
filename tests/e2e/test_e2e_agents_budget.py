"""Each limit of a run is enforced and named, with the installed command."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.agents_fakes import put_on_path
from tests.support.otorepair import running

OPENCODE = """
import json
sys.stdin.read()
def say(**event): print(json.dumps(event), flush=True)
{act}
say(type="step_finish", part={{"reason": "stop", "tokens": {{"input": 900, "output": 100}}, "cost": 0.25}})
"""
LOOKED = 'open("app.py", "a").write("# looked\\n")'
SECRET = 'open(".env", "w").write("PORT=1\\n")'
BUSY = 'say(type="error", error={"data": {"message": "Overloaded", "statusCode": 529}})'


@pytest.mark.parametrize(
    ("name", "limit", "act", "said", "kept"),
    [
        ("MAX_ATTEMPTS_TOTAL", "2", LOOKED, "2 of 2 attempts", ("attempts", 2)),
        ("MAX_ATTEMPTS_HOUR", "2", LOOKED, "the budget of this hour is spent, 2 attempts", ("hour", 2)),
        ("MAX_AGENT_SECONDS", "0.01", LOOKED, "of 0.01 s", ("seconds", 0.01)),
        ("MAX_TOKENS", "1500", LOOKED, "2000 of 1500 tokens", ("tokens", 1500)),
        ("MAX_COST", "0.3", LOOKED, "$0.50 of $0.30", ("cost_usd", 0.3)),
        ("MAX_PROVIDER_ERRORS", "2", BUSY, "2 of 2 errors of model providers", ("provider_errors", 2)),
        (
            "MAX_APPLY_FAILURES",
            "2",
            SECRET,
            "2 of 2 changes that could not be applied",
            ("apply_failures", 2),
        ),
        ("ATTEMPTS", "2", LOOKED, "2 attempts failed", ("attempts", 25)),
    ],
)
def test_a_limit_ends_the_attempts_and_is_named(
    name: str, limit: str, act: str, said: str, kept: tuple[str, float], workspace: Path, home: Path
) -> None:
    (workspace / "app.py").write_text("raise RuntimeError('mend me')\n")
    put_on_path(home / "bin", "opencode", OPENCODE.format(act=act))
    settings = {"OTOREPAIR_ANALYSIS": "false", "OTOREPAIR_ATTEMPTS": "5", f"OTOREPAIR_{name}": limit}
    env = {"EXTRA_PATH": str(home / "bin"), **settings}
    options = ["--backend", "opencode", "--json"]
    with running([*options, "python app.py"], workspace, home, env) as run:
        assert run.wait() == 4
        assert said in run.event("BreakerTripped")["reason"]
        spent = run.events("BudgetSpent")[-1]
    assert spent["limits"][kept[0]] == kept[1]
    assert spent["spent"][kept[0]]
    assert (workspace / "app.py").read_text() == "raise RuntimeError('mend me')\n"
