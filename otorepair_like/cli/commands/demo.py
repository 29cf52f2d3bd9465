"""``otorepair demo``: repairs a crashing program while you watch, in a temporary copy, offline."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

PROGRAM = '''\
"""A program that needs a variable nobody has set: it dies on start."""

import os
import time

port = int(os.environ["PORT"])

print(f"listening on port {port}", flush=True)
time.sleep(4)
print("done", flush=True)
'''
"""Like ``examples/crash_on_start/app.py``, but it ends by itself. An installed otorepair has no examples folder."""


OURS = ("OTOREPAIR_", "PORT")
"""Prefixes of variables that are hidden from the demo."""


def demo() -> int:
    """Repair :data:`PROGRAM` in a temporary folder, show the change, and return the exit code."""
    with tempfile.TemporaryDirectory(prefix="otorepair-demo-") as folder:
        app = Path(folder, "app.py")
        app.write_text(PROGRAM, encoding="utf-8")
        Path(folder, "otorepair.toml").touch()  # the nearest project file, so no other one is used
        environ = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        environ["XDG_CONFIG_HOME"] = environ["XDG_STATE_HOME"] = folder
        otorepair = [sys.executable, "-m", "otorepair_like", "--backend", "recipes", "--workspace", folder]
        print(f'$ otorepair "python app.py"      (in {folder})', flush=True)
        done = subprocess.run(
            [*otorepair, "--", sys.executable, "app.py"], cwd=folder, env=environ, check=False
        )
        return done.returncode
