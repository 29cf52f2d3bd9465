"""Settings of who repairs and what a repair may do: each shows its effect on the installed command."""

from __future__ import annotations

import http.client
import json
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.agents_fakes import ANSWER, put_on_path
from tests.support.http import get
from tests.support.otorepair import Run, running, users_settings

CRASH = 'import os\nprint("on", os.environ["PORT"])\n'
GEMINI = """
import json
asked = sys.stdin.read()
model = sys.argv[sys.argv.index("--model") + 1] if "--model" in sys.argv else "its own"
judges, advises = "Judge a piece" in asked, "say what to do" in asked
with open({log!r}, "a") as log:
    shell = " with a shell" if any("gemini_shell" in word for word in sys.argv) else ""
    log.write(model + (" judges" if judges else " advises" if advises else " repairs" + shell) + "\\n")
def say(**event): print(json.dumps(event), flush=True)
say(type="init", model=model)
if judges or advises:
    said = {answer!r} if judges else dict(action="escalate_model", hint="", reason="too hard for it")
    say(type="message", role="assistant", content=json.dumps(said))
elif model != "weak":
    source = open("app.py").read()
    open("app.py", "w").write(source.replace('os.environ["PORT"]', 'os.environ.get("PORT", "8000")'))
else:
    open("app.py", "a").write("# looked\\n")
say(type="result", status="success", stats=dict(input_tokens=9, output_tokens=1))
"""


@pytest.fixture
def asked(home: Path) -> Path:
    return home / "asked"


def gemini(home: Path, asked: Path, **opinion: object) -> dict[str, str]:
    """The environment with a fake Gemini CLI that repairs, unless its model is ``weak``, and has an opinion."""
    body = GEMINI.format(log=str(asked), answer={**ANSWER, **opinion})
    put_on_path(home / "bin", "gemini", body)
    return {"EXTRA_PATH": str(home / "bin"), "GEMINI_API_KEY": "dummy"}


def agent(*more: str) -> list[str]:
    return ["--backend", "gemini", "--json", "--healthy-after", "0.3", *more, "python app.py"]


def scripted(home: Path, *edits: dict[str, str]) -> list[str]:
    script = home / "script.json"
    script.write_text(json.dumps({"repair": [{"edits": edits}]}))
    options = ["--backend", "scripted", "--script", str(script), "--attempts", "1", "--json"]
    return [*options, "--healthy-after", "0.3", "python app.py"]


def edit(old: str, new: str, path: str = "app.py") -> dict[str, str]:
    return {"path": path, "old": old, "new": new}


def attempt(run: Run) -> dict[str, Any]:
    found: dict[str, Any] = run.event("AttemptEnded")["attempt"]
    return found


@pytest.mark.parametrize(
    ("options", "env", "expected"),
    [
        ([], {}, "its own repairs"),
        (["--fix-model", "big"], {}, "big repairs"),
        (["--agent-shell"], {}, "its own repairs with a shell"),
    ],
)
def test_model_and_shell_of_the_agent_are_those_that_are_set(
    options: list[str], env: dict[str, str], expected: str, workspace: Path, home: Path, asked: Path
) -> None:
    (workspace / "app.py").write_text(CRASH)
    with running(agent(*options), workspace, home, env | gemini(home, asked)) as run:
        assert run.wait() == 0, run.err.text
    assert expected in asked.read_text().splitlines()


@pytest.mark.parametrize("analysis", ["true", "false"])
def test_a_model_judges_the_failure_meanwhile_unless_that_is_off(
    analysis: str, workspace: Path, home: Path, asked: Path
) -> None:
    (workspace / "app.py").write_text(CRASH)
    env = {"OTOREPAIR_ANALYSIS": analysis} | gemini(home, asked)
    with running(agent(), workspace, home, env) as run:
        assert run.wait() == 0, run.err.text
    assert ("its own judges" in asked.read_text()) == (analysis == "true")


