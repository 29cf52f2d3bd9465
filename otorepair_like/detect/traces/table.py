"""Languages whose failures need only a few patterns: one row of a table each."""

from __future__ import annotations

import re
from typing import Final

from otorepair_like.detect.grammar import Block, PatternGrammar
from otorepair_like.detect.log_prefix import LogLine
from otorepair_like.incident import Frame, Incident, make_frame

_NEVER: Final = r"(?!)"


class Row(PatternGrammar):
    """One language.

    Args:
        language: its name.
        marks: texts of which the first line contains one.
        first: matches the first line, with groups ``type``, ``message``, ``file``, ``line`` if it has them.
        more: matches any further line.
        frame: matches a further line that is a frame, with groups ``file``, ``line``, ``function``.
        detail: matches a further line with type or message, if the first line has none.
        last: matches a line that ends the block.
        outermost_first: whether frames are printed oldest call first.
        above: matches the line above the first, if it has the message.
        needs: whether the block is a failure only if it has a frame or a detail.
    """

    def __init__(
        self,
        language: str,
        marks: tuple[str, ...],
        first: str,
        more: str = _NEVER,
        *,
        frame: str = _NEVER,
        detail: str = _NEVER,
        last: str = _NEVER,
        above: str = _NEVER,
        outermost_first: bool = False,
        needs: bool = False,
    ) -> None:
        self.language, self.marks = language, marks
        self.first, self.more, self.last = re.compile(first), re.compile(more), re.compile(last)
        self._frame, self._detail, self._above = re.compile(frame), re.compile(detail), re.compile(above)
        self._oldest_first, self._needs = outermost_first, needs

    def opens(self, line: LogLine) -> str | None:
        return next((text for text in (line.body, line.content) if self.first.match(text)), None)

    def read(self, block: Block) -> list[Incident]:
        head = self.first.match(block.lines[0])
        over = block.line_above
        if over is not None and (title := self._above.match(over.body)):
            block.include([over])
            head = title
        if self._oldest_first:
            block.include(_unbroken(block.lines_above, self._frame))
        details = [match for text in block.lines if (match := self._detail.match(text))]
        first = self.first.match(block.lines[block.lead])
        parts = (first.groupdict() if first else {}) | (head.groupdict() if head else {})
        for detail_match in reversed(details):
            parts |= {name: value for name, value in detail_match.groupdict().items() if value}
        frames = [
            _frame(detail_match) for detail_match in map(self._frame.match, block.lines) if detail_match
        ]
        if self._needs and not (frames or details or block.lead):
            return []
        if not self._oldest_first:
            frames.reverse()
        if parts.get("file") and (not frames or frames[-1].line is None or not _same(frames, parts)):
            frames.append(make_frame(parts["file"] or "", parts.get("line")))
        kind, message = (
            parts.get("type") or "",
            parts.get("message") or ("" if parts.get("type") else block.lines[0]),
        )
        return [Incident(kind, message.strip(), tuple(frames), language=self.language, severity="fatal")]


def _unbroken(above: list[LogLine], frame: re.Pattern[str]) -> list[LogLine]:
    """Return the frames directly above the first line."""
    start = len(above)
    while start and frame.match(above[start - 1].body):
        start -= 1
    return above[start:]


def _frame(match: re.Match[str]) -> Frame:
    parts = match.groupdict()
    return make_frame(parts["file"], parts.get("line"), parts.get("function") or "")


def _same(frames: list[Frame], parts: dict[str, str | None]) -> bool:
    return any(frame.file == parts["file"] and str(frame.line) == parts.get("line") for frame in frames)


_PERL_WARNINGS: Final = (
    r"Use of uninitialized|Useless use|Odd number of|Wide character|Deep recursion|Subroutine .* redefined"
    r"|Name .* used only once|Argument .* isn't numeric|.* masks earlier|Possible |Use of .* is deprecated"
)

_LUA: Final = r"lua\S*: (?P<file>[^:]+):(?P<line>\d+): (?P<message>.*)$"

