"""What is told to a person about the program's side, each in one line."""

from __future__ import annotations

from otorepair_like.supervise.messages import LeftBehind, Lost, ReaderLeft


def left_behind(message: LeftBehind) -> str:
    """Return a line about the daemons that a program left behind and that are ended; nothing if there are none."""
    daemons = [f"{one.command} (pid {one.pid})" for one in message.processes if one.daemon]
    if not daemons:
        return ""
    return f"ended with the program: {', '.join(daemons[:3])}; --keep-daemons leaves daemons running"


def reader_left(message: ReaderLeft) -> str:
    """Return why the output cannot be written any more; nothing if its reader has just left."""
    if not message.why:
        return ""
    return f"the output cannot be written ({message.stream}): {message.why}; the program is ended"


def lost(message: Lost) -> str:
    """Return what is not done any more, and why."""
    return f"{message.part} goes on no more: {message.why}"
