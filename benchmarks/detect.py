"""How well and how fast failures are detected: the figure table.

    python benchmarks/detect.py [FOLDER]

FOLDER holds ``cases.jsonl`` and ``decorated.jsonl`` (default: the project's own, ``tests/data/detect``). The set
``held.jsonl``, collected after the rules were made, is always the project's.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from otorepair_like.detect import Detector, prefilter, scanner
from otorepair_like.detect.replay import SETTLE, replay
from otorepair_like.incident import Incident

HERE = Path(__file__).resolve().parent
OWN = HERE.parent / "tests" / "data" / "detect"
WORKSPACE = Path("/home/dev/none")
NODE = {"javascript", "typescript"}
BUILD = {"build", "diagnostic"}

Case = dict[str, Any]


def load(path: Path) -> list[Case]:
    """The cases of a file."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def raw(case: Case) -> bytes:
    """The bytes a case's program printed."""
    return str(case["text"]).encode("utf-8", "surrogateescape")


def seen(case: Case) -> list[Incident]:
    """What the detector sees in a case."""
    detector = Detector(WORKSPACE, settle=SETTLE)
    return [one.incident for one in replay(detector, raw(case), "stderr")]


def recall(cases: Iterable[Case]) -> tuple[float, list[str]]:
    """The share of failing cases in which something was seen, and the others' names."""
    failing = [case for case in cases if case["label"] == "error"]
    missed = [case["id"] for case in failing if not seen(case)]
    return 1 - len(missed) / max(1, len(failing)), missed


def false_alarms(cases: Iterable[Case], *, hard: bool) -> tuple[float, list[str]]:
    """The share of harmless cases in which something was seen, and their names."""
    harmless = [case for case in cases if case["label"] == "benign" and ("hard" in case["tags"]) == hard]
    alarmed = [case["id"] for case in harmless if seen(case)]
    return len(alarmed) / max(1, len(harmless)), alarmed


def right(
    cases: Iterable[Case], field: str, told: Callable[[Case, Incident], bool]
) -> tuple[float, list[str]]:
    """The share of failing cases whose ``field`` is told rightly by an incident, and the others' names."""
    asked = [case for case in cases if case["label"] == "error" and case["expected"].get(field)]
    wrong = [case["id"] for case in asked if not any(told(case["expected"], one) for one in seen(case))]
    return 1 - len(wrong) / max(1, len(asked)), wrong


def type_right(expected: Case, incident: Incident) -> bool:
    """Whether the type is the expected one."""
    return incident.type == expected["type"]


def message_right(expected: Case, incident: Incident) -> bool:
    """Whether the message holds the expected words."""
    return expected["message"] in incident.message


def place_right(expected: Case, incident: Incident) -> bool:
    """Whether the own frame is the expected file, and line where one is expected."""
    frame = incident.own_frame
    if frame is None:
        return False
    named, wanted = frame.file.removeprefix("./"), expected["file"].removeprefix("./")
    same = wanted == named or wanted.endswith("/" + named) or named.endswith("/" + wanted)
    return same and expected.get("line") in (None, frame.line)


def latencies(cases: Iterable[Case], *, chatter: float = 0.0) -> tuple[list[float], list[float]]:
    """Seconds from a case's last byte to its first incident: of sure ones, of all; with other output between."""
    sure, every = [], []
    for case in cases:
        if case["label"] != "error" or not (found := _first(raw(case), chatter)):
            continue
        incident, after = found
        every.append(after)
        if incident.certain:
            sure.append(after)
    return sure, every


def _first(data: bytes, chatter: float) -> tuple[Incident, float] | None:
    detector = Detector(WORKSPACE, settle=SETTLE)
    told = detector.feed("stderr", data if data.endswith(b"\n") else data + b"\n", 0.0)
    now, spoken = 0.0, 0.0
    while not told and (due := detector.due()) is not None:
        if chatter and due > spoken + chatter:
            now = spoken = spoken + chatter
            told = detector.feed("stderr", b"INFO:     still serving\n", now)
        else:
            now = due
            told = detector.tick(now)
    return (told[0], now) if told else None


