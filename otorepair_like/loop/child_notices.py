"""Messages to a person about the program's side, each in one line."""

from __future__ import annotations

from otorepair_like import events
from otorepair_like.supervise.messages import Gone, LeftBehind, Lost, ReaderLeft, Skipped, Watching

Told = ReaderLeft | LeftBehind | Lost | Skipped | Gone | Watching


def notice(message: Told) -> events.Notice | None:
    """Return what a message means for a person; ``None`` if it needs no word."""
    text, level = _sentence(message), 0
    if isinstance(message, Skipped):
        level = 1
    elif isinstance(message, Watching) and not message.polling:
        level = 2
    return events.Notice(text=text, level=level) if text else None


def _sentence(message: Told) -> str:
    match message:
        case Skipped(bytes=size, stream=stream):
            return f"{size} bytes of {stream} came too fast to be searched for errors; all were shown"
        case ReaderLeft(stream=stream, why=why):
            return f"the output cannot be written ({stream}): {why}; the program is ended" if why else ""
        case Lost(part=part, why=why):
            return f"{part} goes on no more: {why}"
        case Gone(left=left):
            return (
                f"{left} processes of the child could not be ended; see 'ps' and end them yourself"
                if left
                else ""
            )
        case Watching(polling=why) if why:
            return f"files are polled for changes: {why}"
        case Watching(files=files, folders=folders):
            return f"{files} files in {folders} folders are watched"
        case LeftBehind(processes=processes):
            return _daemons([f"{one.command} (pid {one.pid})" for one in processes if one.daemon])


def _daemons(named: list[str]) -> str:
    if not named:
        return ""
    return f"ended with the program: {', '.join(named[:3])}; --keep-daemons leaves daemons running"
