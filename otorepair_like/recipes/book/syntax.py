"""Text that does not compile: apply one small change for the compiler's message and compile again.

The compiler's messages name the slip in most cases. A change counts only if the file then compiles, or if the next
error stands further down; that one is then repaired too, up to the maximum length of a chain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from otorepair_like.recipes.case import Case
from otorepair_like.recipes.python.scope import unbound
from otorepair_like.recipes.python.slips import SLIPS
from otorepair_like.recipes.python.source import Edit, Source
from otorepair_like.recipes.python.unparsable import Broken, Try
from otorepair_like.recipes.recipe import LONGEST_CHAIN, Candidate, Finding, Risk, recipe


@recipe(
    "syntax",
    "SyntaxError",
    "IndentationError",
    "TabError",
    example="if ready -> if ready: · print 'x' -> print('x') · (1, 2 -> (1, 2)",
)
def broken_text(case: Case) -> Iterator[Candidate | Finding]:
    """Repair up to four slips of one file, each named by the compiler."""
    at = _broken(case)
    if at is None:
        return
    source, broken = at
    found = False
    for way in ways(broken):
        found = True
        title = "; ".join(each.title for each in way)
        risk = max(each.risk for each in way)
        edit = whole_edit(source, way[-1].text)
        yield Candidate(title, f"the compiler says: {broken.message}", 0.9 - 0.1 * risk, (edit,), risk)
    if not found:
        yield Finding(
            f"{source.path}:{broken.line} does not compile ({broken.message}), and no one slip explains it"
        )


def _broken(case: Case) -> tuple[Source, Broken] | None:
    """Return the last file of the traceback that does not compile."""
    for frame in reversed(case.incident.frames):
        file = case.project.locate(frame.file)
        source = case.project.source(file) if file else None
        broken = Broken.of(source.text) if source else None
        if source and broken:
            return source, broken
    return None


def ways(broken: Broken, depth: int = LONGEST_CHAIN) -> list[tuple[Try, ...]]:
    """Return chains of changes that make the text compile, all of the first kind of slip that leads to one."""
    for pattern, slip in SLIPS:
        found = re.search(pattern, broken.message)
        tries = list(slip(broken, found)) if found else []
        healed: list[tuple[Try, ...]] = []
        for each in tries:
            left = Broken.of(each.text)
            if left is None:
                healed.append((each,))
            elif depth > 1 and not healed and left.line > broken.line:
                healed += [(each, *rest) for rest in ways(left, depth - 1)[:1]]
        if healed:
            healed = _binding_most(healed)
            # Two changes that both compile are a guess between two programs.
            certain = len(healed) == 1
            return healed if certain else [(*way[:-1], way[-1].with_risk(Risk.MEDIUM)) for way in healed[:3]]
    return []


def _binding_most(healed: list[tuple[Try, ...]]) -> list[tuple[Try, ...]]:
    """Keep the chains that leave the fewest unbound names."""
    if len(healed) < 2:
        return healed
    left = [len({node.id for node in unbound(Source("text.py", way[-1].text.encode()))}) for way in healed]
    return [way for way, count in zip(healed, left, strict=True) if count == min(left)]


def whole_edit(source: Source, text: str) -> Edit:
    """Return the smallest single edit that turns a source's text into another one."""
    old = source.text
    start = 0
    while start < min(len(old), len(text)) and old[start] == text[start]:
        start += 1
    end = 0
    while end < min(len(old), len(text)) - start and old[-1 - end] == text[-1 - end]:
        end += 1
    return Edit(source.path, start, len(old) - end, text[start : len(text) - end])
