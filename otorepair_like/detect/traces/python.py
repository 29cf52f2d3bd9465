"""Python: tracebacks plain, chained, in groups, of syntax errors, of other processes, and faulthandler's dumps.

The forms are those of CPython's ``traceback`` module and ``Python/pythonrun.c`` (3.8 to 3.14), PyPy's, and of
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

# How people end a program, and what a client that went away leaves behind: no failure of the program.
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
class _PythonRaised:
    """One exception as printed: its frames, type and message."""

    frames: list[Frame] = field(default_factory=list)
    type: str = ""
    message: str = ""
    remote: bool = False
    leaves: list[_PythonRaised] = field(default_factory=list)


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
        if body.endswith("call last):") and (found := _HEADER.search(body)):
            return body if found.group().startswith("+") else found.group()
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
            return [_dumped(dump["fatal"] or dump["timeout"], block.lines)]
        raised = _chain(block.lines)
        if not raised[-1].type:
            raised[-1].type, raised[-1].message = _unnamed(block)
        last = next((one for one in reversed(raised) if one.type), None)
        # Without any frame it is an example in a text.
        if last is None or _harmless(last) or not any(one.frames or one.leaves for one in raised):
            return []
        if twins := [one for one in raised if one.type and one is not last and one.frames is last.frames]:
            return [_incident([one], block) for one in [*twins, last]]
        return [_incident(raised, block)]


def _unnamed(block: Block) -> tuple[str, str]:
    """Type and message where no line under the frames looks like them: any name, or the line above (AWS Lambda)."""
    end = next((text for text in reversed(block.lines) if text.strip()), "")
    over = block.over
    if "Traceback" in block.lines[0] and (found := _ANY_TYPE.match(end)):
        return found["type"], found["message"] or ""
    if over is not None and _is_raised(over.body) and (found := _RAISED.match(over.body)):
        return found["type"], found["message"] or ""
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
        block.state = "said"
        return Step.WHOLE
    # A type may have any name; that it was one shows when nothing better follows.
    return Step.MAYBE if not block.held and _ANY_TYPE.match(text) else Step.SKIP


def _in_group(block: Block, text: str) -> Step:
    if _GROUP_END.match(text):
        block.state = "said"
        return Step.WHOLE
    if text.lstrip()[:1] in ("|", "+"):
        return Step.IN
    return Step.SKIP


def _after_said(block: Block, text: str) -> Step:
    if _CHAIN.match(text):
        block.state = "chain"
        return Step.IN
    if text == '"""':
        return Step.IN
    if text.lstrip()[:1] in ("|", "+") and _MARGIN.match(text) and block.lines[-1].lstrip()[:1] in ("|", "+"):
        return Step.WHOLE
    headers = sum(line.startswith("Traceback (most") for line in block.lines[:4])
    if headers > 1 and _is_raised(text):
        return Step.WHOLE
    if not text.strip():
        return Step.OUT if block.held and not block.held[-1].strip() else Step.MAYBE
    if block.held and not block.held[-1].strip():
        return Step.OUT
    if text[0] in " \t":
        return Step.WHOLE
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
        block.state = "said"
        return Step.WHOLE
    return Step.SKIP


def _in_dump(block: Block, text: str) -> Step:
    if (
        _FRAME.match(text)
        or "most recent call first" in text
        or text.startswith(("Extension modules", "Python runtime"))
    ):
        return Step.WHOLE if _FRAME.match(text) else Step.IN
    if not text.strip() or text.startswith(("Thread 0x", "Current thread", "  ")):
        return Step.IN
    return Step.OUT if block.lines[1:] else Step.SKIP


_STEPS: Final = {
    "frames": _in_frames,
    "group": _in_group,
    "said": _after_said,
    "chain": _in_chain,
    "dump": _in_dump,
}


def _is_raised(text: str) -> bool:
    found = _RAISED.match(text)
    return bool(found and found["type"] not in _NOT_TYPES and _TYPE.match(found["type"]))


