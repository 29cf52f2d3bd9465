"""The guard: looks at what is really in a change set and says what speaks against it. Pure.

An agent is a stranger. What it edited is read from disk; here it is held against the policy, rule by rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from otorepair_like.repair import paths
from otorepair_like.repair.changes import ChangeSet, FileChange, Kind
from otorepair_like.repair.finding import Finding, Level
from otorepair_like.repair.parsing import syntax_error
from otorepair_like.repair.policy import Policy

_MARKERS = re.compile(
    r"""(?imx) ^(?:<{7}|>{7}|\|{7})(?:\s.*)?$
    | ^\s*(?:\#|//|/\*|<!--|--|;)?\s*(?:\.\.\.|…)\s*\(?\s*(?:the\s+)?
      (?:rest|remainder|remaining|existing|other|previous|same|unchanged)\b.*$
    | ^.*(?:\#|//|/\*|<!--|--)\s*\(?(?:the\s+)?(?:rest|remainder)\s+of\s+(?:the\s+|this\s+|your\s+)?
      (?:file|code|class|function|module|implementation)\b.*$
    | ^\s*(?:\#|//|/\*|<!--)\s*(?:\.\.\.|…).*(?:unchanged|omitted|truncated|as\ before).*$"""
)
"""What conflicts and lazy models leave behind."""


def inspect(changes: ChangeSet, policy: Policy) -> list[Finding]:
    """Everything that speaks against ``changes``; empty: nothing does."""
    findings = list(_size(changes, policy))
    for change in changes.files:
        findings += [*_path(change, policy), *_test(change, policy), *_sort(change), *_whole(change)]
    return [found for found in findings if found.rule not in policy.allow]


def _size(changes: ChangeSet, policy: Policy) -> Iterator[Finding]:
    first = changes.paths[0] if changes else ""
    if len(changes.files) > policy.max_files:
        said = f"{len(changes.files)} files changed, at most {policy.max_files} may be"
        yield Finding("too-many-files", first, None, said, "max_files")
    lines = changes.added + changes.removed
    if lines > policy.max_lines:
        said = f"{lines} lines changed, at most {policy.max_lines} may be"
        yield Finding("too-many-lines", first, None, said, "max_lines")


def _path(change: FileChange, policy: Policy) -> Iterator[Finding]:
    if why := paths.problem(change.path):
        yield _refused("path", change, f"the path {why}")
    elif paths.matches(change.path, policy.blocked_paths):
        yield Finding("blocked-path", change.path, None, "no repair may touch this file", "blocked_paths")
    elif policy.allowed_paths and not paths.matches(change.path, policy.allowed_paths):
        yield Finding("blocked-path", change.path, None, "outside the allowed paths", "allowed_paths")


def _sort(change: FileChange) -> Iterator[Finding]:
    if not change.regular:
        yield _refused("link", change, "a symbolic link or no plain file")
    elif change.links > 1 and change.after is not None:
        yield _refused("link", change, "a hard link to another file")
    elif change.kind is Kind.MODE:
        yield _refused("mode", change, "only its permissions changed")
    elif change.mode_before and change.mode_after and change.mode_before != change.mode_after:
        yield _refused("mode", change, "its permissions changed")
    elif change.binary:
        yield _refused("binary", change, "not a text file")


def _test(change: FileChange, policy: Policy) -> Iterator[Finding]:
    if change.before is not None and paths.matches(change.path, policy.test_paths):
        word = "removed" if change.after is None else "changed"
        yield _refused("test", change, f"an existing test was {word}")


def _whole(change: FileChange) -> Iterator[Finding]:
    if change.after is None or change.binary or not change.regular:
        return
    before, after = (change.before or b"").decode(), change.after.decode()
    known = set(_MARKERS.findall(before))
    for found in _MARKERS.finditer(after):
        if found.group() not in known:
            line = after.count("\n", 0, found.start()) + 1
            yield _refused("marker", change, "a conflict or truncation marker", line)
    broken = syntax_error(change.path, change.after)
    if broken is not None and (change.before is None or syntax_error(change.path, change.before) is None):
        yield _refused("syntax", change, f"does not parse: {broken[0]}", broken[1])


def _refused(rule: str, change: FileChange, message: str, line: int | None = None) -> Finding:
    return Finding(rule, change.path, line, message, f'allow = ["{rule}"]', Level.REFUSE)
