"""The programs to compare with, and how each of them is told to run a command."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.supervise.measuring import OTOREPAIR, OURS, Commands

PYTHON = ("watchfiles", "honcho", "watchdog[watchmedo]", "uvicorn")
PROGRAMS = {"watchdog[watchmedo]": "watchmedo"}
NODE = ("nodemon", "concurrently")
SYSTEM = ("entr", "hivemind", "script", "dumb-init")


class Peers:
    """Programs to compare with, by name; ``missing`` says why one is not there."""

    def __init__(self, folder: Path) -> None:
        self.missing: dict[str, str] = {}
        self._bin = folder / "venv" / "bin"
        self._node = folder / "node"
        if not self._bin.exists():
            self._install("pip", [sys.executable, "-m", "venv", str(folder / "venv")])
        for name in PYTHON:
            if not (self._bin / PROGRAMS.get(name, name)).exists():
                self._install(name, [str(self._bin / "pip"), "install", "-q", name])
        for name in NODE:
            if not (self._node / "node_modules" / name).exists():
                self._install(name, ["npm", "install", "--silent", "--prefix", str(self._node), name])
        for name in SYSTEM:
            if not shutil.which(name):
                self.missing[name] = "not on PATH"

    def find(self, name: str) -> str:
        """Path of a program; ``""``: it is not there."""
        for place in (self._bin / name, self._node / "node_modules" / ".bin" / name):
            if place.exists():
                return str(place)
        return shutil.which(name) or ""

    def wrapping(self, command: Sequence[str], folder: Path, *names: str) -> Commands:
        """How otorepair and those of ``names`` that are there run ``command`` once; ``folder`` is empty."""
        typed = shlex.join(command)
        (folder / "Procfile").write_text(f"web: {typed}\n")
        known = {
            "watchfiles": [typed, str(folder)],
            "honcho": ["-d", str(folder), "start"],
            "hivemind": [str(folder / "Procfile")],
            "nodemon": ["-q", "-w", str(folder), "--exec", typed],
            "concurrently": ["--raw", typed],
            "dumb-init": list(command),
        }
        there = {name: [self.find(name), *known[name]] for name in names if name in known and self.find(name)}
        if "entr" in names and self.find("entr"):
            there["entr"] = ["sh", "-c", f"echo {folder}/Procfile | entr -nr {typed}"]
        return {"otorepair": [*OURS, "--", *command], **there}

    def reloading(self, command: Sequence[str], folder: Path, *names: str) -> Commands:
        """How otorepair and those of ``names`` that are there restart ``command`` at a change in ``folder``."""
        typed, place = shlex.join(command), str(folder)
        known = {
            "watchfiles": ["--ignore-paths", f"{place}/node_modules", typed, place],
            "nodemon": ["-q", "-w", place, "-e", "py", "--exec", typed],
        }
        there = {name: [self.find(name), *known[name]] for name in names if name in known and self.find(name)}
        if "watchmedo" in names and self.find(
            "watchmedo"
        ):  # told another folder than its own it notices nothing
            options = ["auto-restart", "-d", ".", "-R", "-p", "*.py", "--", *command]
            words = shlex.join([self.find("watchmedo"), *options])
            there["watchmedo"] = ["sh", "-c", f"cd {place} && exec {words}"]
        if "entr" in names and self.find("entr"):
            files = f"find {place} -name node_modules -prune -o -name '*.py' -print"
            there["entr"] = ["sh", "-c", f"{files} | {self.find('entr')} -nr {typed}"]
        if "uvicorn" in names and self.find("uvicorn"):
            there["uvicorn --reload"] = [
                self.find("uvicorn"),
                "main:app",
                "--reload",
                "--port",
                "0",
                "--app-dir",
                place,
            ]
            there["uvicorn --reload"] += ["--reload-dir", place]
        return {"otorepair": [*OTOREPAIR, "-vv", "--watch", place, "--", *command], **there}

    def _install(self, name: str, command: list[str]) -> None:
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=240)
        except (OSError, subprocess.SubprocessError) as error:
            self.missing[name] = " ".join(str(error).split())[:100]