def _chain(lines: list[str]) -> list[_PythonRaised]:
    """Every exception of a block, in the order printed, the leaves of groups hung under theirs."""
    raised: list[_PythonRaised] = [_PythonRaised()]
    remote = False
    for number, text in enumerate(lines):
        margin = _MARGIN.match(text) if text.lstrip()[:1] in ("|", "+") else None
        bare = text[margin.end() :] if margin else text
        now = raised[-1].leaves[-1] if raised[-1].leaves else raised[-1]
        if _SPLIT.match(text):
            raised[-1].leaves.append(_PythonRaised())
        elif _REMOTE.match(bare):
            remote = True
        elif _CHAIN.match(bare.strip()):
            raised = _next(raised, now, inside=margin is not None)
        elif found := _FRAME.match(bare):
            now.frames.append(_frame(found, lines, number))
        elif (found := _RAISED.match(bare)) and _is_raised(bare) and not _HEADER.search(bare):
            _name(raised, now, found, remote)
            remote = False
    return raised


def _next(raised: list[_PythonRaised], now: _PythonRaised, *, inside: bool) -> list[_PythonRaised]:
    """Start the next exception of a chain; within a leaf the chain's last one is the leaf."""
    if inside and raised[-1].leaves:
        raised[-1].leaves[-1] = _PythonRaised(frames=list(now.frames))
        return raised
    return [*raised, _PythonRaised()]


def _name(raised: list[_PythonRaised], now: _PythonRaised, found: re.Match[str], remote: bool) -> None:
    kind, message = found["type"], found["message"] or ""
    if not now.type:
        now.type, now.message, now.remote = kind, message, remote
    elif now is raised[-1] and now.frames and not raised[-1].leaves:
        # A second exception line under the same frames: two threads wrote at once, line by line.
        raised.append(_PythonRaised(frames=now.frames, type=kind, message=message))


def _frame(found: re.Match[str], lines: list[str], number: int) -> Frame:
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
    return make_frame(found["file"], found["line"], found["function"] or "", source)


def _harmless(last: _PythonRaised) -> bool:
    """Whether the program was stopped on purpose, or a client left."""
    kind = last.type.rpartition(".")[2]
    if kind in _STOPS:
        return True
    return bool(kind in _CLIENT_GONE and last.frames and _SERVERS.search(last.frames[-1].file))


def _level(block: Block) -> str:
    """The level of the log line that carries the traceback."""
    if block.line.level:
        return block.line.level
    carrier = split(block.before[-1]) if block.before else None
    return carrier.level if carrier and "eload" not in carrier.body else ""


def _incident(raised: list[_PythonRaised], block: Block) -> Incident:
    named = [one for one in raised if one.type]
    last = named[-1]
    root = next((one.leaves[0] for one in named[:1] if one.leaves and one.leaves[0].type), named[0])
    chain = tuple((one.type, one.message) for one in named)
    return Incident(
        type=last.type,
        message=last.message,
        frames=tuple(_path(named)),
        language="python",
        root_type=root.type,
        root_message=root.message,
        chain=chain if len(chain) > 1 else (),
        severity="warning" if _level(block) in ("warning", "debug") else "error",
        handled=_handled(block, named),
    )


def _path(named: list[_PythonRaised]) -> list[Frame]:
    """All frames, oldest first, the failure's place last: a remote process's and a nursery's leaf come after."""
    frames: list[Frame] = []
    last = named[-1]
    for one in named:
        if one is last or not one.remote:
            frames += one.frames
    frames += [frame for one in named if one.remote and one is not last for frame in one.frames]
    if last.leaves and not (last.frames and _raised_by_hand(last.frames[-1])):
        frames += last.leaves[0].frames
    return frames


def _raised_by_hand(frame: Frame) -> bool:
    """A group the user's own code raised; a nursery's is raised by a library, and the leaf tells the place."""
    return frame.source.startswith("raise ") and not is_library(frame.file)


def _handled(block: Block, named: list[_PythonRaised]) -> bool:
    """Logged on purpose: a log line carries it, no framework's catch-all wrote that line."""
    carrier = block.line.said if block.line.level else (block.before[-1] if block.before else "")
    if _level(block) not in ("error", "fatal") or _BY_FRAMEWORK.search(carrier):
        return False
    return bool(named[-1].frames) and not _SERVERS.search(named[-1].frames[0].file)


def _dumped(reason: str, lines: list[str]) -> Incident:
    """A faulthandler dump prints the innermost call first."""
    frames = [
        make_frame(found["file"], found["line"], found["function"] or "")
        for found in map(_FRAME.match, lines)
        if found
    ]
    return Incident("", reason, tuple(reversed(frames)), language="python", severity="fatal")
