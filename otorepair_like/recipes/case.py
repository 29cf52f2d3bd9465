"""A case: one failure, the tree it happened in, and the program's interpreter to ask."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from otorepair_like.incident import Frame, Incident
from otorepair_like.recipes.probe_facts import ProbeFacts
from otorepair_like.recipes.project import Project, is_test
from otorepair_like.recipes.python.interpreter import Interpreter
from otorepair_like.recipes.python.known_names import FRAMEWORK_OBJECTS
from otorepair_like.recipes.python.source import Node, Source

_SUGGESTION: Final = re.compile(r"\.? ?Did you mean:? '([^']+)'\?", re.IGNORECASE)
_FORGOTTEN: Final = re.compile(r"\.? ?(?:Or did|Did) you forget to import '([^']+)'\??", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Place:
    """A frame of the traceback in the user's own code: a line of a file of the tree."""

    source: Source
    line: int
    function: str
    carets: tuple[int, int] | None = None
    """Offsets of the part that the interpreter underlined; ``None``: it underlined nothing."""
    types: Mapping[str, str] = field(default_factory=dict)
    """Types of the variables there, as far as the program reported them."""

    def __str__(self) -> str:
        return f"{self.source.path}:{self.line}"

    def nodes(self, kind: type[Node]) -> list[Node]:
        """Return the nodes of a kind on the failing line, in text order; only the underlined ones, if there are any."""
        nodes = sorted(self.source.find(kind, self.line), key=lambda node: self.source.span(node))
        if self.carets:
            first, last = self.carets
            spans = [(node, *self.source.span(node)) for node in nodes]
            nodes = [node for node, start, end in spans if first <= start and end <= last] or nodes
        return nodes


class Case:
    """Everything a recipe is given about one failure.

    Args:
        incident: the failure.
        project: the tree.
        interpreter: the program's interpreter.
        kind, message: the exception of the incident's chain that this case is about, as printed.
    """

    def __init__(
        self, incident: Incident, project: Project, interpreter: Interpreter, kind: str, message: str
    ) -> None:
        self.incident, self.project, self.interpreter = incident, project, interpreter
        self.type = kind.rpartition(".")[2]
        self.facts = ProbeFacts(incident.facts)
        suggested = _SUGGESTION.search(message)
        self.suggestion = suggested[1].rpartition(".")[2] if suggested else ""
        """CPython's suggestion; ``""`` if it makes none."""
        self.message = _FORGOTTEN.sub("", _SUGGESTION.sub("", message)).strip()

    @cached_property
    def places(self) -> list[Place]:
        """Return the user's own frames, innermost first, without frames whose line has changed since."""
        places = (self._place(frame) for frame in reversed(self.incident.frames))
        return [place for place in places if place is not None]

    @property
    def place(self) -> Place | None:
        """Return the innermost of the user's own frames."""
        return self.places[0] if self.places else None

    def _place(self, frame: Frame) -> Place | None:
        """Return the current position of a frame's line; ``None`` if it is not the user's or cannot be found."""
        file = self.project.locate(frame.file)
        source = self.project.source(file) if file and frame.line else None
        if source is None or frame.line is None:
            return None
        line = frame.line
        code = frame.source.strip()
        if code and source.line(line).strip() != code:
            # The file was edited since: the line may have moved.
            lines = [n for n in range(1, len(source.lines) + 1) if source.line(n).strip() == code]
            if len(lines) != 1:
                return None
            line = lines[0]
        carets = self._extent(frame, source, line) or self._carets(frame, source, line)
        types = self.facts.types(frame.file, frame.line, frame.function)
        return Place(source, line, frame.function, carets, types)

    def _extent(self, frame: Frame, source: Source, line: int) -> tuple[int, int] | None:
        """Return the extent that the program reported, moved to the current position of its line."""
        extent = self.facts.extent(frame)
        if not extent or frame.line is None or extent[0] - frame.line + line > len(source.lines):
            return None
        return source.offset(line, extent[1]), source.offset(extent[0] - frame.line + line, extent[2])

    def _carets(self, frame: Frame, source: Source, line: int) -> tuple[int, int] | None:
        """Find the line of ``~~~^^^`` under a frame's source and move it to the current position of that source."""
        evidence = self.incident.evidence
        heads = [n for n, text in enumerate(evidence) if f'"{frame.file}", line {frame.line}' in text]
        if not heads or heads[-1] + 2 >= len(evidence):
            return None
        # A frame is printed as ``File "app.py", line 3``, then its source, then the marks below it.
        printed, under = evidence[heads[-1] + 1], evidence[heads[-1] + 2]
        code = source.line(line).strip()
        shift = printed.find(code) if code else -1
        marks = re.search(r"[~^]+$", under.rstrip())
        if shift < 0 or not marks or under[: marks.start()].strip(" |"):
            return None
        # The source may be printed with another indentation than it has in the file.
        text = source.line(line)
        begin = source.line_start(line) + len(text) - len(text.lstrip()) - shift
        return begin + marks.start(), begin + marks.end()

    def match(self, pattern: str) -> re.Match[str] | None:
        """Match the whole message."""
        return re.fullmatch(pattern, self.message, re.DOTALL)

    def imported_modules(self, source: Source) -> list[str]:
        """Return the modules that a file imports from outside this tree, the standard library included."""
        names: list[str] = []
        for node in source.find(ast.stmt):
            if isinstance(node, ast.Import):
                names += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.append(node.module)
        return [name for name in dict.fromkeys(names) if name.partition(".")[0] not in self.project.modules]

    def all_imported_modules(self) -> list[str]:
        """Return those of the whole project without its tests, and the modules whose objects frameworks pass on."""
        sources = (self.project.source(file) for file in self.project.python_files if not is_test(file))
        names = dict.fromkeys(name for source in sources if source for name in self.imported_modules(source))
        tops = {name.partition(".")[0] for name in names}
        return [
            *names,
            *(module for top, modules in FRAMEWORK_OBJECTS.items() if top in tops for module in modules),
        ]
