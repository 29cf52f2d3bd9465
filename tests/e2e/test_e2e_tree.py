"""However a run ends, nothing of it is left, and the port is free."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from pathlib import Path

import pytest

from tests.support.http import get
from tests.support.otorepair import running
from tests.support.supervise import free_port, marked, until

SERVER = """\
import os, socket, subprocess, sys, time
if len(sys.argv) > 1:  # the grandchild: holds the port and the pipes, in a session of its own
    os.setsid()
    server = socket.socket()
    server.bind(("127.0.0.1", int(os.environ["MY_PORT"])))
    server.listen()
    print("bound", flush=True)
    time.sleep(1000)
subprocess.Popen([sys.executable, __file__, "grandchild", os.environ["MARKER"]])
while True:
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", int(os.environ["MY_PORT"]))) == 0:
            break
    time.sleep(0.01)
"""
CRASHES = (
    SERVER
    + "raise RuntimeError('crash %d' % len(open('starts', 'a+').write('x') and open('starts').read()))\n"
)
LIVES = SERVER + "print('up', flush=True)\ntime.sleep(1000)\n"


def bindable(port: int) -> bool:
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # closed connections may linger
        return server.bind(("127.0.0.1", port)) is None


def nothing_left(mark: str, port: int) -> None:
    until(lambda: not marked(mark), "end of every process")
    assert bindable(port)


def environment(mark: str, port: int) -> dict[str, str]:
    return {"MARKER": mark, "MY_PORT": str(port)}


def test_a_child_with_a_grandchild_on_the_port_can_crash_five_times(workspace: Path, home: Path) -> None:
    port, mark = free_port(), f"mark-{os.getpid()}-five"
    (workspace / "app.py").write_text(CRASHES)
    note = {"edits": [{"path": "notes.txt", "write": "tried\\n"}]}
    script = home / "script.json"
    script.write_text(json.dumps({"repair": [note]}))
    options = ["--backend", "scripted", "--script", str(script), "--attempts", "5", "--yes", "--json"]
    with running([*options, "python app.py"], workspace, home, environment(mark, port)) as run:
        assert run.wait() == 4
        assert len(run.events("ChildStarted")) >= 5
        assert "in use" not in run.err.text
        assert run.out.text.count("bound") == len(run.events("ChildStarted"))
    nothing_left(mark, port)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_nothing_is_left_after_a_signal_to_otorepair(
    number: signal.Signals, workspace: Path, home: Path
) -> None:
    port, mark = free_port(), f"mark-{os.getpid()}-{number.name}"
    (workspace / "app.py").write_text(LIVES)
    with running(["--backend", "none", "python app.py"], workspace, home, environment(mark, port)) as run:
        run.prints("up")
        run.interrupt(number)
        assert run.process.wait(20) in (128 + number, -number)
        nothing_left(mark, port)


def test_nothing_is_left_after_a_defect_of_ours(workspace: Path, home: Path, tmp_path: Path) -> None:
    port, mark = free_port(), f"mark-{os.getpid()}-defect"
    (workspace / "app.py").write_text(LIVES)
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "if 'otorepair' in ' '.join(sys.orig_argv[:2]):\n"
        "    import otorepair_like.loop.supervisor as supervisor\n"
        "    def heard(self, message): raise RuntimeError('injected')\n"
        "    supervisor.Supervisor._heard = heard\n"
    )
    env = {**environment(mark, port), "PYTHONPATH": str(tmp_path), "TMPDIR": str(tmp_path)}
    with running(["--backend", "none", "python app.py"], workspace, home, env) as run:
        assert run.wait() == 3
        nothing_left(mark, port)


def test_a_second_interrupt_does_not_wait_for_a_child_that_ignores_the_first(
    workspace: Path, home: Path
) -> None:
    (workspace / "app.py").write_text(
        "import signal, time\n"
        "for number in (signal.SIGINT, signal.SIGTERM): signal.signal(number, lambda *_: print('no', flush=True))\n"
        "print('ready', flush=True)\nwhile True: time.sleep(1)\n"
    )
    with running(["--backend", "none", "-v", "python app.py"], workspace, home) as run:
        run.prints("ready")
        run.interrupt()
        run.prints("no")

        def killed() -> bool:
            run.interrupt()
            return run.process.poll() is not None

        until(killed, "end after the second interrupt", every=0.3)
        assert run.wait() == 130
        assert run.out.text.count("no") == 1


def test_a_grandchild_that_keeps_the_pipes_open_does_not_make_a_dead_child_look_alive(
    workspace: Path, home: Path
) -> None:
    with running(["--backend", "none", "(trap '' TERM INT; sleep 1000) & exit 5"], workspace, home) as run:
        assert run.process.wait(15) == 5


def test_a_child_that_dies_on_start_again_and_again_is_restarted_with_growing_pauses(
    workspace: Path, home: Path
) -> None:
    script = home / "script.json"
    changes = [{"edits": [{"path": "notes.txt", "write": f"tried {n}\n"}]} for n in range(9)]
    script.write_text(json.dumps({"repair": changes}))
    options = ["--backend", "scripted", "--script", str(script), "--attempts", "4", "--yes", "--json"]
    with running([*options, "echo at once >&2; exit 9"], workspace, home) as run:
        assert run.wait() == 4
        assert [event["pause"] for event in run.events("Restarting")] == [1.0, 2.0, 4.0]


DIES = """\
import os


async def app(scope, receive, send):
    if scope["type"] == "http":
        if scope["path"] == "/die":
            os._exit(3)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"alive"})
"""


def test_a_worker_that_dies_silently_under_its_living_reloader_is_noticed(
    workspace: Path, home: Path
) -> None:
    (workspace / "main.py").write_text(DIES)
    port = free_port()
    command = f"uvicorn main:app --reload --port {port}"
    with running(["--backend", "recipes", "--json", command], workspace, home) as run:
        assert get(port) == (200, b"alive")
        run.event("ChildStarted")  # from here on the processes are looked at
        up = time.monotonic() + 1.0
        until(lambda: get(port) == (200, b"alive") and time.monotonic() > up, "a second of health")
        get(port, "/die")
        assert run.event("IncidentSeen", patience=10)["incident"]["type"] == "worker died"


def test_who_holds_the_port_is_named_and_not_fought(workspace: Path, home: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        (workspace / "app.py").write_text(f"import socket\nsocket.socket().bind(('127.0.0.1', {port}))\n")
        (workspace / "main.py").write_text("async def app(scope, receive, send): ...\n")
        with running(["--backend", "recipes", f"uvicorn main:app --port {port}"], workspace, home) as run:
            run.shows(rf"port {port} is held by pid {os.getpid()} \(")
            assert run.wait() == 4


def test_health_is_counted_from_when_the_child_answers(workspace: Path, home: Path) -> None:
    port = free_port()
    (workspace / "app.py").write_text(
        "import os, time\n"
        "port = int(os.environ['PORT'])\n"
        "from http.server import HTTPServer, SimpleHTTPRequestHandler\n"
        "time.sleep(1.5)\n"
        f"HTTPServer(('127.0.0.1', {port}), SimpleHTTPRequestHandler).serve_forever()\n"
    )
    ready = ["--ready-url", f"http://127.0.0.1:{port}/", "--healthy-after", "0.5"]
    with running(["--backend", "recipes", "--json", *ready, "python app.py"], workspace, home) as run:
        applied, ended = run.event("ChangeApplied"), run.event("AttemptEnded")
        assert ended["attempt"]["verdict"] == "verified"
        assert ended["time"] - applied["time"] > 1.9
