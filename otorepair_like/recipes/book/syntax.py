"""Text that does not compile: apply one small change for the compiler's message and compile again.

The compiler's messages name the slip in most cases. A change counts only if the file then compiles, or if the next
error stands further down; that one is then repaired too, up to the maximum length of a chain.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator

from otorepair_like.recipes.case import Case
from otorepair_like.recipes.python.scope import unbound_names
from otorepair_like.recipes.python.slips import SLIPS
from otorepair_like.recipes.python.source import Edit, Source
from otorepair_like.recipes.python.unparsable import BrokenText, TextChange
from otorepair_like.recipes.recent_edits import slips_since_healthy
from otorepair_like.recipes.recipe import MAX_CHAIN, Candidate, Finding, recipe


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
    if restored := _healthy_text(case, source):
        yield restored
        return
    if _is_open_group(broken):
        yield Finding(
            f"{source.path}:{broken.line} does not compile ({broken.message}): which one, is not told"
        )
        return
    chains = repairs(broken)
    if len({_meaning(chain) for chain in chains}) > 1:
        lines = dict.fromkeys(_changed_line(source, chain[-1].text) for chain in chains)
        options = " or ".join(list(lines)[:2])
        yield Finding(
            f"{source.path}:{broken.line} does not compile ({broken.message}); it may mean {options}"
        )
        return
    for chain in chains[:1]:
        title = "; ".join(change.title for change in chain)
        risk = max(change.risk for change in chain)
        edit = edit_between(source, chain[-1].text)
        yield Candidate(title, f"the compiler says: {broken.message}", 0.9 - 0.1 * risk, (edit,), risk)
    if not chains:
        yield Finding(
            f"{source.path}:{broken.line} does not compile ({broken.message}), and no one slip explains it"
        )


def _healthy_text(case: Case, source: Source) -> Candidate | None:
    """Restore the one passage of the last healthy run from which only a slip leads to the text that is broken."""
    before = case.project.healthy_source(source.path)
    edits = list(slips_since_healthy(before, source)) if before else []
    compiling = [
        edit for edit in edits if BrokenText.of(source.with_edits([edit]).decode(source.encoding)) is None
    ]
    if len(compiling) != 1:
        return None
    title = f"{compiling[0].text.strip()} again"
    return Candidate(title, "so it stood when it last ran well", 0.97, tuple(compiling))


def _is_open_group(broken: BrokenText) -> bool:
    """Return whether the bracket may be missing within: ``max((a + b * 2, 3)``, where the end would make a tuple."""
    line = broken.line_text(broken.line).rstrip(" :")
    begin = line.find("((")
    if "was never closed" not in broken.message or begin < 0:
        return False
    depth, has_comma = 0, False
    for at in range(begin + 1, len(line)):
        depth += (line[at] in "([{") - (line[at] in ")]}")
        has_comma = has_comma or (line[at] == "," and depth == 1)
        if depth == 0:
            return has_comma and at == len(line) - 1
    return False


def _meaning(chain: tuple[TextChange, ...]) -> str:
    """Return the syntax tree of the repaired text, without positions."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.dump(ast.parse(chain[-1].text))


def _changed_line(source: Source, text: str) -> str:
    """Return the repaired line."""
    number = source.line_of(edit_between(source, text).start)
    return text.splitlines()[number - 1].strip() if number <= len(text.splitlines()) else ""


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
                further = repairs(left, depth - 1)
                agreed = len({_meaning(rest) for rest in further}) == 1
                chains += [(change, *further[0])] if agreed else []
        if chains:
            return _fewest_unbound(chains)
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
