"""Draws ``docs/screen.svg``: the terminal while otorepair repairs ``examples/crash_on_start``.

Run it from the root of the repository: ``python -m docs.make_screen``. The run is a real one, in a terminal of its
own; only the name of its temporary folder is replaced. Seconds differ from run to run, so no test compares the picture.
"""

from __future__ import annotations

import os
import pty
import shlex
import shutil
import signal
import sys
import tempfile
import termios
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "screen.svg"
EXAMPLE = ROOT / "examples" / "crash_on_start"
COMMAND = 'otorepair --backend recipes "python app.py"'
FOLDER = "/home/you/crash_on_start"
COLUMNS, ROWS = 84, 40
ENOUGH = b"verified in"


def record(folder: Path) -> str:
    """Return what :data:`COMMAND` prints in ``folder`` on a terminal, until its repair is verified."""
    argv = shlex.split(COMMAND)
    environ = {
        "HOME": str(folder.parent),
        "LANG": "C.UTF-8",
        "PATH": f"{Path(sys.executable).parent}:{os.defpath}",
        "TERM": "xterm-256color",
    }
    pid, ours = pty.fork()
    if not pid:
        termios.tcsetwinsize(0, (ROWS, COLUMNS))
        os.chdir(folder)
        os.execvpe(argv[0], argv, environ)
    said = b""
    while ENOUGH not in said or not said.endswith(b"\n"):
        said += os.read(ours, 4096)
    os.kill(pid, signal.SIGTERM)
    os.waitpid(pid, 0)
    os.close(ours)
    return said.decode().replace("\r\n", "\n")


def draw(text: str) -> str:
    """Return a terminal that shows ``text``, as SVG."""
    from rich.console import Console
    from rich.text import Text

    console = Console(record=True, width=COLUMNS, file=open(os.devnull, "w"))  # noqa: SIM115
    console.print(Text.assemble(("$ ", "dim"), (COMMAND, "bold")))
    console.print(Text.from_ansi(text.rstrip()))
    return console.export_svg(title="otorepair")


def main() -> None:
    """Write :data:`PICTURE`."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(os.path.realpath(temporary), EXAMPLE.name)
        shutil.copytree(EXAMPLE, folder)
        text = record(folder).replace(str(folder), FOLDER)
    PICTURE.write_text(draw(text), "utf-8")


if __name__ == "__main__":
    main()
