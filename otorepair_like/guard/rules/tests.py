"""Tests: existing ones stay as they are, and nothing may keep them from being run or from failing."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from typing import Any, Final

from otorepair_like.guard.finding import GuardFinding, refused
from otorepair_like.guard.parsing import data, python
from otorepair_like.guard.policy import GuardPolicy
from otorepair_like.workspace import paths
from otorepair_like.workspace.change_set import FileChange

_HOOKS: Final = (
    "**/conftest.py",
    "**/sitecustomize.py",
    "**/usercustomize.py",
    "**/*.pth",
    "**/setuptest*.js",
)
"""Files that run before or around every test."""

_CONFIG: Final = (
    "**/pytest.ini", "**/.pytest.ini", "**/tox.ini", "**/noxfile.py", "**/.coveragerc", "**/jest.config.*",
    "**/vitest.config.*", "**/karma.conf.*", "**/.mocharc*", "**/playwright.config.*", "**/cypress.config.*",
)  # fmt: skip
_SECTIONS: Final = re.compile(r"(?ms)^\[(tool:pytest|pytest|coverage[^\]]*|tox[^\]]*)\](.*?)(?=^\[|\Z)")
_TEST_LIBRARIES: Final = frozenset({"pytest", "unittest", "hypothesis", "doctest", "nose", "mock"})
_PATCHED: Final = (b"pytest", b"unittest", b"builtins", b"sys.modules", b"__eq__")
"""One of these stands in an ASCII file that tampers with a test library; in others a name may be spelled otherwise."""

_LOOKS_FOR_TESTS: Final = re.compile(r"PYTEST_CURRENT_TEST|[\"'](?:pytest|unittest)[\"'] in sys\.modules")


def tests(change: FileChange, policy: GuardPolicy) -> Iterator[GuardFinding]:
    """Yield existing tests changed or removed; new hooks; changed test configuration; shadowed libraries."""
    name = change.path
    if change.before is not None and paths.matches(name, policy.test_paths):
        word = "removed" if change.after is None else "changed"
        yield refused("test", name, f"an existing test was {word}")
    elif paths.matches(name, _HOOKS):
        yield refused("test-hook", name, "runs at every test or start")
    elif paths.matches(name, _CONFIG) or _test_settings(name, change.before) != _test_settings(
        name, change.after
    ):
        yield refused("test-config", name, "decides which tests are run")
    elif change.before is None and _shadows(name):
        yield refused("shadow", name, "shadows a library of the same name")
    if not paths.matches(name, policy.test_paths):
        yield from _disarmed(change)


def _test_settings(path: str, content: bytes | None) -> Any:
    """Return the part of a project file that speaks about tests."""
    name = path.rpartition("/")[2].lower()
    if name == "setup.cfg":
        return _SECTIONS.findall((content or b"").decode(errors="replace"))
    read: dict[str, Any] = data(path, content) if name in ("pyproject.toml", "package.json") else {}
    tool = read.get("tool")
    tool = tool if isinstance(tool, dict) else {}
    scripts = read.get("scripts")
    test = scripts.get("test") if isinstance(scripts, dict) else None
    return [
        tool.get("pytest"),
        tool.get("coverage"),
        tool.get("tox"),
        read.get("jest"),
        read.get("vitest"),
        test,
    ]


def _shadows(path: str) -> bool:
    """Return a new top-level module (or one in ``src``) with the name of a standard or test library."""
    found = re.fullmatch(r"(?:src/)?(\w+)(?:\.py|/__init__\.py)", path)
    return found is not None and (found[1] in _TEST_LIBRARIES or found[1] in sys.stdlib_module_names)


def _disarmed(change: FileChange) -> Iterator[GuardFinding]:
    """Yield source that behaves differently under test, or reaches into a test library."""
    before, after = ((side or b"").decode(errors="replace") for side in (change.before, change.after))
    found = _LOOKS_FOR_TESTS.search(after)
    if found and not _LOOKS_FOR_TESTS.search(before):
        line = after.count("\n", 0, found.start()) + 1
        yield refused("test-aware", change.path, "behaves differently under test", line)
    if not change.path.endswith(".py"):
        return
    known = {target for target, _ in _patched(change.before)}
    for target, line in _patched(change.after):
        if target not in known:
            yield refused("test-aware", change.path, f"replaces {target}", line)


def _patched(content: bytes | None) -> Iterator[tuple[str, int]]:
    """Yield assignments to attributes of test libraries and built-ins, and objects that equal everything."""
    if content is None or (content.isascii() and not any(word in content for word in _PATCHED)):
        return
    try:
        tree = python(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                text = ast.unparse(target)
                if re.match(r"(pytest|unittest|builtins|__builtins__)[.\[]|sys\.modules\[", text):
                    yield text, node.lineno
        elif isinstance(node, ast.FunctionDef) and node.name == "__eq__":
            last = node.body[-1]
            if (
                isinstance(last, ast.Return)
                and isinstance(last.value, ast.Constant)
                and last.value.value is True
            ):
                yield "__eq__ with True", node.lineno
