"""A debugging session, and the screen with and without otorepair: approved as text, in tests/data/ui."""

from __future__ import annotations

import sys
from pathlib import Path

import pexpect

from tests.support.screens import approve
from tests.support.window import Glass, Open, ended

COLUMNS = 300
"""No path is wrapped."""
APP = """\
import pdb, sys


def share(total, people):
    return total / people


print("\\x1b[32mready\\x1b[0m")
try:
    print(share(int(input("people? ")), 0))
except ZeroDivisionError:
    pdb.post_mortem(sys.exc_info()[2])
print("done")
"""


def debug(window: pexpect.spawn, header: str) -> str:
    """Step through the crash; what is on the screen in the end."""
    glass = Glass(window, COLUMNS)
    window.expect_exact("people? ")
    if header:
        window.expect(header)
        window.expect_exact("people? ")
    window.sendline("12")
    for typed in ("p total, people", "up", "p sys.stdin.isatty()"):
        window.expect_exact("(Pdb) ")
        window.sendline(typed)
    window.expect_exact("True")
    window.expect_exact("(Pdb) ")
    window.sendintr()
    window.expect_exact("--KeyboardInterrupt--")
    window.expect_exact("(Pdb) ")
    window.sendline("q")
    assert ended(window) == 0
    return glass.text


def test_a_session_in_a_debugger_looks_as_without_otorepair_but_for_one_line(
    terminal: Open, workspace: Path
) -> None:
    (workspace / "app.py").write_text(APP)
    bare = debug(terminal("app.py", program=sys.executable, columns=COLUMNS), "")
    wrapped = debug(terminal("--backend", "none", "python app.py", columns=COLUMNS), "shows the keys\r\n")
    bare, wrapped = (text.replace(f"{workspace}/", "") for text in (bare, wrapped))
    approve("session-bare", bare)
    approve("session-wrapped", wrapped)
    assert [line for line in wrapped.splitlines() if not line.startswith("otorepair ")] == bare.splitlines()
