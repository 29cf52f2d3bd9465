"""Hiding a failure, or lowering a guard, by a setting: switches, levels, limits and checks in any kind of file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from otorepair_like.guard.finding import GuardFinding, asked
from otorepair_like.guard.parsing import data
from otorepair_like.guard.rules.brace_languages import READ
from otorepair_like.guard.source_pairs import guards
from otorepair_like.workspace.change_set import FileChange, text_lines

_PROSE: Final = (".md", ".txt", ".rst", ".css", ".svg", ".csv", ".lock", ".sql", ".po")
_SETTING: Final = re.compile(
    r"""(?<![\w.-])(?=[\d._-]*[A-Za-z])([\w.-]++)["']?[ \t]*+[:=][ \t]*+["']?([\w.*+-]++)["']?"""
)
_ON: Final = frozenset({"true", "yes", "on", "1"})
_OFF: Final = frozenset({"false", "no", "off", "0"})
_KEEPS_SAFE: Final = re.compile(
    r"(?i)(verif|tls|ssl|secure|auth(?!or(?!i[sz]))|require|strict|csrf|xsrf|check|validat|escape|encrypt|fail|raise|exit_?code"
    r"|integrity|signature|httponly|noimplicit|samesite)"
)
_MAKES_UNSAFE: Final = re.compile(
    r"(?i)(^|[._-])(debug|privileged|insecure|allow_?all|trust_?all|skip_?\w+|ignore_?\w*|continue_?on_?error|disable_?\w+)$"
)
_RANK: Final = {name: rank for rank, name in enumerate(("trace", "debug", "info", "warning", "error", "critical"))} | {
    "warn": 3, "fatal": 5, "none": 6, "off": 6, "silent": 6,
}  # fmt: skip
_EVERYONE: Final = re.compile(r"(?i)(host|origin|cors|allow)[\w.\"' -]*[:=]\s*\[?\s*[\"']\*[\"']")
_UNSAFE_TEXT: Final = re.compile(
    r"(?i)\|\s*(safe|raw)\b|\{%-?\s*autoescape\s+(off|false)|dangerouslySetInnerHTML|\bv-html\s*=|\{!!|mark_safe\("
)
_ALWAYS_WELL: Final = re.compile(
    r"""(?i)\btest:\s*(\[\s*["']?(CMD|NONE)(-SHELL)?["']?\s*(,\s*["'](true|exit 0|:)["']\s*)?\]|(true|exit 0)\s*$)"""
)
_TEMPLATE_CHECK: Final = re.compile(r"csrf|@auth\b|@can\b|login_required|\bperms\.|is_authenticated")
_RUN_BY_ITSELF: Final = (
    "preinstall",
    "install",
    "postinstall",
    "prepare",
    "prepublish",
    "prepublishOnly",
    "preprepare",
)
_LINTERS: Final = ("ruff", "mypy", "pyright", "pylint", "flake8", "bandit", "black", "isort", "ty")
_LINTER_FILES: Final = re.compile(
    r"(^|/)(\.eslintrc[^/]*|eslint\.config\.\w+|\.?ruff\.toml|\.?mypy\.ini|pyrightconfig\.json|\.flake8|\.pylintrc|biome\.jsonc?)$"
)


def loosened(change: FileChange) -> Iterator[GuardFinding]:
    """Yield switches, levels and lists that are laxer than before; scripts that check less or run by themselves."""
    if change.path.lower().endswith(_PROSE) or change.after is None or change.before is None:
        return
    yield from _switches(change)
    yield from _lines(change)
    yield from _scripts(change)
    yield from _linters(change)


def _switches(change: FileChange) -> Iterator[GuardFinding]:
    before, after = _settings(change.before), _settings(change.after)
    for key, (value, line) in after.items():
        was = before.get(key, ("", 0))[0]
        name = key.rpartition(".")[2]
        if value == was:
            continue
        if value in _OFF and was in _ON and _KEEPS_SAFE.search(name):
            yield asked("check-removed", change.path, f"{name} was on and is off", line)
        elif value in _ON and was not in _ON and _MAKES_UNSAFE.search(name):
            yield asked("check-removed", change.path, f"{name} is on now", line)
        elif (
            was in _RANK
            and _RANK.get(value, -1) > max(_RANK[was], _RANK["warning"])
            and "level" in name.lower()
        ):
            yield asked("lower-level", change.path, f"less is logged: {name} is {value}, was {was}", line)


def _settings(content: bytes | None) -> dict[str, tuple[str, int]]:
    """Return values by key, in lower case, with their lines; a key that comes often is left out."""
    found: dict[str, tuple[str, int]] = {}
    often: Counter[str] = Counter()
    for number, line in enumerate(text_lines(content), 1):
        for key, value in _SETTING.findall(line[:READ]):
            often[key] += 1
            found[key] = value.lower(), number
    return {key: found[key] for key in found if often[key] == 1}


def _lines(change: FileChange) -> Iterator[GuardFinding]:
    """Yield lines that let everybody in, show text as it came, or make a check hold always; checks that went."""
    known = {line.strip() for line in text_lines(change.before)}
    for number, line in enumerate(text_lines(change.after), 1):
        if line.strip() in known:
            continue
        for pattern, rule, said in (
            (_EVERYONE, "check-removed", "lets everybody in"),
            (_UNSAFE_TEXT, "check-removed", "text is not escaped"),
            (_ALWAYS_WELL, "check-removed", "a check that always holds"),
        ):
            if pattern.search(line[:READ]):
                yield asked(rule, change.path, f"{said}: {line.strip()[:60]}", number)
    before, after = (Counter(_checks(change.path, side)) for side in (change.before, change.after))
    for name in before - after:
        yield asked("check-removed", change.path, f"a check was removed: {name}")


def _checks(path: str, content: bytes | None) -> Iterator[str]:
    """Yield names of checks in the text: of functions in scripts, of middleware in lists, of tags in templates."""
    text = (content or b"").decode(errors="replace")
    if path.endswith(
        (".html", ".jinja", ".jinja2", ".j2", ".twig", ".erb", ".ejs", ".hbs", ".blade.php", ".vue")
    ):
        yield from _TEMPLATE_CHECK.findall(text)
    elif path.endswith((".yml", ".yaml")):
        yield from re.findall(r"(?m)^\s*(healthcheck|livenessProbe|readinessProbe|securityContext)\s*:", text)
    elif path.endswith((".py", ".pyi")):
        yield from (name for name in re.findall(r"""["']([\w.]+\.\w+)["']""", text) if guards(name))
    else:
        for line in text.splitlines():
            if (
                not line.lstrip().startswith(("import", "export {", "//", "*", "/*"))
                and "require(" not in line
            ):
                yield from (name for name in re.findall(r"[,(]\s*(\w+)(?=\s*[,)(])", line) if guards(name))


def _scripts(change: FileChange) -> Iterator[GuardFinding]:
    """Yield scripts of ``package.json``: commands of a chain that went, and those that installing runs."""
    if not change.path.endswith("package.json"):
        return
    before, after = (_table(data(change.path, side), "scripts") for side in (change.before, change.after))
    for name, script in after.items():
        was = str(before.get(name, ""))
        lost = {part.split()[0] for part in was.split("&&") if part.split()} - set(str(script).split())
        if name in _RUN_BY_ITSELF and script != was:
            yield asked("runs-program", change.path, f"installing runs: {str(script)[:60]}")
        elif lost and len(was.split("&&")) > len(str(script).split("&&")):
            yield asked("check-removed", change.path, f"{name} no longer runs {', '.join(sorted(lost))}")


def _linters(change: FileChange) -> Iterator[GuardFinding]:
    """Yield settings of linters and type checkers."""
    name = change.path.rpartition("/")[2]
    if name == "pyproject.toml":
        before, after = (_table(data(name, side), "tool") for side in (change.before, change.after))
        changed = [tool for tool in _LINTERS if before.get(tool) != after.get(tool)]
    else:
        changed = [name] if _LINTER_FILES.search(change.path) else []
    for tool in changed:
        yield asked("suppression", change.path, f"changes what {tool} looks for")


def _table(read: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = read.get(key)
    return found if isinstance(found, dict) else {}
