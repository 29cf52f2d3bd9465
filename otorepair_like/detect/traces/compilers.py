"""Compilers, type checkers and linters: lines that name a place and an error, and the summary that ends them.

Shapes: ``file:line:col: error: …`` (gcc, clang, javac, kotlinc, ghc, mypy, swiftc), ``file(line,col): error X: …``
(tsc, csc, nim), ``file:line:col - error`` (tsc pretty, pyright), ``error[X]: …`` with ``--> file:line`` (rustc, ruff),
``file:line:col: …`` under a package line (go), a file's own line with ``line:col  error`` under it (eslint).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from otorepair_like.detect.grammar import Block, Grammar, Step
from otorepair_like.detect.log_prefix import LogLine
from otorepair_like.incident import Incident, make_frame

_FILE: Final = r"(?P<file>(?:[A-Za-z]:\\|file://)?[^\s:()\['\"][^:()'\"]*\.\w+|Makefile|Dockerfile)"
_ERROR: Final = r"(?:[Ff]atal )?(?:error|Error|ERROR)"
_SHAPES: Final = tuple(
    re.compile(shape)
    for shape in (
        rf"(?:e: |psql:)?{_FILE}:(?P<line>\d+)(?::\d+)?(?:-\d+)?: {_ERROR}(?: (?P<code>[A-Z]+\d+))?:? ?(?:\["
        rf"(?P<ghc>[\w-]+)\])?(?P<message>.*)$",
        rf"\s*{_FILE} ?\((?P<line>\d+)(?:, ?\d+)?\):? {_ERROR}(?: (?P<code>\w+))?: (?P<message>.*)$",
        rf"\s*(?:Error: )?{_FILE}:(?P<line>\d+):\d+ - {_ERROR}(?: (?P<code>TS\d+))?: (?P<message>.*)$",
        rf"{_FILE}:(?P<line>\d+)(?::\d+)?: (?P<code>[EF]\d{{3,4}}|F\d+|SIM\d+"
        rf"|[A-Z]{{1,4}}\d{{3,4}})[: ] ?(?:\[\*\] )?(?P<message>.*)$",
        rf"(?:\[error\] )?(?:SyntaxError: )?{_FILE}: (?:(?P<code>\w+Error): )?(?P<message>.*) \((?P<line>\d+):\d+\)$",
        r"-- (?:\[(?P<code>E\d+)\] )?(?P<message>.*?): (?P<file>\S+\.scala):(?P<line>\d+):\d+ *-*$",
        r"e: file://(?P<file>[^:]+):(?P<line>\d+):\d+ (?P<message>.*)$",
        r"\[ERROR\] (?P<file>/\S+?):\[(?P<line>\d+),\d+\] (?P<message>.*)$",
        r'File "(?P<file>[^"]+)", lines? (?P<line>\d+)(?:-\d+)?, characters \d+-\d+:(?P<message>)$',
        r"(?:vet: )?(?P<file>(?:\./|\.\./|/)?[\w./-]+\.go):(?P<line>\d+):\d+: (?P<message>.+)$",
    )
)
_LOGGED: Final = re.compile(rf"{_FILE}:(?P<line>\d+):\d+: (?P<message>\S.*)$")
_RUSTC: Final = re.compile(r"(?: {4})?error(?:\[(?P<code>\w+)\])?: (?P<message>.*)$")
_ARROW: Final = re.compile(r"\s*(?:-->|╭─\[|┌─|,-\[|└─) ?(?P<file>[^\s:]+):(?P<line>\d+)(?::\d+)?\]?")
_ESLINT: Final = re.compile(r"\s+(?P<line>\d+):\d+ +error +(?P<message>.*?)(?:  +(?P<code>[\w@/-]+))?$")
_CRYSTAL: Final = re.compile(r"In (?P<file>\S+\.cr):(?P<line>\d+):\d+$")
_LINKER: Final = re.compile(
    r"(?:[^\s:]{0,100}ld: )?(?:(?P<file>[^\s:]{1,200}):)?.{0,200}?(?P<message>undefined "
    r"(?:reference to|symbols?:?) .*|multiple definition of .*)$"
)
_MAKE: Final = re.compile(
    r"(?:g?make|ninja)(?:\[\d+\])?: (?:\*\*\* (?P<message>.*)|build stopped: (?P<stopped>.*))$"
)
_PASSED_ON: Final = re.compile(r"\] Error \d+$")
_UNUSED: Final = re.compile(r"(?:declared|imported) (?:and|but) not used")
_SUMMARY: Final = re.compile(
    r"\s*(?:Found \d+ errors?\b.*|\d+ errors?(?: generated| found)?\.?$|✖ \d+ problems?.*|compilation terminated\.?$"
    r"|error: (?:could not compile|aborting due to)|collect2: error|BUILD FAILED.*|\d+ errors?, \d+ warnings?.*)"
)
_SOURCE: Final = re.compile(
    r"\s*(?:\d+ \s*)?[|│╵╷:·┌└╰├`,-]|\s+\S|\s*$|\d+ |\S*: In function |\S+: (?:In|At) |# |note: |help: |= |\^|~"
    r"|.*(?:: note: |: warning: |: In function )|For more information about|Some errors have|Error: |Require stack|- "
)
_CALL: Final = re.compile(r"\s+at (?:\S.* \()?\S+:\d+:\d+\)?\s*$")
"""A frame of V8: what seemed a compiler's complaint heads a stack, which is another grammar's."""
_WARNED: Final = re.compile(r"(?:warning|Warning|note|hint)\b")


@dataclass(frozen=True, slots=True)
class _Complaint:
    code: str
    message: str
    file: str
    line: str | None


class Compiler(Grammar):
    """One run's complaints."""

    marks = ("rror", "ERR", ":", "***", "ndefined", "In ", "line")

    def opens(self, line: LogLine) -> str | None:
        said = line.said if line.level in ("error", "fatal") else line.body
        if line.level == "error" and (_LOGGED.match(line.body) or complaint(line.body)):
            return line.body
        if complaint(said) or _RUSTC.match(said) or _MAKE.match(said) or _CRYSTAL.match(said):
            return said
        if " error " in said and _ESLINT.match(said):
            return said
        return said if "undefined " in said and _LINKER.match(said) else None

    def step(self, block: Block, text: str) -> Step:
        if _CALL.match(text):
            block.state = "stack"
            return Step.OUT
        if _MAKE.match(text) or _SUMMARY.match(text):
            return Step.WHOLE
        if (
            complaint(text)
            or _ARROW.match(text)
            or _RUSTC.match(text)
            or _ESLINT.match(text)
            or ("undefined " in text and _LINKER.match(text))
        ):
            return Step.WHOLE
        if text.startswith("Error: ") and (block.lines[0].endswith(":") or _CRYSTAL.match(block.lines[0])):
            return Step.WHOLE
        return Step.MAYBE if len(block.held) < 40 and (_SOURCE.match(text) or _is_file(text)) else Step.OUT

    def read(self, block: Block) -> list[Incident]:
        if block.state == "stack" and not complaint(block.lines[0]):
            return []
        above = block.above
        start = len(above)
        while start and complaint(above[start - 1].body):
            start -= 1
        block.include(above[start:])
        complaints = _complaints(block)
        if not complaints:
            return []
        # Go's unused names are often only the consequence of the error beside them.
        complaints.sort(key=lambda one: bool(_UNUSED.search(one.message)))
        first = complaints[0]
        frames = [make_frame(one.file, one.line) for one in complaints[:20] if one.file]
        made = _MAKE.match(block.lines[0]) is not None
        sure = bool(first.file or first.code or made or len(block.lines) > 1)
        # That a command failed is the echo of what it said itself, if it said something.
        sure = sure and not (made and _PASSED_ON.search(first.message))
        return [
            Incident(
                first.code,
                first.message.strip(),
                tuple(dict.fromkeys(reversed(frames))),
                certain=sure,
                language=_ENDINGS.get(first.file.rpartition(".")[2], ""),
            )
        ]


