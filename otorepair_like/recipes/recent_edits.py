"""Word-by-word changes since the program last ran well: the first suspects of a failure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from otorepair_like.recipes.project import Project, is_test
from otorepair_like.recipes.python.source import Edit, Source
from otorepair_like.recipes.spelling import distance

_TOKEN: Final = re.compile(r"[^\W\d]\w*|\d+|[^\w\s]")
_MAX_TOKENS: Final = 4_000
"""Maximum number of tokens compared in one changed passage. A longer passage is no slip."""
_MAX_SLIPS: Final = 2
"""Maximum number of slips between two versions of a passage; more is an edit that somebody meant."""


@dataclass(frozen=True, slots=True)
class WordChange:
    """One word in the place of another: ``new`` at the offset ``start`` of ``source``; ``old`` stood there before."""

    source: Source
    start: int
    old: str
    new: str


def word_changes(project: Project) -> Iterator[WordChange]:
    """Yield the words of the tree that were replaced since the last healthy run, without tests."""
    for file in sorted(project.healthy):
        before, after = project.healthy_source(file), project.source(file)
        if before and after and not is_test(file):
            yield from _file_changes(before, after)


def _file_changes(before: Source, after: Source) -> Iterator[WordChange]:
    """Yield the replaced words of one file."""
    lines = difflib.SequenceMatcher(None, before.lines, after.lines, autojunk=False)
    for kind, first, last, begin, end in lines.get_opcodes():
        if kind == "replace":
            old = list(
                _TOKEN.finditer(before.text, before.line_start(first + 1), before.line_start(last + 1))
            )
            new = list(_TOKEN.finditer(after.text, after.line_start(begin + 1), after.line_start(end + 1)))
            if len(old) + len(new) <= _MAX_TOKENS:
                yield from _word_pairs(after, old, new)


def _word_pairs(after: Source, old: list[re.Match[str]], new: list[re.Match[str]]) -> Iterator[WordChange]:
    """Yield the identifiers that took each other's place, for passages of the same length."""
    words = difflib.SequenceMatcher(
        None, [token[0] for token in old], [token[0] for token in new], autojunk=False
    )
    for kind, first, last, begin, end in words.get_opcodes():
        if kind == "replace" and last - first == end - begin:
            for old_word, new_word in zip(old[first:last], new[begin:end], strict=True):
                if old_word[0].isidentifier() and new_word[0].isidentifier():
                    yield WordChange(after, new_word.start(), old_word[0], new_word[0])


def replaced_words(project: Project) -> dict[str, set[str]]:
    """Return each word that took another's place since the last healthy run, with the words that stood there."""
    replaced: dict[str, set[str]] = {}
    for change in word_changes(project):
        replaced.setdefault(change.new, set()).add(change.old)
    return replaced


def is_introduced(project: Project, word: str) -> bool:
    """Return whether a word stands in changed files only, and stood in none of them at the last healthy run."""
    versions = [
        (before, after)
        for file in project.healthy
        if (before := project.healthy_source(file)) and (after := project.source(file))
    ]
    pattern = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")
    return (
        any(pattern.search(after.text) for _, after in versions)
        and not any(pattern.search(before.text) for before, _ in versions)
        and set(project.mentions(word)) <= project.healthy.keys()
    )


def slips_since_healthy(before: Source, after: Source) -> Iterator[Edit]:
    """Yield the edits that restore each passage in which only a slip lies between a healthy text and the current."""
    lines = difflib.SequenceMatcher(None, before.lines, after.lines, autojunk=False)
    for kind, first, last, begin, end in lines.get_opcodes():
        old, new = "".join(before.lines[first:last]), "".join(after.lines[begin:end])
        if kind != "equal" and distance(old, new, _MAX_SLIPS) <= _MAX_SLIPS:
            start = after.line_start(begin + 1) if begin < len(after.lines) else len(after.text)
            yield Edit(after.path, start, start + len(new), old)


def contradicted_edit(project: Project, files: Mapping[str, bytes]) -> WordChange | None:
    """Return the user's own change that new contents of files contradict: a third word where the user wrote another.

    A slip that restores the earlier word, or a word that the user has just introduced, contradicts nothing.
    """
    replaced = replaced_words(project) if project.healthy else {}
    for file, content in files.items():
        current = project.source(file)
        for change in _file_changes(current, Source(file, content)) if current and replaced else ():
            earlier = replaced.get(change.old, set())
            if earlier and change.new not in earlier and not is_introduced(project, change.new):
                return WordChange(current or change.source, change.start, sorted(earlier)[0], change.old)
    return None


def is_closer_to_healthy(project: Project, file: str, content: Source) -> bool:
    """Return whether this content is more like the file of the last healthy run than the current content is."""
    healthy, current = project.healthy_source(file), project.source(file)
    if healthy is None or current is None:
        return False
    return _distance(healthy, content) < _distance(healthy, current)


def _distance(before: Source, after: Source) -> int:
    """Return how many lines differ between two versions of a file."""
    same = difflib.SequenceMatcher(None, before.lines, after.lines, autojunk=False)
    return max(len(before.lines), len(after.lines)) - sum(block.size for block in same.get_matching_blocks())
