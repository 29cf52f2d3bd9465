"""Stacks of ``at`` lines: V8 (Node, Deno, Bun, browsers), the JVM, .NET and Mono.

The head is above the first ``at`` line, sometimes many lines above, and may be anything. So the first ``at`` line opens
a block, and the head is searched upwards. The formats are those of V8's ``Error.prototype.stack`` and Node's
``util.inspect``, of ``Throwable.printStackTrace`` and of ``Exception.ToString``.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from otorepair_like.detect.grammar import Block, Grammar, PatternGrammar, Step
from otorepair_like.detect.log_prefix import LogLine
from otorepair_like.detect.traces.compilers import parse_error_line
from otorepair_like.error_head import find_head, is_warning, parse_head
from otorepair_like.incident import Frame, Incident, make_frame

_V8: Final = re.compile(
    r"\s*at (?:(?:async |new )*(?P<function>[^()]*?(?: \[as [^\]]*\])?) \()?(?:async )?"
    r"(?P<file>(?:\w+(?:-\w+)?:/{0,3})?[^\s():][^():]*(?:\([^()/]*\)[^():]*)*)"
    r":(?P<line>\d+):(?P<column>\d{1,9})\)?,?(?: \{)?\s*$"
)
_V8_PLAIN: Final = re.compile(
    r"\s*at (?:.* \((?:<anonymous>|index \d+|native)\)|<anonymous>|native|[\w.$<>\[\] ]+ \(eval at .*)(?: \{)?$"
)
_JVM: Final = re.compile(
    r"\s*at (?:[\w.@-]*/{1,2})?(?P<function>[\w.$<>/]+)\((?P<file>[^():]+?)(?::(?P<line>\d+))?\)(?: ~?\[.*\])?$"
)
_NET: Final = re.compile(
    r"\s*at (?P<function>[^()]+ ?\([^()]*\))(?: \[0x[0-9a-f]+\])? in (?P<file>.+?):(?:line )?(?P<line>\d+) ?$"
)
_NET_PLAIN: Final = re.compile(
    r"\s*at (?P<function>[\w.`<>+\[\],]+ ?\([\w .,&\[\]`<>*]*\))(?: \[0x[0-9a-f]+\] in <[^>]*>:\d+)? ?$"
)
_JVM_LIBRARY: Final = re.compile(
    r"(?:java|javax|jdk|sun|com\.sun|kotlin|kotlinx|scala|groovy|clojure|android|reactor|akka|junit|jakarta"
    r"|org\.(?:springframework|apache|junit|hibernate|gradle|eclipse|jetbrains|testng|mockito|scalatest|slf4j|jboss)"
    r"|io\.(?:netty|vertx|micronaut|quarkus|ktor|dropwizard|undertow)|com\.(?:google|fasterxml|zaxxer|mysql)|ch\.qos"
    r"|okhttp3|retrofit2|System|Microsoft|Interop|Internal)\."
)
_MORE: Final = re.compile(
    r"\s*(?:Caused by: |Suppressed: |\.\.\. \d+ (?:more|lines matching|common frames)|--- End of|\[CIRCULAR|\[errors\]:"
    r"|-{2,3}> |\[cause\]:|Wrapped by: |Emitted '\w+' event"
    r"|\[\.\.\. lines matching|\.\.\. \d+ more items)"
)
_CAUSE: Final = re.compile(
    r"\s*(?:Caused by: |\[cause\]: |-{2,3}> |\((?:Inner )?Exception #\d+\) )(?P<head>.*)$"
)
_INNER: Final = re.compile(r"(?P<outer>.*?) -{2,3}> (?P<inner>.*)$")
_END: Final = re.compile(r"(?:Node\.js v\d|Bun v\d|Deno \d)")
_NODE_PLACE: Final = re.compile(r"(?P<file>(?:file://|/|[A-Za-z]:\\|node:)\S*):(?P<line>\d+)$")
_IMPORTED: Final = re.compile(r"imported from (?P<file>(?:file://)?/\S+)")
_GROUP: Final = re.compile(r"\s*\[?(?P<type>\w*AggregateError)(?:: (?P<message>.*?))?\]?(?: \{)?$")
_FAR: Final = 25
# Jest; Vitest.
_BY_TEST: Final = re.compile(r"\s+console\.\w+$|std(?:err|out) \| \S+ > |.* # (?:TODO|SKIP)\b")
# java.util.logging and .NET's console logger print the level on a line of its own.
_CARRIER: Final = re.compile(
    r"(?:(?P<quiet>WARNING|WARN|INFO|FINE|CONFIG|dbug|trce|info|warn)|SEVERE|ERROR|fail|crit): "
)
_TITLE: Final = re.compile(
    r"\s*(?:Error )?(?:Stack ?trace|Call ?stack|Backtrace|StackTrace)\b[^:]{0,30}:?\s*$", re.IGNORECASE
)
_MESSAGE_TITLE: Final = re.compile(r"(?:error: |Error Message:$)")
_CARET: Final = re.compile(r"\s*[\^~]+\s*$")
_CODE: Final = re.compile(r"(?:error: )?(?P<type>TS\d{4,5})(?: \[ERROR\])?: (?P<message>.*)$")


class Stack(Grammar):
    """Stacks of ``at`` lines."""

    marks = ("at ",)

    def opens(self, line: LogLine) -> str | None:
        body = line.body
        if "at " not in body[:24] or not (body[0] in " \t" or line.head):
            return None
        return body if _is_frame(body) else None

    def step(self, block: Block, text: str) -> Step:
        if _END.match(text):
            return Step.LAST
        if _is_frame(text) or _MORE.match(text):
            return Step.COMPLETE
        if block.lines[-1].endswith("{") or block.state == "object":
            block.state = "" if text.rstrip() == "}" else "object"
            return Step.IN if block.state else Step.COMPLETE
        if (
            text.lstrip()[:1] in ("|", ">")
            or re.match(r"\s*\d+ \|", text)
            or text.strip() in ("]", "}", "},")
        ):
            return Step.COMPLETE
        if not text.strip():
            return Step.MAYBE
        previous = block.held[-1] if block.held else block.lines[-1]
        return Step.MAYBE if parse_head(text.strip()) and previous.endswith(",") else Step.OUT

    def read(self, block: Block) -> list[Incident]:
        head, error = _head(block)
        if error is None or head is None or _is_harmless(head, block):
            return []
        if any(parse_error_line(text) for text in block.lines[1 : block.lead]):
            return []  # a tool that stops because of a compiler error, which was reported already
        kind, message = error
        frames, causes = _frames(block.lines)
        language = _language(block.lines)
        message, inner = _split_inner(message)
        causes = inner + causes
        place_above = _node_place(block) if language == "node" else None
        if not any(frame.own and not frame.file.startswith("node:") for frame in frames):
            frames = [*frames, *([place_above] if place_above else [])]
            if imported := _IMPORTED.search(message):
                frames = [*frames, make_frame(imported["file"])]
        root = causes[-1] if causes else (kind, message)
        chain = (*reversed(causes), (kind, message)) if causes else ()
        level = "fatal" if place_above or "Exception in thread" in head.body else "error"
        if head.level in ("warning", "info", "debug") or (language != "node" and _is_quiet(block)):
            level = "warning"
        return [
            Incident(
                kind,
                message,
                tuple(frames),
                language=language,
                root_type=root[0],
                root_message=root[1],
                chain=chain,
                severity=level,
                handled=bool(head.level) and not place_above,
            )
        ]


def _is_harmless(head: LogLine, block: Block) -> bool:
    """Return whether a stack is only information, or printed by a test through its console."""
    if is_warning(head.body) or re.match(r"\s+\d+: \S", head.text):  # the middle of a Rust backtrace
        return True
    over = block.lines_above[: len(block.lines_above) - block.lead]
    return any(_BY_TEST.match(line.text) for line in over[-3:])


def _is_quiet(block: Block) -> bool:
    """Return whether the log line above the head has a level below error."""
    for line in reversed(block.lines_above[: len(block.lines_above) - block.lead]):
        if match := _CARRIER.match(line.content):
            return match["quiet"] is not None
        if not line.content.startswith(" "):
            break
    return False


def _is_frame(text: str) -> bool:
    return any(shape.match(text) for shape in (_V8, _JVM, _V8_PLAIN, _NET, _NET_PLAIN))


def _language(lines: list[str]) -> str:
    for text in lines:
        for language, shape in (
            ("java", _JVM),
            ("node", _V8),
            ("node", _V8_PLAIN),
            ("dotnet", _NET),
            ("dotnet", _NET_PLAIN),
        ):
            if shape.match(text):
                return language
    return ""


def _head(block: Block) -> tuple[LogLine | None, tuple[str, str] | None]:
    """Return the head above the first frame and its error; add all lines between to the block."""
    above = block.lines_above
    nearest = _find_title(above)
    if nearest is None:
        nearest = _right_above(above)
    if nearest is None:
        return None, None
    nearest = _outer(above, nearest)
    head = above[nearest]
    block.include(above[nearest:])
    if group := _GROUP.match(head.body):
        return head, (group["type"], group["message"] or "")
    body = head.body.strip()
    code = _CODE.match(body)
    error = (code["type"], code["message"]) if code else find_head(body)
    return head, error or ("", body.removeprefix("error: ").removesuffix(":"))


def _find_title(above: list[LogLine]) -> int | None:
    """Return the index of the nearest line above that is recognised as a head."""
    for number in range(len(above) - 1, max(-1, len(above) - 1 - _FAR), -1):
        body = above[number].body.strip()
        if parse_head(body) or is_warning(body):
            return number
        if body.startswith("● ") or body == "Error Message:":
            return _first_text(above, number + 1)
        if _MESSAGE_TITLE.match(above[number].body):
            return number
        if _is_frame(above[number].body):
            break
    return None


def _right_above(above: list[LogLine]) -> int | None:
    """Return the index of the line directly above, except for titles of the stack and source lines with a caret."""
    number = len(above) - 1
    while number >= 0 and (_TITLE.match(above[number].body) or _CARET.match(above[number].body)):
        title = _TITLE.match(above[number].body)
        number -= 1 if title else 2
        while title and number >= 0 and not above[number].body.strip():
            number -= 1
    return number if number >= 0 and above[number].body.strip() else None


def _first_text(above: list[LogLine], start: int) -> int | None:
    return next((number for number in range(start, len(above)) if above[number].body.strip()), None)


def _outer(above: list[LogLine], nearest: int) -> int:
    """Return the index of the group whose first member is this error."""
    for number in range(nearest - 1, max(-1, nearest - 4), -1):
        if _GROUP.match(above[number].body):
            return number
    return nearest


def _frames(lines: list[str]) -> tuple[list[Frame], list[tuple[str, str]]]:
    """Return the frames, oldest first and those of causes before all others; and the causes, outermost first."""
    stacks: list[list[Frame]] = [[]]
    causes: list[tuple[str, str]] = []
    quiet = False
    for text in lines:
        if cause := _CAUSE.match(text):
            error = parse_head(cause["head"].removesuffix(" {").strip())
            causes.append(error or ("", cause["head"]))
            stacks.append([])
            quiet = False
        elif re.match(r"\s*(?:Suppressed: |Emitted ')", text):
            quiet = True
        elif not quiet and (frame := _frame(text)):
            stacks[-1].append(frame)
    return [frame for stack in reversed(stacks) for frame in reversed(stack)], causes


def _frame(text: str) -> Frame | None:
    for shape in (_JVM, _V8, _NET, _NET_PLAIN):
        if match := shape.match(text):
            parts = match.groupdict()
            function = parts.get("function") or ""
            library = shape is not _V8 and bool(_JVM_LIBRARY.match(function))
            own = not library and "file" in parts
            frame = make_frame(parts.get("file") or "", parts.get("line"), function, own=own)
            return replace(frame, column=int(parts["column"])) if shape is _V8 else frame
    return None


def _split_inner(message: str) -> tuple[str, list[tuple[str, str]]]:
    """Split ``outer ---> inner``, the chain in one line of .NET and Mono, into the message and its causes."""
    causes: list[tuple[str, str]] = []
    while match := _INNER.match(message):
        rest = match["inner"]
        following = _INNER.match(rest)
        causes.append(parse_head(following["outer"] if following else rest) or ("", rest))
        message = match["outer"] if not following else f"{match['outer']} ---> {following['inner']}"
    return message, causes


def _node_place(block: Block) -> Frame | None:
    """Return the place that Node prints above an uncaught error, with the source line."""
    above = block.lines_above[: len(block.lines_above) - block.lead]
    for number in range(len(above) - 1, max(-1, len(above) - 8), -1):
        if match := _NODE_PLACE.match(above[number].body):
            source = above[number + 1].body if number + 1 < len(above) else ""
            return make_frame(match["file"], match["line"], source=source)
    return None


class NodeThrow(PatternGrammar):
    """Node, after something other than an error was thrown: a place, a value, no frames."""

    marks = ("Node.js v", "--trace-uncaught")
    first = re.compile(r"Node\.js v\d|\(Use `node --trace-uncaught")
    more = re.compile(r"\s*$")
    last = _END

    def read(self, block: Block) -> list[Incident]:
        above = block.lines_above
        start = next((n for n in range(len(above) - 1, -1, -1) if _NODE_PLACE.match(above[n].body)), None)
        if start is None:
            return _rejection(above)
        if any(_is_frame(line.body) for line in above[start:]):
            return []
        block.include(above[start:])
        match = _NODE_PLACE.match(above[start].body)
        words = [line.body for line in above[start + 2 :] if line.body.strip(" ^~")]
        kind, message = (parse_head(words[0]) or ("", words[0])) if words else ("", "")
        frame = make_frame(match["file"], match["line"], source=above[start + 1].body) if match else None
        return [Incident(kind, message, (frame,) if frame else (), language="node", severity="fatal")]


def _rejection(above: list[LogLine]) -> list[Incident]:
    """Return a rejected promise whose reason is not an error: ``[UnhandledPromiseRejection: …] {``."""
    for line in reversed(above):
        if match := re.match(
            r"\[?(?P<type>\w*(?:Error|Rejection|Exception)): (?P<message>.*?)\]?(?: \{)?$", line.body
        ):
            return [Incident(match["type"], match["message"], language="node", severity="fatal")]
    return []