def test_an_attempt_ends_after_the_time_that_is_set(workspace: Path, home: Path) -> None:
    (workspace / "app.py").write_text(CRASH)
    options = ["--backend", "command", "--agent-command", "sleep 600", "--attempts", "1", "--json"]
    with running([*options, "--fix-timeout", "0.5", "python app.py"], workspace, home) as run:
        assert run.wait() == 4
        assert attempt(run)["verdict"] == "agent_error"
        assert attempt(run)["seconds"] < 10


CLAUDE = """
import json
for line in sys.stdin:
    with open({log!r}, "a") as log:
        log.write(f"{{os.getpid()}}\\n")
    open("app.py", "a").write("# looked\\n")
    print(json.dumps({{"type": "system", "subtype": "init", "model": "m"}}), flush=True)
    end = {{"type": "result", "subtype": "success", "result": "done", "total_cost_usd": 0.1}}
    print(json.dumps({{**end, "usage": {{"input_tokens": 1, "output_tokens": 1}}}}), flush=True)
"""


@pytest.mark.parametrize("resident", ["true", "false"])
def test_claude_code_stays_between_attempts_unless_that_is_off(
    resident: str, workspace: Path, home: Path
) -> None:
    (workspace / "app.py").write_text(CRASH)
    log = home / "answers"
    put_on_path(home / "bin", "claude", CLAUDE.format(log=str(log)))
    settings = {"OTOREPAIR_RESIDENT": resident, "OTOREPAIR_ANALYSIS": "false"}
    env = {"EXTRA_PATH": str(home / "bin"), "ANTHROPIC_API_KEY": "dummy", **settings}
    options = ["--backend", "claude", "--attempts", "2", "--json", "--healthy-after", "0.3"]
    with running([*options, "python app.py"], workspace, home, env) as run:
        run.event("AttemptEnded", 2)
        answered = log.read_text().split()
    assert (len(set(answered)) == 1) == (resident == "true")


@pytest.mark.parametrize("level", ["minimal", "simple", "standard", "complex"])
def test_the_chain_of_the_complexity_names_the_next_model(
    level: str, workspace: Path, home: Path, asked: Path
) -> None:
    (workspace / "app.py").write_text(CRASH)
    others = {"minimal", "simple", "standard", "complex"} - {level}
    chains = [f'{name} = ["gemini:weak"]' for name in others]
    toml = "\n".join(["[chains]", f'{level} = ["gemini:weak", "gemini:strong"]', *chains])
    users_settings(home, toml)
    env = gemini(home, asked, complexity=level)
    with running(agent("--fix-model", "weak", "--yes"), workspace, home, env) as run:
        assert run.wait() == 0, run.err.text
        assert run.verdicts()[-1] == "verified"
    repairs = [line for line in asked.read_text().splitlines() if line.endswith("repairs")]
    assert repairs == ["weak repairs", "weak repairs", "strong repairs"]


LONG = "def total(prices):\n    return smu(prices)\n\n\nprint(total([1, 2]))\n"
LONGER = "def total(prices):\n" + "    # once more\n" * 7 + "    return sum(prices)\n"


@pytest.mark.parametrize(
    ("setting", "default", "files", "change"),
    [
        (
            'complexity = "minimal"',
            "verified",
            {"app.py": LONG},
            edit("def total(prices):\n    return smu(prices)\n", LONGER),
        ),
        (
            'blast = "moderate"',
            "refused",
            {
                "app.py": "import a, b, c, d, e\nprint(a.net())\n",
                "prices.py": "def net():\n    return prce\nprice = 1\n",
                **{f"{name}.py": "from prices import net\n" for name in "abcde"},
            },
            edit("prce", "price", "prices.py"),
        ),
    ],
)  # fmt: skip
def test_what_auto_applies_without_asking_is_set_in_a_table(
    setting: str, default: str, files: dict[str, str], change: dict[str, str], workspace: Path, home: Path
) -> None:
    for name, content in files.items():
        (workspace / name).write_text(content)
    with running(scripted(home, change), workspace, home) as run:
        run.wait()
        assert attempt(run)["verdict"] == default, attempt(run)
    for name, content in files.items():
        (workspace / name).write_text(content)
    users_settings(home, f"[auto]\n{setting}\n")
    with running(scripted(home, change), workspace, home) as run:
        run.wait()
        ended = attempt(run)
    assert ended["verdict"] == ("refused" if default == "verified" else "verified")
    refused = ended["reason"] if default == "verified" else ""
    assert default == "refused" or "complexity simple" in refused


