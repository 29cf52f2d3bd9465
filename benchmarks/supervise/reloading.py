"""How soon an edit is run, how often, and what watching costs."""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from benchmarks.supervise.measuring import RUNS, Output, family, running, show
from benchmarks.supervise.peers import Peers

CHILD = ["/bin/sh", "-c", "echo start; exec sleep 600"]
APP = 'print("start", flush=True)\nasync def app(scope, receive, send): ...\n'
ALL = ("watchfiles", "watchmedo", "nodemon", "entr", "uvicorn")
LOOKS = 3
"""Starts of each program that are timed until it is armed."""
QUIET = 0.15
"""Seconds of otorepair's quiet window."""
SETTLE = 0.8
"""Seconds after a restart in which another one would be one too many."""
COUNTED = 2
"""Edits of each kind of which the restarts are counted."""
IDLE = 10.0
LONGEST = 20.0
"""Seconds after which nobody waits for more watches."""


def append(path: Path) -> None:
    with path.open("a") as file:
        file.write("# more\n")


def vim(path: Path) -> None:
    text = path.read_text()
    (path.parent / "4913").touch()
    (path.parent / "4913").unlink()
    path.rename(f"{path}~")
    path.write_text(f"{text}# vim\n")
    Path(f"{path}~").unlink()


def replace(path: Path) -> None:
    new = path.with_name(".main.py.tmp")
    new.write_text(f"{path.read_text()}# replaced\n")
    new.replace(path)


def truncate(path: Path) -> None:
    text = path.read_text()
    with path.open("w") as file:
        file.flush()
        time.sleep(0.12)
        file.write(f"{text}# written late\n")


def checkout(path: Path) -> None:
    for number in range(500):
        (path.parent / f"module{number}.py").write_text(str(time.perf_counter_ns()))


EDITS: tuple[Callable[[Path], None], ...] = (append, vim, replace, truncate, checkout)


def project(folder: Path, files: int = 200, ignored: int = 0) -> Path:
    """A project with a ``main.py``; returns its path."""
    for number in range(files):
        package = folder / f"package{number % 20}"
        package.mkdir(exist_ok=True)
        (package / f"module{number}.py").write_text(str(number))
    for number in range(ignored // 100):
        for inner in range(100):
            (folder / "node_modules" / str(number) / str(inner)).mkdir(parents=True)
    (folder / "main.py").write_text(APP)
    return folder / "main.py"


def edit(peers: Peers, folder: Path) -> None:
    """File saved to first output of the new child, and whether every kind of edit is one restart."""
    late, right = {}, {}
    for name, command in peers.reloading(CHILD, folder, *ALL).items():
        place = folder / "project"
        place.mkdir()
        main = project(place)
        with running(
            [part.replace(str(folder), str(place)) for part in command], stdin=subprocess.DEVNULL
        ) as process:
            output = Output(process)
            output.wait(1, b"start", 10)
            await_watches(process)
            times = [saved(output, append, main)[0] for _ in range(RUNS)]
            counts = [saved(output, change, main)[1] for change in EDITS for _ in range(COUNTED)]
        late[name] = statistics.median(times)
        right[name] = float(counts.count(1))
        subprocess.run(["rm", "-rf", str(place)], check=True)
    late["otorepair, less 150 ms"] = late["otorepair"] - QUIET * 1000
    show("file saved to first output of the new child", late, "ms", "watchfiles")
    show(f"edits that are one restart, of {len(EDITS) * COUNTED}", right, "edits")


def saved(output: Output, change: Callable[[Path], None], path: Path) -> tuple[float, int]:
    """Milliseconds from the end of an edit to the next start, and how many starts there were."""
    before = output.text.count(b"start")
    change(path)
    begun = time.perf_counter()
    seen = output.wait(before + 1, b"start", 5)
    taken = (time.perf_counter() - begun) * 1000
    output.until(SETTLE)
    return (taken if seen else float("nan")), output.text.count(b"start") - before


def armed(peers: Peers, folder: Path) -> None:
    """How soon files are watched beside 20,000 folders in node_modules, and how many watches that takes."""
    project(folder, ignored=20_000)
    soon, watches = {}, {}
    for name, command in peers.reloading(CHILD, folder, *ALL).items():
        looks = [arming(command) for _ in range(LOOKS)]
        soon[name] = statistics.median(seconds * 1000 for seconds, _ in looks)
        watches[name] = float(looks[-1][1])
    show(f"watch armed beside 20,000 ignored folders (median of {LOOKS})", soon, "ms", "nodemon")
    show("inotify watches", watches, "")


def arming(command: list[str]) -> tuple[float, int]:
    """Seconds until the last watch was registered, and their number."""
    begun = time.perf_counter()
    with running(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        at, count = await_watches(process, quiet=1.5)
    return at - begun, count


def await_watches(process: subprocess.Popen[bytes], quiet: float = 0.5) -> tuple[float, int]:
    """When the last watch was registered, told after ``quiet`` seconds without another, and how many there are.

    A look stops the program for as long as it takes, so most of the time nobody looks.
    """
    begun = time.perf_counter()
    count, at = 0, begun
    while time.perf_counter() - at < quiet or (not count and time.perf_counter() - begun < 10):
        if time.perf_counter() - begun > LONGEST:
            break
        look = time.perf_counter()
        now = sum(map(registered, family(process)))
        if now != count:
            count, at = now, look
        time.sleep(max(0.005, 3 * (time.perf_counter() - look)))
    return at, count


def registered(process: psutil.Process) -> int:
    """Inotify watches of ``process``."""
    found = 0
    folder = Path("/proc") / str(process.pid)
    with contextlib.suppress(OSError):
        for link in os.scandir(folder / "fd"):
            with contextlib.suppress(OSError):
                if "inotify" in os.readlink(link.path):
                    found += (folder / "fdinfo" / link.name).read_bytes().count(b"inotify wd")
    return found


def idle(peers: Peers, folder: Path) -> None:
    """What watching costs while nothing happens, one look of ten seconds each."""
    for files in (200, 20_000):
        place = folder / str(files)
        place.mkdir()
        project(place, files)
        used = {
            name: resting(command)
            for name, command in peers.reloading(CHILD, place, *ALL).items()
            if name != "entr"
        }
        show(
            f"idle with {files} files: processor",
            {name: cpu for name, (cpu, _) in used.items()},
            "%",
            "watchfiles",
        )
        show(f"idle with {files} files: memory (PSS)", {name: pss for name, (_, pss) in used.items()}, "MiB")


def resting(command: list[str]) -> tuple[float, float]:
    """Per cent of a processor, and MiB, of all processes but the child."""
    with running(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        time.sleep(6)
        ours = [relative for relative in family(process) if relative.name() != "sleep"]
        before = sum(spent(relative) for relative in ours)
        time.sleep(IDLE)
        cpu = (sum(spent(relative) for relative in ours) - before) / IDLE * 100
        return cpu, sum(relative.memory_full_info().pss for relative in ours) / 2**20


def spent(process: psutil.Process) -> float:
    """Seconds of processor time, to the nanosecond: the usual figures count in hundredths of a second."""
    tasks = Path("/proc") / str(process.pid) / "task"
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()) / 1e9
