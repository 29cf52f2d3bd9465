"""Ways out of the sandbox, tried from inside by a program that wants out: as a plain user and as root."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from otorepair_like.agents.sandbox import bubblewrap, confine
from otorepair_like.agents.sandbox.places import places_of
from otorepair_like.agents.sandbox.sandbox import Sandbox, choose
from otorepair_like.errors import UsageError

NOBODY = 65534
PYTHON = "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else sys.executable
"""One that every user may run."""
KINDS = [
    kind
    for kind, works in (("bubblewrap", not bubblewrap.obstacle()), ("landlock", confine.version()))
    if works
]
USERS = ["nobody", "root"] if os.geteuid() == 0 else ["self"]

# Each is the body of a function that returns something true when it got out.
ESCAPES = {
    "write a file of the workspace": "open(W + '/app.py', 'a').write('x'); return True",
    "replace a file of the workspace": "os.rename('app.py', W + '/app.py'); return True",
    "remove a file of the workspace": "os.unlink(W + '/app.py'); return True",
    "read the workspace's .env": "return open(W + '/.env').read()",
    "read an ignored file": "return open(W + '/config/local.ini').read()",
    "list the workspace": "return os.listdir(W)",
    "write git's hooks": "open(W + '/.git/hooks/pre-commit', 'w'); return True",
    "go through a link in the copy": "os.symlink(W, 'way'); return open('way/.env').read()",
    "hard-link a file into the copy": "os.link(W + '/.env', 'linked'); return open('linked').read()",
    "read a key in the home": "return open(H + '/.ssh/id_rsa').read()",
    "list the home": "return '.ssh' in os.listdir(H)",
    "write to the shell's start file": "return appended(H + '/.bashrc')",
    "write the settings of an agent CLI": "return appended(H + '/.claude.json')",
    "read what others have in /tmp": "return open(T + '/of-others').read()",
    "write to the run's own folder": "open(R + '/workshop/base/x', 'w'); return True",
    "write to the system": "open('/etc/otorepair-escape', 'w'); return True",
    "write to /var/tmp": "open('/var/tmp/otorepair-escape', 'w'); return 'VAR'",
    "connect to a socket in /tmp": "return connected(T + '/sock')",
    "connect to a socket in the workspace": "return connected(W + '/dev.sock')",
    "connect to an abstract socket": "return connected('\\0' + A)",
    "connect to a port of this machine": "return socket.create_connection(('127.0.0.1', PORT), 2)",
    "send a datagram": "return socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', PORT))",
    "open a raw socket": "return socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
    "signal a process outside": "return outside(PID) and os.kill(PID, 0) is None",
    "read the environment of a process outside": "return b'OUTSIDE' in open(f'/proc/{PID}/environ', 'rb').read()",
    "read through the root of a process": "return open(f'/proc/{PID}/root{W}/.env').read()",
    "read through the first process": "return open(f'/proc/1/root{W}/.env').read()",
    "trace a process outside": "return outside(PID) and C.ptrace(16, PID, 0, 0) == 0",
    "see the processes outside": "return outside(PID)",
    "change the mode of a file": "os.chmod(W + '/app.py', 0o777); return True",
    "attach shared memory": "return C.shmget(KEY, 0, 0) != -1",
    "mount over the workspace": "return C.mount(b'none', W.encode(), b'tmpfs', 0, None) == 0 and os.listdir(W) == []",
    "use io_uring": "return C.syscall(425, 2, ctypes.create_string_buffer(120)) >= 0",
    "stay in the session of the terminal": "return os.getsid(0) == SID",
    "use a descriptor that was left open": "return [f for f in os.listdir('/proc/self/fd') if int(f) > 3]",
}
HELP = """
def appended(path):
    with open(path, 'a') as file: file.write('x')
    return 'mine' in open(path).read()