@pytest.mark.parametrize(("confidence", "verdict"), [("0.4", "verified"), ("0.6", "refused")])
def test_an_agent_that_is_not_sure_enough_is_asked_about(
    confidence: str, verdict: str, workspace: Path, home: Path, asked: Path
) -> None:
    (workspace / "app.py").write_text(CRASH)
    users_settings(home, f"[auto]\nconfidence = {confidence}\n")
    with running(agent("--attempts", "1"), workspace, home, gemini(home, asked, confidence=0.5)) as run:
        run.wait()
        assert attempt(run)["verdict"] == verdict, attempt(run)


def test_more_files_than_a_repair_may_change_are_refused_even_with_a_yes(workspace: Path, home: Path) -> None:
    (workspace / "app.py").write_text("print(1 +)\n")
    (workspace / "other.py").write_text("x = 1\n")
    edits = [edit("1 +", "1"), edit("x = 1", "x = 2", "other.py")]
    with running(["--max-files", "1", "--yes", *scripted(home, *edits)], workspace, home) as run:
        assert run.wait() == 4
        assert attempt(run)["verdict"] == "refused"
        assert "2 files" in attempt(run)["reason"]


SHOP = """\
async def app(scope, receive, send):
    assert scope["type"] == "http"
    if scope["path"] == "/order":
        print("order", flush=True)
        {}["pear"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})
"""


@pytest.mark.parametrize(("replay", "orders"), [("all", 2), ("safe", 1)])
def test_a_failed_post_is_sent_again_only_where_that_is_allowed(
    replay: str, orders: int, workspace: Path, home: Path
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (workspace / "shop.py").write_text(SHOP)
    options = ["--backend", "command", "--agent-command", "sed -i /pear/d shop.py", "--yes", "--json"]
    serve = f"{sys.executable} -m uvicorn --lifespan off --port {port} shop:app"
    env = {"OTOREPAIR_REPLAY": replay}
    with running([*options, "--healthy-after", "1", serve], workspace, home, env) as run:
        assert get(port) == (200, b"ok")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("POST", "/order")
        assert connection.getresponse().status == 500
        connection.close()
        assert attempt(run)["verdict"] in ("verified", "unproven")
        assert run.out.text.count("order\n") == orders


@pytest.mark.parametrize(("allow", "verdict"), [(["--allow", "test"], "verified"), ([], "refused")])
def test_a_rule_of_the_guard_can_be_switched_off(
    allow: list[str], verdict: str, workspace: Path, home: Path
) -> None:
    (workspace / "app.py").write_text("import test_app\nprint(test_app.total())\n")
    (workspace / "test_app.py").write_text("def total():\n    return prce\nprice = 1\n")
    options = [*allow, *scripted(home, edit("prce", "price", "test_app.py"))]
    with running(options, workspace, home) as run:
        run.wait()
        assert attempt(run)["verdict"] == verdict, attempt(run)


@pytest.mark.parametrize(("require", "verdict"), [([], "unproven"), (["--require", "proof"], "failed")])
def test_a_repair_that_stays_unproven_is_undone_where_proof_is_required(
    require: list[str], verdict: str, workspace: Path, home: Path
) -> None:
    before = "name = 'ada'\nprint(nmae)\n"
    (workspace / "app.py").write_text(before)
    options = ["--verify", "python -m unittest", *require, *scripted(home, edit("nmae", "name"))]
    with running(options, workspace, home) as run:
        run.wait()
        ended = attempt(run)
    assert ended["verdict"] == verdict, ended
    assert ((workspace / "app.py").read_text() == before) == (verdict == "failed")
