"""Prints the rows that are named on the command line, all by default."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.supervise import relaying, reloading, starting, stopping
from benchmarks.supervise.peers import Peers

Row = Callable[[Peers, Path], None]
ROWS: dict[str, Row] = {
    "start": starting.start,
    "relay-pipe": relaying.relay_pipe,
    "relay-terminal": relaying.relay_terminal,
    "latency": starting.latency,
    "restart": starting.restart,
    "crash-loop": starting.crash_loop,
    "edit": reloading.edit,
    "armed": reloading.armed,
    "idle": reloading.idle,
    "stop": stopping.stop,
    "rebind": stopping.rebind,
    "stalled": relaying.stalled,
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.supervise", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=" ".join(ROWS))
    parser.add_argument("--peers", type=Path, metavar="DIR", help="keep the peers there for the next run")
    given = parser.parse_args()
    names = given.rows
    if unknown := [name for name in names if name not in ROWS]:
        parser.error(f"no row {' '.join(unknown)}; there are {' '.join(ROWS)}")
    with tempfile.TemporaryDirectory() as temporary:
        peers = Peers(given.peers or Path(temporary))
        for name, reason in peers.missing.items():
            print(f"left out: {name}: {reason}")
        for name in names or ROWS:
            with tempfile.TemporaryDirectory() as folder:
                ROWS[name](peers, Path(folder))


if __name__ == "__main__":
    main()
