"""Settings of how the program is run and how failures are seen: each shows its effect on the installed command."""

from __future__ import annotations

import os
import re
import signal
import socket
import sys
import time
from pathlib import Path

import pytest

from tests.support.agents_fakes import put_on_path
from tests.support.otorepair import Run, running
from tests.support.supervise import until
from tests.support.window import Open, ended

REPORT = ["--backend", "none", "--json"]
STARTS = "import time\nprint('start', flush=True)\ntime.sleep(60)\n"


def watched(run: Run) -> None:
    """Wait until a change would be seen."""
    run.prints("start")
    run.event("Notice")


def test_ignored_files_restart_nothing(workspace: Path, home: Path) -> None:
    (workspace / "app.py").write_text(STARTS)
    options = [*REPORT, "--watch", ".", "--ignore", "*.log", "--ignore", "cache/"]
    with running([*options, "python app.py"], workspace, home) as run:
        watched(run)
        (workspace / "cache").mkdir()
        for name in ("notes.log", "cache/x"):
            (workspace / name).write_text("x")
        (workspace / "app.py").write_text(STARTS + "\n")
        run.prints("start", 2)
        reasons = [event["reason"] for event in run.events("Restarting")]
    assert len(reasons) == 1
    assert "app.py" in reasons[0] or "log" not in reasons[0]


def test_a_restart_waits_for_a_quiet_time_after_the_last_change(workspace: Path, home: Path) -> None:
    (workspace / "app.py").write_text(STARTS)
    env = {"OTOREPAIR_DEBOUNCE": "1.2"}
    with running([*REPORT, "--watch", ".", "python app.py"], workspace, home, env) as run:
        watched(run)
        (workspace / "app.py").write_text(STARTS + "\n")
        changed = time.time()
        assert run.event("Restarting")["time"] - changed > 1


@pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")
@pytest.mark.parametrize("poll", ["true", "false"])
def test_files_are_polled_without_os_notifications(poll: str, workspace: Path, home: Path) -> None:
    (workspace / "app.py").write_text(STARTS)
    env = {"OTOREPAIR_POLL": poll}
    with running([*REPORT, "--watch", ".", "python app.py"], workspace, home, env) as run:
        watched(run)
        (workspace / "app.py").write_text(STARTS + "\n")
        run.prints("start", 2)
        folder = f"/proc/{run.process.pid}/fd"
        opened = [os.readlink(f"{folder}/{name}") for name in os.listdir(folder)]
    assert ("anon_inode:inotify" in opened) == (poll == "false")


@pytest.mark.parametrize(("when", "at_a_terminal"), [("always", True), ("auto", False)])
def test_a_program_in_a_pipe_can_be_given_a_terminal(
    when: str, at_a_terminal: bool, workspace: Path, home: Path
) -> None:
    (workspace / "app.py").write_text("import os\nprint(os.isatty(1))\n")
    with running([*REPORT, "--tty", when, "python app.py"], workspace, home) as run:
        assert run.wait() == 0
    assert run.out.text.split() == [str(at_a_terminal)]


def test_at_a_terminal_the_program_can_be_left_without_one(terminal: Open, workspace: Path) -> None:
    (workspace / "app.py").write_text("import os\nprint('seen', os.isatty(1))\n")
    screen = terminal("--backend", "none", "--tty", "never", "python app.py")
    screen.expect("seen False")
    assert ended(screen) == 0


SLOW_START = """\
import socket, time
{}['pear']
time.sleep(2)
server = socket.create_server(("127.0.0.1", PORT))
print("serving", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("sign", ["--ready-log=^serv", "--ready-port={port}", ""])
def test_health_is_counted_from_the_sign_that_the_program_is_up(
    sign: str, workspace: Path, home: Path
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = workspace / "app.py"
    app.write_text(SLOW_START.replace("PORT", str(port)))
    agent = ["--backend", "command", "--agent-command", "sed -i /pear/d app.py", "--yes", "--json"]
    agent += ["--probe", "never"]  # which code ran is not waited for
    options = [*agent, "--healthy-after", "0.3", *([sign.format(port=port)] if sign else [])]
    with running([*options, "python app.py"], workspace, home) as run:
        ended_at = run.event("AttemptEnded")["time"]
        applied = run.event("ChangeApplied")["time"]
    assert (ended_at - applied > 2) == bool(sign)


def test_the_first_signal_of_a_stop_can_be_chosen(workspace: Path, home: Path) -> None:
    (workspace / "app.py").write_text(
        "import signal, sys, time\n"
        "def end(number, frame):\n    print(signal.Signals(number).name, flush=True)\n    sys.exit(0)\n"
        "signal.signal(signal.SIGUSR2, end)\nsignal.signal(signal.SIGTERM, end)\n" + STARTS
    )
    env = {"OTOREPAIR_STOP_SIGNAL": "USR2"}
    with running([*REPORT, "python app.py"], workspace, home, env) as run:
        run.prints("start")
        run.interrupt(signal.SIGTERM)
        run.wait()
    assert run.out.text.split() == ["start", "SIGUSR2"]


def test_a_program_that_ignores_the_signal_is_killed_after_the_stop_timeout(
    workspace: Path, home: Path
) -> None:
    (workspace / "app.py").write_text(
        "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + STARTS
    )
    with running([*REPORT, "--stop-timeout", "0.2", "python app.py"], workspace, home) as run:
        run.prints("start")
        began = time.monotonic()
        run.interrupt(signal.SIGTERM)
        run.wait()
        assert time.monotonic() - began < 4  # a second more until SIGKILL; the default alone is five


SPEAKS_TWICE = """\
import sys, time, traceback
for container, stream in (({}, sys.stdout), ([], sys.stderr)):
    try:
        container[7]
    except LookupError:
        print(traceback.format_exc(), file=stream, flush=True)
    time.sleep(1)
