"""Compilers, type checkers and linters: lines with a place and an error, and the summary after them.

Formats: ``file:line:col: error: …`` (gcc, clang, javac, kotlinc, ghc, mypy, swiftc), ``file(line,col): error X: …``
(tsc, csc, nim), ``file:line:col - error`` (tsc pretty, pyright), ``error[X]: …`` with ``--> file:line`` (rustc, ruff),
``file:line:col: …`` under a package line (go), the file on a line of its own, ``line:col  error`` below it (eslint).
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
"""A frame of V8: then the line was no compiler error but the head of a stack."""
_WARNED: Final = re.compile(r"(?:warning|Warning|note|hint)\b")


@dataclass(frozen=True, slots=True)
class _CompilerError:
    code: str
    message: str
    file: str
    line: str | None


class Compiler(Grammar):
    """All errors of one run."""

    marks = ("rror", "ERR", ":", "***", "ndefined", "In ", "line")

    def opens(self, line: LogLine) -> str | None:
        content = line.content if line.level in ("error", "fatal") else line.body
        if line.level == "error" and (_LOGGED.match(line.body) or parse_error_line(line.body)):
            return line.body
        if (
            parse_error_line(content)
            or _RUSTC.match(content)
            or _MAKE.match(content)
            or _CRYSTAL.match(content)
        ):
            return content
        if " error " in content and _ESLINT.match(content):
            return content
        return content if "undefined " in content and _LINKER.match(content) else None

    def step(self, block: Block, text: str) -> Step:
        if _CALL.match(text):
            block.state = "stack"
            return Step.OUT
        if _MAKE.match(text) or _SUMMARY.match(text):
            return Step.COMPLETE
        if (
            parse_error_line(text)
            or _ARROW.match(text)
            or _RUSTC.match(text)
            or _ESLINT.match(text)
            or ("undefined " in text and _LINKER.match(text))
        ):
            return Step.COMPLETE
        if text.startswith("Error: ") and (block.lines[0].endswith(":") or _CRYSTAL.match(block.lines[0])):
            return Step.COMPLETE
        return Step.MAYBE if len(block.held) < 40 and (_SOURCE.match(text) or _is_file(text)) else Step.OUT

    def read(self, block: Block) -> list[Incident]:
        if block.state == "stack" and not parse_error_line(block.lines[0]):
            return []
        above = block.lines_above
        start = len(above)
        while start and parse_error_line(above[start - 1].body):
            start -= 1
        block.include(above[start:])
        errors = _errors(block)
        if not errors:
            return []
        # In Go unused names are often only a consequence of another error.
        errors.sort(key=lambda error: bool(_UNUSED.search(error.message)))
        first = errors[0]
        frames = [make_frame(error.file, error.line) for error in errors[:20] if error.file]
        make_match = _MAKE.match(block.lines[0]) is not None
        sure = bool(first.file or first.code or make_match or len(block.lines) > 1)
        # The failure of a command in make repeats the error that the command printed itself.
        sure = sure and not (make_match and _PASSED_ON.search(first.message))
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


def parse_error_line(text: str) -> _CompilerError | None:
    """Return the error in a line with place and error; ``None`` if it has none."""
    for shape in _SHAPES:
        if match := shape.match(text):
            parts = match.groupdict()
            if _WARNED.match(parts["message"].strip()):
                return None
            code = parts.get("code") or parts.get("ghc") or ""
            return _CompilerError(code, parts["message"], parts["file"].strip(), parts["line"])
    return None


def _errors(block: Block) -> list[_CompilerError]:
    """Return every error of the block in the order printed; place or message may be on the following lines."""
    errors: list[_CompilerError] = []
    lines = block.lines
    if logged := _LOGGED.match(lines[0]):
        errors.append(_CompilerError("", logged["message"], logged["file"], logged["line"]))
        lines = lines[1:]
    for number, text in enumerate(lines):
        if error := parse_error_line(text):
            errors.append(error if error.message.strip() else _with_message(error, lines[number + 1 :]))
        elif (crystal := _CRYSTAL.match(text)) and (content := _error_below(lines[number + 1 :])):
            errors.append(_CompilerError("", content, crystal["file"], crystal["line"]))
        elif eslint := _ESLINT.match(text):
            errors.append(
                _CompilerError(
                    eslint["code"] or "", eslint["message"], _file_above(block, number), eslint["line"]
                )
            )
        elif (rustc := _RUSTC.match(text)) and not _SUMMARY.match(text):
            arrow = next(
                (match for match in map(_ARROW.match, lines[number + 1 : number + 6]) if match), None
            )
            here = (
                re.search(r": (?P<file>\S+?):(?P<line>\d+):\d+", rustc["message"]) if arrow is None else arrow
            )
            errors.append(
                _CompilerError(
                    rustc["code"] or "",
                    rustc["message"],
                    here["file"] if here else "",
                    here["line"] if here else None,
                )
            )
        elif "undefined " in text and (linker := _LINKER.match(text)):
            errors.append(_CompilerError("", linker["message"], linker["file"] or "", None))
        elif (make_match := _MAKE.match(text)) and not errors:
            errors.append(_CompilerError("", make_match["message"] or make_match["stopped"], "", None))
    return errors


def _with_message(error: _CompilerError, following: list[str]) -> _CompilerError:
    content = _error_below(following) or next((text.strip(" •·\t") for text in following if text.strip()), "")
    return _CompilerError(error.code, content, error.file, error.line)


def _error_below(following: list[str]) -> str:
    return next((text.split("Error: ", 1)[1] for text in following[:8] if text.startswith("Error: ")), "")


def _file_above(block: Block, number: int) -> str:
    """Return the file of an ESLint error, which is printed once above all its errors."""
    above = [line.body for line in block.lines_above] + block.lines[:number]
    return next((text.strip() for text in reversed(above) if _is_file(text.strip())), "")


_LANGUAGES: Final = {
    "c": ("c", "h", "cc", "cpp", "hpp"), "crystal": ("cr",), "csharp": ("cs",), "elixir": ("ex", "exs"),
    "go": ("go",), "haskell": ("hs",), "java": ("java",), "javascript": ("js", "jsx", "mjs", "cjs"),
    "kotlin": ("kt", "kts"), "nim": ("nim",), "ocaml": ("ml", "mli"), "python": ("py", "pyi"), "ruby": ("rb",),
    "rust": ("rs",), "scala": ("scala",), "swift": ("swift",), "typescript": ("ts", "tsx", "mts"),
}  # fmt: skip
_ENDINGS: Final = {ending: language for language, endings in _LANGUAGES.items() for ending in endings}