def ordinary(size: int) -> bytes:
    """Access logs, framework chatter, JSON records; one line in a hundred speaks of errors without being one."""
    kinds = (
        '127.0.0.1 - - [21/Nov/2026 00:25:17] "GET /items/{n}?q=abc HTTP/1.1" 200 {n}',
        'INFO:     127.0.0.1:{n} - "POST /api/orders/{n} HTTP/1.1" 201 Created',
        "2026-11-21 00:18:38,{n} [INFO] shop.orders: priced order {n} for customer {n} in 12 ms",
        '{{"level":30,"time":{n},"pid":17,"req":{{"method":"GET","url":"/cart/{n}"}},"msg":"request completed"}}',
        "10:11:13 AM [vite] (client) hmr update /src/pages/Cart{n}.tsx",
    )
    lines = [
        kinds[n % 5].format(n=n) if n % 100 else "INFO:app:0 errors, GET /errors 200"
        for n in range(size // 90)
    ]
    return ("\n".join(lines) + "\n").encode()


def failing(size: int) -> bytes:
    """Every line an error line."""
    line = "ERROR: order {n} failed: no answer from 10.0.0.{m} after {m} ms, giving up for good\n"
    return "".join(line.format(n=n, m=n % 250) for n in range(size // 90)).encode()


def throughput(data: bytes, chunk: int = 65536) -> float:
    """Megabytes a second through gate and machine, the best of three."""
    best = float("inf")
    for _ in range(3):
        detector = Detector(WORKSPACE)
        began = time.perf_counter()
        for at in range(0, len(data), chunk):
            detector.feed("stderr", data[at : at + chunk], at / 1e8)
        best = min(best, time.perf_counter() - began)
    return len(data) / 1e6 / best


def _row(name: str, value: str, missed: Iterable[str] = ()) -> None:
    print(f"{name:52} {value:>10}  {' '.join(missed)}".rstrip())


def among_chatter(cases: list[Case]) -> list[Case]:
    """Return each case as one stream with what harmless programs print before and after it, as at a terminal."""
    harmless = [case for case in cases if case["label"] == "benign" and "hard" not in case["tags"]]

    def around(place: int, case: Case) -> Case:
        before, after = harmless[place % len(harmless)], harmless[(7 * place + 3) % len(harmless)]
        lines = [str(one["text"]).rstrip("\n") + "\n" for one in (before, case, after)]
        return {**case, "text": "".join(lines)}

    return [around(place, case) for place, case in enumerate(cases)]


def _share(name: str, share: tuple[float, list[str]]) -> None:
    _row(name, f"{share[0]:.1%}", share[1])


def _milliseconds(name: str, seconds: list[float]) -> None:
    ordered = sorted(seconds)
    p95 = ordered[int(0.95 * (len(ordered) - 1))]
    told = f"{statistics.median(ordered) * 1e3:.0f} / {p95 * 1e3:.0f} / {ordered[-1] * 1e3:.0f} ms"
    _row(f"{name}: p50 / p95 / most", told)


def quality(cases: list[Case], decorated: list[Case]) -> None:
    """Print what is found and what is told of it."""
    _share("recall", recall(cases))
    _share("recall, decorated", recall(decorated))
    _share("recall, both streams in one", recall(among_chatter(cases)))
    _share("false alarms, both streams in one", false_alarms(among_chatter(cases), hard=False))
    _share("false alarms, plain", false_alarms(cases, hard=False))
    _share("false alarms, hard", false_alarms(cases, hard=True))
    python = [case for case in cases if case["language"] == "python"]
    build = [case for case in cases if case["kind"] in BUILD]
    node = [case for case in cases if case["language"] in NODE and case["kind"] not in BUILD]
    _share("type right, Python", right(python, "type", type_right))
    _share("message right, Python", right(python, "message", message_right))
    for name, group in (("Python", python), ("JavaScript", node), ("build tools", build)):
        _share(f"own frame right, {name}", right(group, "file", place_right))


def held() -> None:
    """Print what is found in the output of other tools, versions and log formats."""
    cases = load(OWN / "held.jsonl")
    _share("held set: recall", recall(cases))
    alarms = [*false_alarms(cases, hard=False)[1], *false_alarms(cases, hard=True)[1]]
    _share("held set: false alarms", (len(alarms) / sum(case["label"] == "benign" for case in cases), alarms))
    for field, told in (("type", type_right), ("message", message_right), ("file", place_right)):
        _share(f"held set: {field} right", right(cases, field, told))


def speed(cases: list[Case]) -> None:
    """Print how soon and at what cost."""
    sure, every = latencies(cases)
    _milliseconds("last byte to incident, structured", sure)
    _milliseconds("last byte to incident, any", every)
    sure, every = latencies(cases, chatter=0.05)
    _milliseconds("the same with chatter every 50 ms, structured", sure)
    _milliseconds("the same with chatter every 50 ms, any", every)
    logs, storm = ordinary(20_000_000), failing(5_000_000)
    used = scanner.line_filter
    for name, one in (("standard library", prefilter.WordFilter), ("google-re2", prefilter.automaton_filter)):
        if one is not None:
            scanner.line_filter = one
            _row(f"ordinary logs, {name}", f"{throughput(logs):.0f} MB/s")
    scanner.line_filter = used
    _row("every line an error line", f"{throughput(storm):.0f} MB/s")


def quiet(seconds: float = 10.0) -> None:
    """Print the share of a processor that otorepair takes while its child is silent, and while it chats."""
    for name, child in (
        ("silent", "sleep 60"),
        ("chatting", "while echo INFO: still serving; do sleep 0.05; done"),
    ):
        with tempfile.TemporaryDirectory() as home:
            started = subprocess.Popen(
                [sys.executable, "-m", "otorepair_like", "--backend", "none", child],
                cwd=home,
                env={"PATH": os.environ["PATH"], "HOME": home, "PYTHONPATH": str(HERE.parent)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            try:
                time.sleep(2.0)  # until it has started
                before = _processor(started.pid)
                time.sleep(seconds)
                if started.poll() is not None:
                    raise RuntimeError(f"otorepair ended with {started.returncode}")
                share = (_processor(started.pid) - before) / seconds
            finally:
                started.terminate()
                started.wait()
        _row(f"processor of a {name} child's otorepair", f"{share:.2%}")


def _processor(pid: int) -> float:
    """Seconds of processor time that a process has used (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print the table."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else OWN
    cases, decorated = load(folder / "cases.jsonl"), load(folder / "decorated.jsonl")
    quality(cases, decorated)
    held()
    speed(cases)
    quiet()


if __name__ == "__main__":
    main()