def _is_file(text: str) -> bool:
    return re.match(r"/\S+\.\w+$", text) is not None


def complaint(text: str) -> _Complaint | None:
    """What a line complains of, where it names place and error."""
    for shape in _SHAPES:
        if found := shape.match(text):
            parts = found.groupdict()
            if _WARNED.match(parts["message"].strip()):
                return None
            code = parts.get("code") or parts.get("ghc") or ""
            return _Complaint(code, parts["message"], parts["file"].strip(), parts["line"])
    return None


def _complaints(block: Block) -> list[_Complaint]:
    """Every error of the block, in the order printed; a place or words on the following lines are fetched."""
    found: list[_Complaint] = []
    lines = block.lines
    if logged := _LOGGED.match(lines[0]):
        found.append(_Complaint("", logged["message"], logged["file"], logged["line"]))
        lines = lines[1:]
    for number, text in enumerate(lines):
        if one := complaint(text):
            found.append(one if one.message.strip() else _with_words(one, lines[number + 1 :]))
        elif (crystal := _CRYSTAL.match(text)) and (said := _said(lines[number + 1 :])):
            found.append(_Complaint("", said, crystal["file"], crystal["line"]))
        elif eslint := _ESLINT.match(text):
            found.append(
                _Complaint(
                    eslint["code"] or "", eslint["message"], _file_above(block, number), eslint["line"]
                )
            )
        elif (rustc := _RUSTC.match(text)) and not _SUMMARY.match(text):
            arrow = next((hit for hit in map(_ARROW.match, lines[number + 1 : number + 6]) if hit), None)
            here = (
                re.search(r": (?P<file>\S+?):(?P<line>\d+):\d+", rustc["message"]) if arrow is None else arrow
            )
            found.append(
                _Complaint(
                    rustc["code"] or "",
                    rustc["message"],
                    here["file"] if here else "",
                    here["line"] if here else None,
                )
            )
        elif "undefined " in text and (linker := _LINKER.match(text)):
            found.append(_Complaint("", linker["message"], linker["file"] or "", None))
        elif (made := _MAKE.match(text)) and not found:
            found.append(_Complaint("", made["message"] or made["stopped"], "", None))
    return found


