"""Runs a program that needs the terminal for itself, such as an editor, and takes the terminal back afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence


def run_in_foreground(argv: Sequence[str]) -> int:
    """Run ``argv`` as the job in the foreground of our terminal and return its exit status.

    Its Ctrl-C is its own. Blocking; from any thread.

    Raises:
        OSError: it cannot be executed.
    """
    process = subprocess.Popen(argv, process_group=0)
    _give_terminal_to(process.pid)
    process.send_signal(signal.SIGCONT)  # it may have asked for the terminal before it had it
    try:
        return process.wait()
    finally:
        _give_terminal_to(os.getpgrp())


def _give_terminal_to(group: int) -> None:
    """Like a shell: from the background that is only allowed with SIGTTOU blocked (tcsetpgrp(3))."""
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
    try:
        os.tcsetpgrp(0, group)
    except OSError:
        pass  # the terminal is not the one that controls us, or the program has ended already
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
