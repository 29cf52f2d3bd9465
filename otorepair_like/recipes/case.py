"""A case: one failure, the tree it happened in, and the program's interpreter to ask."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from otorepair_like.incident import Frame, Incident
from otorepair_like.recipes.probe_facts import Told
from otorepair_like.recipes.project import Project, is_test
from otorepair_like.recipes.python.interpreter import Witness
from otorepair_like.recipes.python.known_names import HANDED_OVER
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
        found = sorted(self.source.find(kind, self.line), key=lambda node: self.source.span(node))
        if self.carets:
            first, last = self.carets
            spans = [(node, *self.source.span(node)) for node in found]
            found = [node for node, start, end in spans if first <= start and end <= last] or found
        return found


class Case:
    """Everything a recipe is given about one failure.

    Args:
        incident: the failure.
        project: the tree.
        interpreter: the program's interpreter.
        kind, message: the exception of the incident's chain that this case is about, as printed.
    """

    def __init__(
        self, incident: Incident, project: Project, witness: Witness, kind: str, message: str
    ) -> None:
        self.incident, self.project, self.witness = incident, project, witness
        self.type = kind.rpartition(".")[2]
        self.told = Told(incident.facts)
        suggested = _SUGGESTION.search(message)
        self.suggestion = suggested[1].rpartition(".")[2] if suggested else ""
        """CPython's suggestion; ``""`` if it makes none."""
        self.message = _FORGOTTEN.sub("", _SUGGESTION.sub("", message)).strip()

    @cached_property
    def places(self) -> list[Place]:
        """Return the user's own frames, innermost first, without frames whose line has changed since."""
        found = (self._place(frame) for frame in reversed(self.incident.frames))
        return [place for place in found if place is not None]

    @property
    def place(self) -> Place | None:
        """Return the innermost of the user's own frames."""
        return self.places[0] if self.places else None

    def _place(self, frame: Frame) -> Place | None:
        file = self.project.locate(frame.file)
        source = self.project.source(file) if file and frame.line else None
        if source is None or frame.line is None:
            return None
        line = frame.line
        said = frame.source.strip()
        if said and source.line(line).strip() != said:
            same = [n for n in range(1, len(source.lines) + 1) if source.line(n).strip() == said]
            if len(same) != 1:
                return None
            line = same[0]
        carets = self._extent(frame, source, line) or self._carets(frame, source, line)
        types = self.told.types(frame.file, frame.line, frame.function)
        return Place(source, line, frame.function, carets, types)

    def _extent(self, frame: Frame, source: Source, line: int) -> tuple[int, int] | None:
        """Return the extent that the program reported, moved to the current position of its line."""
        told = self.told.extent(frame)
        if not told or frame.line is None or told[0] - frame.line + line > len(source.lines):
            return None
        return source.offset(line, told[1]), source.offset(told[0] - frame.line + line, told[2])

    def _carets(self, frame: Frame, source: Source, line: int) -> tuple[int, int] | None:
        """Find the line of ``~~~^^^`` under a frame's source and move it to the current position of that source."""
        evidence = self.incident.evidence
        heads = [n for n, text in enumerate(evidence) if f'"{frame.file}", line {frame.line}' in text]
        if not heads or heads[-1] + 2 >= len(evidence):
            return None
        printed, under = evidence[heads[-1] + 1], evidence[heads[-1] + 2]
        said = source.line(line).strip()
        shift = printed.find(said) if said else -1
        marks = re.search(r"[~^]+$", under.rstrip())
        if shift < 0 or not marks or under[: marks.start()].strip(" |"):
            return None
        text = source.line(line)
        begin = source.line_start(line) + len(text) - len(text.lstrip()) - shift
        return begin + marks.start(), begin + marks.end()

    def match(self, pattern: str) -> re.Match[str] | None:
        """Match the whole message."""
        return re.fullmatch(pattern, self.message, re.DOTALL)

    def imported_modules(self, source: Source) -> list[str]:
        """Return the dotted names of the modules a file imports from outside this tree, the standard library's
        included.
        """
        names: list[str] = []
        for node in source.find(ast.stmt):
            if isinstance(node, ast.Import):
                names += [each.name for each in node.names]
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
            *(module for top, modules in HANDED_OVER.items() if top in tops for module in modules),
        ]
