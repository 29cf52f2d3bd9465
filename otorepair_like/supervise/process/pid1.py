"""The duties of process 1, for when otorepair is a container's first process: reap orphans, hand signals on.

What is expected of it follows tini and dumb-init, whose whole purpose it is.
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress

KERNEL = 0x80
"""``SI_KERNEL`` of sigaction(2): sent by a terminal, to our whole group, so not to be handed on."""


def divide() -> None:
    """As process 1, fork: the caller goes on in the child, and process 1 serves until it ends. Else nothing.

    Process 1 exits as the child does.
    """
    if os.getpid() != 1 or not hasattr(signal, "sigwaitinfo"):
        return
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    pid = os.fork()
    if pid:
        os._exit(_serve(pid))
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _serve(pid: int) -> int:
    """Hand signals on to ``pid`` and reap, until it ends; its exit code."""
    while True:
        info = signal.sigwaitinfo(signal.valid_signals())
        if info.si_signo == signal.SIGCHLD:
            code = _reap(pid)
            if code is not None:
                return code
        elif info.si_code != KERNEL:
            with suppress(OSError):
                os.kill(pid, info.si_signo)


def _reap(pid: int) -> int | None:
    """Collect all that ended; the exit code if ``pid`` is among them."""
    while True:
        ended, status = os.waitpid(-1, os.WNOHANG)
        if not ended:
            return None
        if ended == pid:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code