def _with_words(one: _Complaint, following: list[str]) -> _Complaint:
    said = _said(following) or next((text.strip(" •·\t") for text in following if text.strip()), "")
    return _Complaint(one.code, said, one.file, one.line)


def _said(following: list[str]) -> str:
    return next((text.split("Error: ", 1)[1] for text in following[:8] if text.startswith("Error: ")), "")


def _file_above(block: Block, number: int) -> str:
    """ESLint names the file once, above its complaints."""
    above = [line.body for line in block.above] + block.lines[:number]
    return next((text.strip() for text in reversed(above) if _is_file(text.strip())), "")


_LANGUAGES: Final = {
    "c": ("c", "h", "cc", "cpp", "hpp"), "crystal": ("cr",), "csharp": ("cs",), "elixir": ("ex", "exs"),
    "go": ("go",), "haskell": ("hs",), "java": ("java",), "javascript": ("js", "jsx", "mjs", "cjs"),
    "kotlin": ("kt", "kts"), "nim": ("nim",), "ocaml": ("ml", "mli"), "python": ("py", "pyi"), "ruby": ("rb",),
    "rust": ("rs",), "scala": ("scala",), "swift": ("swift",), "typescript": ("ts", "tsx", "mts"),
}  # fmt: skip
_ENDINGS: Final = {ending: language for language, endings in _LANGUAGES.items() for ending in endings}