def connected(name): return socket.socket(socket.AF_UNIX).connect(name) is None
def outside(pid): return open(f'/proc/{pid}/cmdline').read().startswith('/bin/sleep')
"""
NOT_HELD = {
    "landlock": {"see the processes outside", "change the mode of a file", "attach shared memory"},
    "bubblewrap": set(),
}
"""What docs/trust.md says is not held."""


@dataclass
class World:
    """All that is worth getting at."""

    root: Path
    workspace: Path
    home: Path
    run: Path
    values: dict[str, object]

    def tried(self, kind: str, user: str, bodies: dict[str, str], network: bool = False) -> dict[str, object]:
        """Return what each body got, tried in the sandbox."""
        lines = [
            "import ctypes, json, os, socket, sys",
            f"globals().update({self.values!r})",
            "C = ctypes.CDLL(None)",
            HELP,
        ]
        for number, body in enumerate(bodies.values()):
            lines.append(f"def try{number}():\n    {body}")
        lines.append(
            "said = {}\nfor name, f in sorted(globals().copy().items()):\n"
            "    if name.startswith('try'):\n"
            "        try: said[name] = bool(f())\n"
            "        except Exception as error: said[name] = f'{type(error).__name__}: {error}'\n"
            "print(json.dumps(said))"
        )
        copy = self.run / "workshop" / "copy"
        script = copy / "work" / "escape.py"
        script.write_text("\n".join(lines))
        box = Sandbox(None, copy, self.workspace, network=network, kind=kind)  # type: ignore[arg-type]
        env = {"PATH": "/usr/bin:/bin", "HOME": str(self.home)}
        argv = [PYTHON, "-I", str(script)]
        places = places_of(argv, env, copy, self.workspace, ())
        command = box._confined(argv, places, str(script.parent), network=network)
        as_user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if user == "nobody" else {}
        done = subprocess.run(
            command,
            cwd=script.parent,
            env=env,
            capture_output=True,
            text=True,
            timeout=50,
            check=False,
            **as_user,
        )
        assert done.returncode == 0, done.stderr
        said = json.loads(done.stdout.splitlines()[-1])
        return {name: said[f"try{number}"] for number, name in enumerate(bodies)}


@pytest.fixture
def world(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    user = request.getfixturevalue("user")
    root = Path(tempfile.mkdtemp(prefix="sandbox-", dir="/tmp"))
    for path, text in {
        "w/app.py": "x = 1\n", "w/.env": "S=1\n", "w/config/local.ini": "s=1\n", "w/.git/hooks/x": "", "of-others": "s",
        "home/.ssh/id_rsa": "mine", "home/.bashrc": "mine", "home/.claude.json": "mine",
        "run/workshop/copy/work/app.py": "x = 1\n", "run/workshop/base/blob": "",
    }.items():  # fmt: skip
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    shutil.copy(confine.__file__, root / "confine.py")
    monkeypatch.setattr(confine, "__file__", str(root / "confine.py"))
    for name, value in {"executable": PYTHON, "prefix": "/usr", "base_prefix": "/usr"}.items():
        monkeypatch.setattr(sys, name, value)
    listeners = [socket.socket(socket.AF_UNIX) for _ in range(3)] + [socket.socket()]
    names = [str(root / "sock"), str(root / "w/dev.sock"), f"\0otorepair-{os.getpid()}", ("127.0.0.1", 0)]
    for listener, name in zip(listeners, names, strict=True):
        listener.bind(name)
        listener.listen()
    if user == "nobody":
        for path in (root, *root.rglob("*")):
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    as_user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if user == "nobody" else {}
    sleeper = subprocess.Popen(["/bin/sleep", "60"], env={"OUTSIDE": "1"}, **as_user)
    key, libc = 0x0E5C0000 + os.getpid() % 65536, ctypes.CDLL(None)
    shared = libc.shmget(key, 4096, 0o1666)
    values = {
        "W": str(root / "w"), "H": str(root / "home"), "T": str(root), "R": str(root / "run"), "PID": sleeper.pid,
        "PORT": listeners[3].getsockname()[1], "A": f"otorepair-{os.getpid()}", "KEY": key, "SID": os.getsid(0),
    }  # fmt: skip
    try:
        yield World(root, root / "w", root / "home", root / "run", values)
    finally:
        libc.shmctl(shared, 0, None)
        sleeper.kill()
        sleeper.wait()
        for listener in listeners:
            listener.close()
        shutil.rmtree(root)


def test_something_can_confine_an_agent_here() -> None:
    """Or the tests below would all be left out unseen; a machine without either has to say so."""
    assert KINDS or os.environ.get("OTOREPAIR_TESTS_WITHOUT_SANDBOX")


@pytest.mark.parametrize("user", USERS)
def test_without_a_sandbox_most_of_the_ways_lead_out(world: World, user: str) -> None:
    """So that a way that is tried wrongly is not taken for one that is shut."""
    box = Sandbox(None, world.run / "workshop" / "copy", world.workspace, network=True, kind="none")  # type: ignore[arg-type]
    box._confined = lambda argv, *_, **__: list(argv)  # type: ignore[method-assign]
    open_ways = {
        "write to /var/tmp",
        "write to the system",
        "open a raw socket",
        "mount over the workspace",
        "trace a process outside",
    }
    open_ways |= {"use a descriptor that was left open", "read through the first process", "use io_uring"}
    destructive = {
        "replace a file of the workspace",
        "remove a file of the workspace",
        "go through a link in the copy",
    }
    bodies = {name: body for name, body in ESCAPES.items() if name not in open_ways | destructive}
    original = Sandbox._confined
    Sandbox._confined = lambda self, argv, places, cwd, network: list(argv)  # type: ignore[method-assign]
    try:
        got = world.tried("none", user, bodies)
    finally:
        Sandbox._confined = original  # type: ignore[method-assign]
    assert {name: said for name, said in got.items() if said is not True} == {}


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("kind", KINDS)
def test_no_way_leads_out_of_the_sandbox(world: World, kind: str, user: str) -> None:
    before = {
        path: path.read_bytes()
        for path in world.root.rglob("*")
        if path.is_file() and "run" not in path.parts
    }
    modes = {path: path.stat().st_mode for path in before}
    got = world.tried(kind, user, ESCAPES)
    got.pop("write to /var/tmp")  # what is written to a fresh one is gone; whether it is, is asked below
    out = {name for name, said in got.items() if said is True}
    assert out == NOT_HELD[kind]
    assert {path: path.read_bytes() for path in before} == before
    if kind == "bubblewrap":
        assert {path: path.stat().st_mode for path in before} == modes
    assert not os.path.exists("/etc/otorepair-escape")
    assert not os.path.exists("/var/tmp/otorepair-escape")
    assert len(ESCAPES) > 30


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("kind", KINDS)
def test_inside_an_agent_can_do_its_work(world: World, kind: str, user: str) -> None:
    work = {
        "edit": "open('app.py', 'a').write('y = 2\\n'); return True",
        "make": "os.makedirs('a/b'); open('a/b/c', 'w').write('x'); return os.rename('a/b/c', 'a/d') is None",
        "run": "return os.popen('python3 -c 1; echo $?').read() == '0\\n'",
        "temporary": "import tempfile; tempfile.NamedTemporaryFile().write(b'x'); return True",
        "random": "return open('/dev/urandom', 'rb').read(4)",
        "pair": "return socket.socketpair()",
    }
    assert world.tried(kind, user, work) == dict.fromkeys(work, True)
    assert (world.run / "workshop/copy/work/app.py").read_text().endswith("y = 2\n")


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("kind", KINDS)
def test_with_the_network_only_the_internet_is_reached(world: World, kind: str, user: str) -> None:
    names = [
        "connect to a port of this machine",
        "connect to a socket in /tmp",
        "connect to an abstract socket",
    ]
    got = world.tried(kind, user, {name: ESCAPES[name] for name in names}, network=True)
    assert [got[name] is True for name in names] == [True, False, False]


@pytest.mark.parametrize("kind", KINDS)
def test_an_agent_cli_writes_to_its_own_folder_but_not_to_its_standing_orders(
    kind: str, tmp_path: Path
) -> None:
    if kind == "landlock":
        return  # it cannot take away a part of what it gives; docs/trust.md says so
    home, copy = tmp_path / "home", tmp_path / "run/workshop/copy"
    for folder in (home / ".claude/hooks", home / ".codex", copy, tmp_path / "w"):
        folder.mkdir(parents=True)
    (home / ".claude/settings.json").write_text("{}")
    (tmp_path / "bin").mkdir()
    agent = tmp_path / "bin/claude"
    agent.write_text(
        "#!/bin/sh\necho x > ~/.claude/session && echo session\necho x >> ~/.claude/settings.json && echo settings\n"
        "echo x > ~/.claude/hooks/h && echo hook\nls ~/.codex && echo codex\nexit 0\n"
    )
    agent.chmod(0o755)
    env = {"PATH": "/usr/bin:/bin", "HOME": str(home)}
    box = Sandbox(None, copy, tmp_path / "w", network=True, kind=kind)  # type: ignore[arg-type]
    places = places_of([str(agent)], env, copy, tmp_path / "w", ())
    command = box._confined([str(agent)], places, str(copy), network=True)
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "session\n"
    assert (home / ".claude/session").exists()


def test_what_is_left_running_in_it_ends_with_it(tmp_path: Path) -> None:
    if "bubblewrap" not in KINDS:
        return
    copy = tmp_path / "run/workshop/copy"
    copy.mkdir(parents=True)
    box = Sandbox(None, copy, tmp_path / "w", network=False, kind="bubblewrap")  # type: ignore[arg-type]
    argv, env = (
        ["/bin/sh", "-c", "setsid sleep 4711 & exit 0"],
        {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
    )
    command = box._confined(argv, places_of(argv, env, copy, tmp_path / "w", ()), str(copy), network=False)
    subprocess.run(command, env=env, check=True)
    until = time.monotonic() + 10
    while (
        "sleep 4711"
        in subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout.splitlines()
    ):
        assert time.monotonic() < until
        time.sleep(0.05)


def test_the_choice_is_named_and_a_sandbox_that_was_asked_for_must_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def chosen(mode: str) -> tuple[Sandbox | None, str]:
        return choose(mode, None, tmp_path, tmp_path, network=False)  # type: ignore[arg-type]

    assert chosen("never") == (None, "")
    monkeypatch.setattr(bubblewrap, "obstacle", lambda: "")
    assert (
        chosen("auto")[1] == "sandbox on: bubblewrap; no network for --agent-command without --agent-network"
    )
    monkeypatch.setattr(bubblewrap, "obstacle", lambda: "bubblewrap (bwrap) is not installed")
    monkeypatch.setattr(confine, "version", lambda: 7)
    box, note = chosen("always")
    assert box is not None
    assert box.kind == "landlock"
    assert "bubblewrap (bwrap) is not installed" in note
    assert "other processes can be seen" in note
    monkeypatch.setattr(confine, "version", lambda: 0)
    assert chosen("auto")[0] is None
    assert chosen("auto")[1].startswith("sandbox off: bubblewrap (bwrap) is not installed")
    with pytest.raises(UsageError, match="--sandbox always"):
        chosen("always")
