"""Python: tracebacks of single exceptions, chains, groups, syntax errors and other processes; faulthandler dumps.

The formats are those of CPython's ``traceback`` module and ``Python/pythonrun.c`` (3.8 to 3.14), of PyPy, and of
loguru, which marks the catching frame with ``>``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from otorepair_like.detect.grammar import Block, Grammar, Step
from otorepair_like.detect.log_prefix import LogLine, split
from otorepair_like.detect.ownership import is_library
from otorepair_like.incident import Frame, Incident, make_frame

_HEADER: Final = re.compile(
    r"(?:^|(?<=[^\w`'\"(]))(?:\+ )?(?:Exception Group )?Traceback \(most recent call last\):$"
)
_CHAIN: Final = re.compile(
    r"(?:During handling of the above exception, another exception occurred"
    r"|The above exception was the direct cause of the following exception):$"
)
_REMOTE: Final = re.compile(r"(?:[\w.]+\.)?_?RemoteTraceback: ?$")
_FRAME: Final = re.compile(
    r'\s*(?:> )?File "(?P<file>[^"]+)", line (?P<line>\d+)(?:,? in (?P<function>.+))?$'
)
_RAISED: Final = re.compile(r"(?P<type>[A-Za-z_]\w*(?:\.[\w<>]+)*)(?:: ?(?P<message>.*))?$")
_TYPE: Final = re.compile(
    r"(?:[\w<>]+\.)*(?:[A-Z]\w*|_[A-Z]\w*|error|timeout|herror|gaierror)$|[\w<>]+(?:\.[\w<>]+)+$"
)
_MARGIN: Final = re.compile(r"\s*[|+][ -]?")
_SPLIT: Final = re.compile(r"\s*\+-[+-]?-+ (?P<number>\d+|\.\.\.) -+$")
_GROUP_END: Final = re.compile(r"\s*\+-{10,}$")
_DUMP: Final = re.compile(r"(?:Fatal Python error: (?P<fatal>.+)|(?P<timeout>Timeout) \([\d:.]+\)!)$")
_NOT_TYPES: Final = frozenset(
    {
        "INFO",
        "DEBUG",
        "WARNING",
        "WARN",
        "ERROR",
        "CRITICAL",
        "FATAL",
        "TRACE",
        "NOTICE",
        "Message",
        "Arguments",
    }
)
_ANY_TYPE: Final = re.compile(r"(?P<type>[A-Za-z_]\w*)(?:: (?P<message>.*))?$")
_HELD: Final = 20

# Raised when a person stops the program or a client disconnects: no failure of the program.
_STOPS: Final = frozenset({"KeyboardInterrupt", "CancelledError", "GeneratorExit"})
_CLIENT_GONE: Final = frozenset(
    {
        "BrokenPipeError",
        "ConnectionResetError",
        "ConnectionAbortedError",
        "ClientDisconnect",
        "ClientDisconnected",
    }
)
_BY_FRAMEWORK: Final = re.compile(
    r"(?i)exception (?:in|on|ignored|occurred|was never)|unhandled|uncaught|internal server error|never retrieved"
    r"|error handling request|error in asgi|startup failed|^process [\w-]+:|failed to load"
)
_SERVERS: Final = re.compile(
    r"socketserver\.py|wsgiref|http/(?:server|client)\.py|uvicorn|gunicorn|hypercorn|waitress|asyncio|werkzeug|aiohttp|starlette|socket\.py|ssl\.py"
)


@dataclass(slots=True)
class _Raised:
    """One exception: its frames, type and message."""

    frames: list[Frame] = field(default_factory=list)
    type: str = ""
    message: str = ""
    remote: bool = False
    leaves: list[_Raised] = field(default_factory=list)


class Python(Grammar):
    """Tracebacks."""

    marks = (
        "call last)",
        "following exception:",
        "RemoteTraceback",
        'File "',
        "Fatal Python",
        "Timeout (",
        "above exception",
    )

    def opens(self, line: LogLine) -> str | None:
        body = line.body
        if body.endswith("call last):") and (match := _HEADER.search(body)):
            return body if match.group().startswith("+") else match.group()
        if body.endswith(":") and _CHAIN.match(body):
            return body
        if body.endswith(("Traceback:", "Traceback: ")) and _REMOTE.match(body):
            return body
        if 'File "' in body and _FRAME.match(body):
            return body
        if body.startswith(("Fatal Python", "Timeout (")) and _DUMP.match(body):
            return body
        return None

    def step(self, block: Block, text: str) -> Step:
        if not block.state:
            block.state = _first_state(block.lines[0])
        return _STEPS[block.state](block, text)

    def read(self, block: Block) -> list[Incident]:
        first = block.lines[0]
        if dump := _DUMP.match(first):
            return [_dump_incident(dump["fatal"] or dump["timeout"], block.lines)]
        raised = _chain(block.lines)
        if not raised[-1].type:
            raised[-1].type, raised[-1].message = _unusual_type(block)
        last = next((exception for exception in reversed(raised) if exception.type), None)
        # Without a frame it is only an example in a text.
        if (
            last is None
            or _is_harmless(last)
            or not any(exception.frames or exception.leaves for exception in raised)
        ):
            return []
        if twins := [
            exception
            for exception in raised
            if exception.type and exception is not last and exception.frames is last.frames
        ]:
            return [_incident([exception], block) for exception in [*twins, last]]
        return [_incident(raised, block)]


def _unusual_type(block: Block) -> tuple[str, str]:
    """Return type and message of an unusual type: any name below the frames, or the line above (AWS Lambda)."""
    end = next((text for text in reversed(block.lines) if text.strip()), "")
    above = block.line_above
    if "Traceback" in block.lines[0] and (match := _ANY_TYPE.match(end)):
        return match["type"], match["message"] or ""
    if above is not None and _is_raised(above.body) and (match := _RAISED.match(above.body)):
        return match["type"], match["message"] or ""
    return "", ""


def _first_state(first: str) -> str:
    if _DUMP.match(first):
        return "dump"
    if "+ Exception Group" in first:
        return "group"
    return "chain" if _CHAIN.match(first) or _REMOTE.match(first) else "frames"


def _in_frames(block: Block, text: str) -> Step:
    if not text.strip() or text[0] in " \t>" or text == '"""':
        return Step.IN
    if _HEADER.match(text):
        return Step.IN
    if _is_raised(text):
        block.state = "raised"
        return Step.COMPLETE
    # A type may have any name; this was one if no better line follows.
    return Step.MAYBE if not block.held and _ANY_TYPE.match(text) else Step.SKIP


