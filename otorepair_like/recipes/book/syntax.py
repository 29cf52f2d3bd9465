"""Text that does not compile: apply one small change for the compiler's message and compile again.

The compiler's messages name the slip in most cases. A change counts only if the file then compiles, or if the next
error stands further down; that one is then repaired too, up to the maximum length of a chain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from otorepair_like.recipes.case import Case
from otorepair_like.recipes.python.scope import unbound_names
from otorepair_like.recipes.python.slips import SLIPS
from otorepair_like.recipes.python.source import Edit, Source
from otorepair_like.recipes.python.unparsable import BrokenText, TextChange
from otorepair_like.recipes.recipe import MAX_CHAIN, Candidate, Finding, Risk, recipe


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
    repaired = False
    for chain in repairs(broken):
        repaired = True
        title = "; ".join(change.title for change in chain)
        risk = max(change.risk for change in chain)
        edit = edit_between(source, chain[-1].text)
        yield Candidate(title, f"the compiler says: {broken.message}", 0.9 - 0.1 * risk, (edit,), risk)
    if not repaired:
        yield Finding(
            f"{source.path}:{broken.line} does not compile ({broken.message}), and no one slip explains it"
        )


def _broken(case: Case) -> tuple[Source, BrokenText] | None:
    """Return the last file of the traceback that does not compile."""
    for frame in reversed(case.incident.frames):
        file = case.project.locate(frame.file)
        source = case.project.source(file) if file else None
        broken = BrokenText.of(source.text) if source else None
        if source and broken:
            return source, broken
    return None


def repairs(broken: BrokenText, depth: int = MAX_CHAIN) -> list[tuple[TextChange, ...]]:
    """Return chains of changes that make the text compile, all of the first kind of slip that leads to one."""
    for pattern, slip in SLIPS:
        match = re.search(pattern, broken.message)
        changes = list(slip(broken, match)) if match else []
        chains: list[tuple[TextChange, ...]] = []
        for change in changes:
            left = BrokenText.of(change.text)
            if left is None:
                chains.append((change,))
            elif depth > 1 and not chains and left.line > broken.line:
                chains += [(change, *rest) for rest in repairs(left, depth - 1)[:1]]
        if chains:
            chains = _fewest_unbound(chains)
            # Two changes that both compile are a guess between two programs.
            certain = len(chains) == 1
            return (
                chains
                if certain
                else [(*chain[:-1], chain[-1].with_risk(Risk.MEDIUM)) for chain in chains[:3]]
            )
    return []


def _fewest_unbound(chains: list[tuple[TextChange, ...]]) -> list[tuple[TextChange, ...]]:
    """Keep the chains that leave the fewest unbound names."""
    if len(chains) < 2:
        return chains
    counts = [
        len({node.id for node in unbound_names(Source("text.py", chain[-1].text.encode()))})
        for chain in chains
    ]
    return [chain for chain, count in zip(chains, counts, strict=True) if count == min(counts)]


def edit_between(source: Source, text: str) -> Edit:
    """Return the smallest single edit that turns a source's text into another one."""
    old = source.text
    start = 0
    while start < min(len(old), len(text)) and old[start] == text[start]:
        start += 1
    end = 0
    while end < min(len(old), len(text)) - start and old[-1 - end] == text[-1 - end]:
        end += 1
    return Edit(source.path, start, len(old) - end, text[start : len(text) - end])
