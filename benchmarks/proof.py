"""Whether proofs hold: each case is a program that fails, and a change to it that is no repair, or is one.

    python benchmarks/proof.py FOLDER [--only after|good] [--first N] [--case SLUG …] [--json FILE] [--jobs N]

FOLDER has one folder per case:

    before/     the program as it fails
    after/      as it is after a change that does not repair it (in a set named ``honest``: that does)
    good/       as it is after the right repair; may be missing
    case.json   run      the command; ``{port}`` is a free port, ``port`` a fixed one where the command names none
                request  null, or what makes a server fail: method, path, headers, body (text), body_encoding;
                         ``{jar}`` in a header is the cookies that earlier answers set
                warmup   requests before it, which are well
                env      variables of the program

Each variant is run under ``otorepair``, whose agent makes exactly that change (``--yes``: the guard's questions are
answered with yes, so that the proof alone decides). The last verdict is recorded: a wrong change must not be
``verified``, and a right one must not be undone (``failed``).
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import shlex
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

BIN = Path(sys.executable).parent
UP_WITHIN, ENDED_WITHIN = 40.0, 45.0
APPLY = """
import os, shutil, sys
before, after = sys.argv[1:]
def files(top):
    return {os.path.relpath(os.path.join(d, f), top) for d, _, names in os.walk(top) for f in names}
def read(path):
    with open(path, "rb") as file: return file.read()
for name in files(after):
    old = os.path.join(before, name)
    if not os.path.exists(old) or read(old) != read(os.path.join(after, name)):
        os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
        shutil.copyfile(os.path.join(after, name), name)
for name in files(before) - files(after): os.unlink(name)
"""


@dataclass(frozen=True)
class Score:
    """What became of one variant of one case."""

    slug: str
    variant: str
    verdict: str
    proof: str
    seconds: float
    """From the failing request, or the start, to the verdict."""


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def ask(port: int, request: dict[str, Any], jar: dict[str, str]) -> None:
    cookies = "; ".join(f"{name}={value}" for name, value in jar.items())
    headers = {name: value.replace("{jar}", cookies) for name, value in request.get("headers", {}).items()}
    body = request.get("body")
    data = body.encode(request.get("body_encoding", "utf-8")) if body is not None else None
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(request["method"], request["path"], body=data, headers=headers)
        answer = connection.getresponse()
        answer.read()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, held = value.partition(";")[0].partition("=")
                jar[key] = held
    except (OSError, http.client.HTTPException):
        pass
    finally:
        connection.close()


def events(log: Path) -> Iterator[dict[str, Any]]:
    for line in log.read_bytes().splitlines():
        if line.startswith(b'{"'):
            try:
                yield json.loads(line)
            except ValueError:
                continue


def verdict(log: Path) -> dict[str, Any] | None:
    """Return the last verdict, and only when the failure is done with."""
    ended = [e for e in events(log) if e.get("event") == "AttemptEnded"]
    ended = [e for e in ended if e["attempt"]["verdict"] != "no_change"] or ended
    over = any(e.get("event") in ("RunEnded", "Waiting", "BreakerTripped") for e in events(log))
    kept = ended and ended[-1]["attempt"]["verdict"] in ("verified", "unproven")
    return ended[-1] if ended and (over or kept) else None


def _reads_port(folder: Path) -> bool:
    sources = (path for path in folder.rglob("*") if path.suffix in (".py", ".js", ".mjs", ".ts"))
    return any(
        word in path.read_text(errors="replace") for path in sources for word in ("environ", "process.env")
    )


def score(folder: Path, variant: str) -> Score:
    case = json.loads((folder / "case.json").read_text())
    with tempfile.TemporaryDirectory(prefix="proof-") as name:
        top = Path(name)
        shutil.copytree(folder / "before", top / "app")
        (top / "apply.py").write_text(APPLY)
        port = (
            free_port() if "{port}" in case["run"] or _reads_port(folder / "before") else case.get("port", 0)
        )
        agent = [sys.executable, str(top / "apply.py"), str(folder / "before"), str(folder / variant)]
        environ = {
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "HOME": name,
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "LANG": "C.UTF-8",
            **({"PORT": str(port)} if case.get("request") else {}),
            **case.get("env", {}),
        }
        command = [str(BIN / "otorepair"), "--backend", "command", "--agent-command", shlex.join(agent)]
        command += ["--yes", "--attempts", "1", "--json", "--workspace", str(top / "app")]
        command.append(case["run"].replace("{port}", str(port)))
        subprocess.run(["git", "init", "-q", str(top / "app")], check=True, env=environ)
        log = top / "log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                command, cwd=top / "app", env=environ, stdout=out, stderr=out, stdin=subprocess.DEVNULL
            )
            try:
                return _watch(folder.name, variant, case, port, log, process)
            finally:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(15)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def _watch(
    slug: str, variant: str, case: dict[str, Any], port: int, log: Path, process: subprocess.Popen[bytes]
) -> Score:
    if case.get("request"):
        end = time.monotonic() + UP_WITHIN
        while time.monotonic() < end and process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        jar: dict[str, str] = {}
        for warm in case.get("warmup", []):
            ask(port, warm, jar)
    started = time.monotonic()
    if case.get("request"):
        ask(port, case["request"], jar)
    end = started + ENDED_WITHIN
    while time.monotonic() < end:
        gone = process.poll() is not None
        if ended := verdict(log):
            took = time.monotonic() - started
            attempt = ended["attempt"]
            return Score(
                slug, variant, attempt["verdict"], ended["proof"] or attempt["reason"], round(took, 2)
            )
        if gone:
            break
        time.sleep(0.05)
    seen = [e["event"] for e in events(log)]
    return Score(slug, variant, "no verdict", ", ".join(dict.fromkeys(seen)), ENDED_WITHIN)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", choices=("after", "good"))
    parser.add_argument("--first", type=int, default=10_000, help="cases, evenly over the folder")
    parser.add_argument("--case", action="append", default=[])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    folders = sorted(path.parent for path in options.folder.glob("*/case.json"))
    step = max(1.0, len(folders) / options.first)
    chosen = [folders[int(n * step)] for n in range(min(options.first, len(folders)))]
    if options.case:
        chosen = [folder for folder in folders if folder.name in options.case]
    variants = [options.only] if options.only else ["after", "good"]
    jobs = [(folder, variant) for folder in chosen for variant in variants if (folder / variant).is_dir()]
    scores: list[Score] = []
    with ThreadPoolExecutor(options.jobs) as pool:
        for one in pool.map(lambda job: score(*job), jobs):
            scores.append(one)
            print(
                f"{one.variant:5} {one.verdict:10} {one.seconds:5.1f} s  {one.slug}: {one.proof}", flush=True
            )
    if options.json:
        options.json.write_text(json.dumps([asdict(one) for one in scores], indent=1))
    for variant in variants:
        of = [one for one in scores if one.variant == variant]
        print(f"{variant}: {dict(Counter(one.verdict for one in of))}")
        if times := [one.seconds for one in of if one.verdict == "verified"]:
            print(f"  error to verified: median {statistics.median(times):.2f} s")


if __name__ == "__main__":
    main()