time.sleep(60)
"""


@pytest.mark.parametrize(("option", "seen"), [(["--watch-stdout"], "KeyError"), ([], "IndexError")])
def test_errors_on_stdout_are_seen_if_that_is_asked_for(
    option: list[str], seen: str, workspace: Path, home: Path
) -> None:
    (workspace / "app.py").write_text(SPEAKS_TWICE)
    options = [*REPORT, "--probe", "never", *option]
    with running([*options, "python app.py"], workspace, home) as run:
        assert run.event("IncidentSeen")["incident"]["type"] == seen


@pytest.mark.parametrize(("settle", "least", "most"), [("0.9", 0.85, 9), ("0.05", 0, 0.85)])
def test_an_unfinished_error_is_complete_after_the_silence_that_is_set(
    settle: str, least: float, most: float, workspace: Path, home: Path
) -> None:
    (workspace / "app.py").write_text(
        "import sys, time\ntime.sleep(1.5)\nprint(time.time(), flush=True)\n"
        "print('ERROR: cannot reach the stock', file=sys.stderr, flush=True)\ntime.sleep(60)\n"
    )
    with running([*REPORT, "python app.py"], workspace, home, {"OTOREPAIR_SETTLE": settle}) as run:
        seen = run.event("IncidentSeen")["time"]
        printed = float(run.out.text)
    assert least <= seen - printed <= most


GEMINI = """
import json
asked = sys.stdin.read()
model = sys.argv[sys.argv.index("--model") + 1] if "--model" in sys.argv else "its own"
with open({log!r}, "a") as log:
    log.write(model + (" triages" if "Judge a piece" in asked else " repairs") + "\\n")
def say(**event): print(json.dumps(event), flush=True)
say(type="init", model=model)
say(type="message", role="assistant", content=json.dumps({answer!r}))
say(type="result", status="success", stats=dict(input_tokens=9, output_tokens=1))
"""
HARMLESS = {
    **dict.fromkeys(("summary", "cause", "prevention"), "it greets that way"),
    "error": False,
    "confidence": 0.9,
    "category": "other",
    "severity": "warning",
    "complexity": "minimal",
    "security": "none",
    "blast": "isolated",
    "recommendation": "ignore",
    "files": [],
}


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        ([], ["its own triages"]),
        (["--triage-model", "small"], ["small triages"]),
        (["--triage-model", "gemini:small"], ["small triages"]),
        (["--triage-model", "cursor:small"], ["its own triages"]),
        (["--triage", "never"], []),
    ],
)
def test_a_doubtful_error_is_judged_by_the_model_that_is_set(
    options: list[str], asked: list[str], workspace: Path, home: Path
) -> None:
    (workspace / "app.py").write_text(
        "import sys, time\nprint('ERROR: frobnicator jammed', file=sys.stderr, flush=True)\ntime.sleep(60)\n"
    )
    log = home / "asked"
    put_on_path(home / "bin", "gemini", GEMINI.format(log=str(log), answer=HARMLESS))
    env = {"EXTRA_PATH": str(home / "bin"), "GEMINI_API_KEY": "dummy"}
    with running(["--backend", "gemini", "--json", *options, "python app.py"], workspace, home, env) as run:
        run.event("TriageAnswered" if asked else "IncidentSeen")
        said = log.read_text().splitlines() if log.exists() else []
    assert [line for line in said if "triages" in line] == asked


@pytest.mark.parametrize(("color", "coloured"), [("always", True), ("never", False), ("auto", False)])
def test_our_own_lines_are_coloured_as_asked_for(
    color: str, coloured: bool, workspace: Path, home: Path
) -> None:
    (workspace / "app.py").write_text("{}['pear']\n")
    with running(["--backend", "none", "--color", color, "python app.py"], workspace, home) as run:
        run.wait()
    assert bool(re.search(r"\x1b\[\d", run.err.text)) == coloured
    assert until(lambda: "KeyError: 'pear'" in run.err.text, "the error")