ROWS: Final = (
    Row(
        "lua",
        ("lua", "stack traceback:"),
        rf"{_LUA}|stack traceback:$",
        r"stack traceback:$|\t|\s*$",
        frame=r"\t(?P<file>[^\[:]+):(?P<line>\d+): in (?P<function>.*)$",
        above=_LUA,
    ),
    Row(
        "perl",
        (" line ",),
        rf"(?!{_PERL_WARNINGS})(?P<message>\S.{{0,400}}?) at (?P<file>[\w./-]+\.(?:pl|pm|t|cgi|psgi)|-e"
        rf"|\(eval \d+\)) line (?P<line>\d+)(?:, <\w+> line \d+)?[.,]",
        r"\t\S+ called at |Execution of |BEGIN failed|Compilation failed",
        frame=r"\t(?P<function>.+?) called at (?P<file>\S+) line (?P<line>\d+)",
    ),
    Row(
        "r",
        ("Error in ",),
        r"Error in .+? : ?(?P<message>.*)$",
        r"Calls: |\s+\S",
        detail=r"  (?P<message>\S.*)$",
        last=r"Execution halted",
    ),
    Row(
        "julia",
        ("Stacktrace:",),
        r"Stacktrace:$",
        r"\s+\[\d+\]|\s+@|in expression",
        frame=r".*@ (?:\S+ )?(?P<file>\S+\.jl):(?P<line>\d+)$",
        above=r"(?:ERROR: )?(?:LoadError: )?(?:(?P<type>\w+): ?)?(?P<message>.*)$",
    ),
    Row(
        "guile",
        (".scm:",),
        r"(?P<file>\S+\.scm):(?P<line>\d+):\d+: (?P<message>(?:In procedure|Throw to key|Unbound variable|.*error).*)$",
        r"\s*$",
    ),
    Row(
        "lisp",
        ("nhandled ",),
        r"[Uu]nhandled (?P<type>[A-Z][A-Z0-9:-]+)(?: in thread .*|:.*|$)",
        r"\s+\S|\s*$|\d+: |Backtrace for|unhandled condition",
        detail=r"  (?P<message>[^{\s].*)$",
        last=r"unhandled condition in",
    ),
    Row(
        "prolog",
        ("ERROR: ", "Warning: "),
        r"(?:ERROR|Warning): (?P<file>/?[\w./-]+\.\w+):(?P<line>\d+)(?::\d+)?:(?P<message>.*)$",
        r"(?:ERROR|Warning): |[\w.]+/\d+: ",
        detail=r"(?:ERROR: +)?(?P<message>[\w.]+/\d+: .*|Unknown procedure.*|-->.*)$",
    ),
    Row(
        "crystal",
        ("Unhandled exception",),
        r"Unhandled exception(?: in spawn)?: (?P<message>.*?)(?: \((?P<type>[\w:]+)\))?$",
        r"\s+from ",
        frame=r"\s+from (?P<file>\S+?):(?P<line>\d+):\d+ in '(?P<function>.*)'$",
    ),
    Row(
        "nim",
        ("Traceback", ".nim("),
        r"(?:Traceback \(most recent call last\)$|(?P<file>\S+\.nim)\((?P<line>\d+)\) \w+$)",
        r"\S+\.nim\(\d+\) +\w+",
        frame=r"(?P<file>\S+\.nim)\((?P<line>\d+)\) +(?P<function>\w+)$",
        outermost_first=True,
        needs=True,
        detail=r"Error: unhandled exception: (?P<message>.*?)(?: \[(?P<type>\w+)\])?$",
        last=r"Error: unhandled exception: ",
    ),
    Row(
        "haskell",
        ("CallStack",),
        r"CallStack \(from HasCallStack\):$",
        r"  \S",
        frame=r"  (?P<function>\S+), called at (?P<file>\S+?):(?P<line>\d+):\d+ in \S+$",
        above=r"\S+?: (?P<message>.*)$",
    ),
    Row(
        "dart",
        ("Unhandled exception",),
        r"Unhandled exception:$",
        r".",
        frame=r"#\d+ +(?P<function>\S.*?) \((?P<file>.+?):(?P<line>\d+)(?::\d+)?\)$",
        detail=r"(?!Unhandled|#\d)(?:(?P<type>\w+(?:Error|Exception)): ?)?(?P<message>.+)$",
    ),
    Row(
        "dart",
        ("EXCEPTION CAUGHT BY",),
        r"══╡ EXCEPTION CAUGHT BY",
        r"",
        detail=r"The following (?:message|(?P<type>[\w<>]+))(?: object)? was thrown.*"
        r"|(?!The |When |This |══|#\d|\s|.* file:///)(?P<message>\S.+)$",
        frame=r"#\d+ +(?P<function>\S.*?) \((?P<file>.+?):(?P<line>\d+)(?::\d+)?\)$",
        last=r"═{20,}$",
    ),
    Row(
        "zig",
        (" panic: ",),
        r"thread \d+ panic: (?P<message>.*)$",
        r"\s|\S+:\d+:\d+: 0x",
        frame=r"(?P<file>\S+\.zig):(?P<line>\d+):\d+: 0x[0-9a-f]+ in (?P<function>\S+)",
    ),
    Row(
        "clojure",
        ("xecution error",),
        r"(?:Syntax error|Execution error) (?:\((?P<type>\w+)\) )?.*\((?P<file>[^():]+):(?P<line>\d+)(?::\d+)?\)\.?$",
        r"\S.*$",
        detail=r"(?!Full report|/|Execution|Syntax)(?P<message>\S.*)$",
        last=r"\s*$",
    ),
    Row(
        "elm",
        ("-- ",),
        r"-- (?P<type>[A-Z ]{4,40}?) -{3,} (?P<file>\S+\.elm)$",
        r"\s|[A-Z]|\d+[|]|$",
        detail=r"(?!--)(?P<message>[A-Z].*)$",
    ),
    Row(
        "php",
        (" line ",),
        r"In (?P<file>\S+\.php) line (?P<line>\d+):$",
        r"\s|$",
        detail=r"\s+\[(?P<type>[\w\\]+)\]\s*$|\s+(?P<message>[^\s\[].*)$",
        needs=True,
    ),
    Row(
        "php",
        ("Uncaught PHP Exception",),
        r".*Uncaught PHP Exception (?P<type>[\w\\]+): \"(?P<message>.*)\" at (?P<file>\S+) line (?P<line>\d+)",
    ),
    Row(
        "nginx",
        ("#", "nginx: "),
        r"(?:.*\[(?:emerg|alert|crit|error)\] \d+#\d+: |nginx: \[emerg\] )(?:\*\d+ )?(?P<message>.*?)"
        r"(?: in (?P<file>/\S+):(?P<line>\d+))?$",
    ),
    Row(
        "sh",
        (".sh: ",),
        r"(?P<file>[\w./-]+\.sh): (?P<line>\d+): (?P<message>.*)$",
    ),
    Row(
        "python",
        ("─ Error ─",),
        r"[╭┌]─ Error ─+[╮┐]$",
        r"[│╰└]",
        detail=r"│ (?P<message>\S.*?) +│$",
        needs=True,
    ),
    Row(
        "swift",
        ("Fatal error: ",),
        r"(?:\S+:\d+: )?(?:Swift/\S+:\d+: )?Fatal error: (?P<message>.*?)(?:: file "
        r"(?P<file>.+?), line (?P<line>\d+))?$",
    ),
    Row(
        "bash",
        (": line ",),
        r"(?P<file>[\w./-]+): line (?P<line>\d+): (?P<message>(?!.*\b(?:Segmentation|Aborted|Killed|Terminated)\b).*)$",
    ),
    Row(
        "python",
        ("python",),
        r"\S*python[\d.]*: (?P<message>(?:can't open file|No module named|Error while finding|can't find) ?.*)$",
    ),
    Row(
        "java",
        ("APPLICATION FAILED",),
        r"APPLICATION FAILED TO START$",
        r"\*+$|\s*$|\S",
        detail=r"(?!\*|Description:|Action:|APPLICATION)(?P<message>\S.*)$",
    ),
    Row(
        "php",
        ('"exception":"[object]',),
        r"(?:.*\.)?[A-Z]+: .*?\(code: \d+\): .*",
        r"\[|#\d+ |\"\}",
        last=r"\"\} *$",
        detail=r".*?\((?P<type>[\w\\]+)\(code: \d+\): (?P<message>.*) at (?P<file>[^:]+):(?P<line>\d+)\)",
    ),
    Row(
        "cmake",
        ("CMake Error",),
        r"CMake Error at (?P<file>[^:]+):(?P<line>\d+)(?: \(.*\))?:$",
        r"\s+\S|\s*$",
        detail=r"  (?P<message>\S.*)$",
    ),
    Row(
        "go",
        ("panic recovered",),
        r"panic recovered:$|.*\bpanic recovered:$",
        r"\S|\s*$|\t",
        frame=r"(?P<file>/\S+\.go):(?P<line>\d+) \(0x[0-9a-f]+\)$",
        detail=r"(?!(?:GET|HEAD|POST|PUT|PATCH|DELETE) |[\w-]+: |/|\t|.*panic recovered)(?P<message>\S.*)$",
    ),
    Row(
        "python",
        (" --> ",),
        r" *--> (?P<file>[^:\s]+):(?P<line>\d+):\d+$",
        r" *\d* *\||help: |\s*$",
        needs=True,
        above=r"(?P<type>[A-Z]+\d{3,4}) (?:\[\*\] )?(?P<message>.*)$",
    ),
)
