"""What is told to a person about the program's side, each in one line."""

from __future__ import annotations

from otorepair_like.supervise.messages import LeftBehind, Lost, ReaderLeft


def sentence(message: ReaderLeft | LeftBehind | Lost) -> str:
    """Return what a message means for a person; nothing if it needs no word."""
    match message:
        case ReaderLeft(stream=stream, why=why):
            return f"the output cannot be written ({stream}): {why}; the program is ended" if why else ""
        case Lost(part=part, why=why):
            return f"{part} goes on no more: {why}"
    daemons = [f"{one.command} (pid {one.pid})" for one in message.processes if one.daemon]
    if not daemons:
        return ""
    return f"ended with the program: {', '.join(daemons[:3])}; --keep-daemons leaves daemons running"