def _in_group(block: Block, text: str) -> Step:
    if _GROUP_END.match(text):
        block.state = "raised"
        return Step.COMPLETE
    if text.lstrip()[:1] in ("|", "+"):
        return Step.IN
    return Step.SKIP


def _after_type(block: Block, text: str) -> Step:
    if _CHAIN.match(text):
        block.state = "chain"
        return Step.IN
    if text == '"""':
        return Step.IN
    if text.lstrip()[:1] in ("|", "+") and _MARGIN.match(text) and block.lines[-1].lstrip()[:1] in ("|", "+"):
        return Step.COMPLETE
    headers = sum(line.startswith("Traceback (most") for line in block.lines[:4])
    if headers > 1 and _is_raised(text):
        return Step.COMPLETE
    if not text.strip():
        return Step.OUT if block.held and not block.held[-1].strip() else Step.MAYBE
    if block.held and not block.held[-1].strip():
        return Step.OUT
    if text[0] in " \t":
        return Step.COMPLETE
    return Step.MAYBE if len(block.held) < _HELD else Step.OUT


def _in_chain(block: Block, text: str) -> Step:
    if not text.strip() or text == '"""':
        return Step.IN
    if _HEADER.search(text):
        block.state = "group" if "+ Exception Group" in text else "frames"
        return Step.IN
    if _FRAME.match(text):
        block.state = "frames"
        return Step.IN
    if _is_raised(text):
        block.state = "raised"
        return Step.COMPLETE
    return Step.SKIP


def _in_dump(block: Block, text: str) -> Step:
    if (
        _FRAME.match(text)
        or "most recent call first" in text
        or text.startswith(("Extension modules", "Python runtime"))
    ):
        return Step.COMPLETE if _FRAME.match(text) else Step.IN
    if not text.strip() or text.startswith(("Thread 0x", "Current thread", "  ")):
        return Step.IN
    return Step.OUT if block.lines[1:] else Step.SKIP


_STEPS: Final = {
    "frames": _in_frames,
    "group": _in_group,
    "raised": _after_type,
    "chain": _in_chain,
    "dump": _in_dump,
}


def _is_raised(text: str) -> bool:
    match = _RAISED.match(text)
    return bool(match and match["type"] not in _NOT_TYPES and _TYPE.match(match["type"]))


def _chain(lines: list[str]) -> list[_Raised]:
    """Return every exception of a block in the order printed; leaves are in their groups."""
    raised: list[_Raised] = [_Raised()]
    remote = False
    for number, text in enumerate(lines):
        margin = _MARGIN.match(text) if text.lstrip()[:1] in ("|", "+") else None
        bare = text[margin.end() :] if margin else text
        now = raised[-1].leaves[-1] if raised[-1].leaves else raised[-1]
        if _SPLIT.match(text):
            raised[-1].leaves.append(_Raised())
        elif _REMOTE.match(bare):
            remote = True
        elif _CHAIN.match(bare.strip()):
            raised = _next(raised, now, inside=margin is not None)
        elif match := _FRAME.match(bare):
            now.frames.append(_frame(match, lines, number))
        elif (match := _RAISED.match(bare)) and _is_raised(bare) and not _HEADER.search(bare):
            _set_type(raised, now, match, remote)
            remote = False
    return raised


def _next(raised: list[_Raised], now: _Raised, *, inside: bool) -> list[_Raised]:
    """Start the next exception of a chain; within a group the last exception of the chain is the leaf."""
    if inside and raised[-1].leaves:
        raised[-1].leaves[-1] = _Raised(frames=list(now.frames))
        return raised
    return [*raised, _Raised()]


def _set_type(raised: list[_Raised], now: _Raised, match: re.Match[str], remote: bool) -> None:
    kind, message = match["type"], match["message"] or ""
    if not now.type:
        now.type, now.message, now.remote = kind, message, remote
    elif now is raised[-1] and now.frames and not raised[-1].leaves:
        # A second exception line below the same frames: two threads printed at once.
        raised.append(_Raised(frames=now.frames, type=kind, message=message))


def _frame(match: re.Match[str], lines: list[str], number: int) -> Frame:
    following = lines[number + 1] if number + 1 < len(lines) else ""
    margin = _MARGIN.match(following) if following.lstrip()[:1] in ("|", "+") else None
    source = (following[margin.end() :] if margin else following).strip()
    if (
        _FRAME.match(following)
        or not source
        or (margin is None and following[:1] not in " \t")
        or source.startswith("[")
    ):
        source = ""
    return make_frame(match["file"], match["line"], match["function"] or "", source)


def _is_harmless(last: _Raised) -> bool:
    """Return whether the program was stopped on purpose or a client disconnected."""
    kind = last.type.rpartition(".")[2]
    if kind in _STOPS:
        return True
    return bool(kind in _CLIENT_GONE and last.frames and _SERVERS.search(last.frames[-1].file))


def _level(block: Block) -> str:
    """Return the level of the log line above the traceback."""
    if block.line.level:
        return block.line.level
    carrier = split(block.before[-1]) if block.before else None
    return carrier.level if carrier and "eload" not in carrier.body else ""


def _incident(raised: list[_Raised], block: Block) -> Incident:
    exceptions = [exception for exception in raised if exception.type]
    last = exceptions[-1]
    root = next(
        (
            exception.leaves[0]
            for exception in exceptions[:1]
            if exception.leaves and exception.leaves[0].type
        ),
        exceptions[0],
    )
    chain = tuple((exception.type, exception.message) for exception in exceptions)
    return Incident(
        type=last.type,
        message=last.message,
        frames=tuple(_path(exceptions)),
        language="python",
        root_type=root.type,
        root_message=root.message,
        chain=chain if len(chain) > 1 else (),
        severity="warning" if _level(block) in ("warning", "debug") else "error",
        handled=_is_handled(block, exceptions),
    )


def _path(exceptions: list[_Raised]) -> list[Frame]:
    """Return all frames, oldest first, the place of the failure last, also that of a remote process or a task group."""
    frames: list[Frame] = []
    last = exceptions[-1]
    for exception in exceptions:
        if exception is last or not exception.remote:
            frames += exception.frames
    frames += [
        frame
        for exception in exceptions
        if exception.remote and exception is not last
        for frame in exception.frames
    ]
    if last.leaves and not (last.frames and _raised_by_hand(last.frames[-1])):
        frames += last.leaves[0].frames
    return frames


def _raised_by_hand(frame: Frame) -> bool:
    """Return whether the user's own code raised a group; if a library raised it, the leaf has the place."""
    return frame.source.startswith("raise ") and not is_library(frame.file)


def _is_handled(block: Block, exceptions: list[_Raised]) -> bool:
    """Return whether the program logged it on purpose, and not the catch-all of a framework."""
    carrier = block.line.content if block.line.level else (block.before[-1] if block.before else "")
    if _level(block) not in ("error", "fatal") or _BY_FRAMEWORK.search(carrier):
        return False
    return bool(exceptions[-1].frames) and not _SERVERS.search(exceptions[-1].frames[0].file)


def _dump_incident(reason: str, lines: list[str]) -> Incident:
    """Return the incident of a faulthandler dump, which prints the innermost call first."""
    frames = [
        make_frame(match["file"], match["line"], match["function"] or "")
        for match in map(_FRAME.match, lines)
        if match
    ]
    return Incident("", reason, tuple(reversed(frames)), language="python", severity="fatal")
