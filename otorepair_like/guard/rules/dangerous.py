"""Things a repair must not reach for: default secrets, unverified TLS, new dependencies, shell, network, eval."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from otorepair_like.guard.finding import GuardFinding, asked, refused
from otorepair_like.guard.parsing import data
from otorepair_like.guard.source_pairs import Code, Pair, text
from otorepair_like.redact.names import secret_like
from otorepair_like.workspace.change_set import FileChange, text_lines

_TLS: Final = re.compile(
    r"""(?x) \bverify\s*=\s*False | CERT_NONE | _create_unverified_context | check_hostname\s*=\s*False
    | rejectUnauthorized\s*:\s*false | NODE_TLS_REJECT_UNAUTHORIZED | InsecureSkipVerify\s*:\s*true
    | --no-check-certificate | \bcurl\b.*\s(-k|--insecure)\b | verify_ssl\s*=\s*False | ssl\s*=\s*False
    | disable_warnings\( | sslmode=disable | ["']?verify_(?:signature|exp|aud)["']?\s*[:=]\s*False
    | \balgorithms?\W.*["']none["']
    | danger_accept_invalid_certs\(\s*true"""
)
_RUNS: Final = re.compile(
    r"""(?x) (os\.(system|popen|exec\w+|spawn\w+|fork|posix_spawn\w*)|subprocess\.\w+|pty\.spawn|commands\.\w+
    |asyncio\.create_subprocess_\w+) $"""
)
_EVALUATES: Final = re.compile(
    r"(eval|exec|compile|__import__|(builtins|code)\.\w+|(pickle|marshal|dill|shelve)\.(loads?|open)|runpy\.\w+"
    r"|yaml\.(unsafe_load|load)|ctypes\.\w+)$"
)
_CONNECTS: Final = re.compile(
    r"(socket\.(socket|create_connection)|urllib\.request\.\w+|http\.client\.\w+|requests\.\w+|httpx\.\w+"
    r"|aiohttp\.\w+|ftplib\.\w+|smtplib\.\w+|telnetlib\.\w+|paramiko\.\w+|websockets?\.\w+|urllib3\.\w+)$"
)
_SCRIPTED: Final = re.compile(
    r"\beval\(|new Function\(|child_process|\bexecSync\(|\bspawn\(|\bfetch\(\s*['\"]https?:"
)
_LISTS: Final = re.compile(
    r"(?i)(^|/)(requirements[^/]*\.(txt|in)|constraints[^/]*\.txt|pipfile|setup\.(py|cfg)|go\.mod|cargo\.toml|gemfile"
    r"|composer\.json|environment\.ya?ml|package-lock\.json|yarn\.lock|poetry\.lock|uv\.lock|pnpm-lock\.yaml)$"
)
_RAISES: Final = ("check", "raise_for_status", "strict")
"""Keywords that make a call fail aloud."""

_LENIENT_SQL: Final = re.compile(
    r"(?i)\bINSERT\s+(OR\s+)?IGNORE\b|\bDO\s+NOTHING\b|foreign_keys\s*=\s*(OFF|0|false)|FOREIGN_KEY_CHECKS\s*=\s*0"
    r"|\bDISABLE\s+TRIGGER\b|ignore_check_constraints\s*=\s*(ON|1|true)|\bDROP\s+CONSTRAINT\b"
)
_READS: Final = re.compile(r"(environ\.(get|setdefault|pop)|getenv|config|env(\.\w+)?|decouple\.config)$")


def secrets(pair: Pair) -> Iterator[GuardFinding]:
    """Yield a default for a variable that looks like a secret; no setting allows it."""
    for name, call in pair.new_calls:
        key = call.args[0] if call.args else None
        variable = text(key).strip("'\"") if isinstance(key, ast.Constant) else ""
        if not (variable and _READS.search(name) and secret_like(variable)):
            continue
        given = [*call.args[1:], *(k.value for k in call.keywords if k.arg == "default")]
        if any(text(value) != "None" for value in given):
            yield refused("secret-default", pair.path, f"a default for {variable}", call.lineno, setting="")
        elif f"environ[{text(key)}]" in text(pair.before.tree):
            yield asked("secret-optional", pair.path, f"goes on without {variable}", call.lineno)
    had = {said for said, _ in _set_secrets(pair.before)}
    for said, node in _set_secrets(pair.after):
        if said not in had:
            yield refused(
                "secret-default", pair.path, f"a secret in plain text: {said}", node.lineno, setting=""
            )


def _set_secrets(code: Code) -> Iterator[tuple[str, ast.stmt]]:
    """Yield assignments of a non-empty literal, alone or after ``or``, to a secret's name or variable."""
    assigned: list[ast.Assign | ast.AnnAssign] = [*code.of(ast.Assign), *code.of(ast.AnnAssign)]
    for node in assigned:
        value = node.value.values[-1] if isinstance(node.value, ast.BoolOp) else node.value
        literal = (
            isinstance(value, ast.Constant) and isinstance(value.value, str | bytes) and bool(value.value)
        )
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            name = target.slice if isinstance(target, ast.Subscript) else target
            said = text(name).rpartition(".")[2].strip("'\"")
            if literal and secret_like(said):
                yield said, node


def reaches(pair: Pair) -> Iterator[GuardFinding]:
    """Yield new calls that run programs or code or open connections; old ones that stopped asking for the outcome."""
    had = {(name, _what(call)): call for name, call in pair.before.calls}
    for name, call in pair.new_calls:
        old = had.get((name, _what(call)))
        if old is not None and any(_given(old, word) == "True" != _given(call, word) for word in _RAISES):
            yield asked("check-removed", pair.path, f"{name} may fail unnoticed", call.lineno)
        same = old is not None and _given(old, "shell") == _given(call, "shell")
        if _RUNS.match(name) and not same:
            yield asked("runs-program", pair.path, f"runs another program: {name}", call.lineno)
        elif _EVALUATES.match(name):
            yield asked("runs-code", pair.path, f"runs code from data: {name}", call.lineno)
        elif _CONNECTS.match(name) and not same and not _given_to_known(name, pair):
            yield asked("network", pair.path, f"opens a connection: {name}", call.lineno)
    yield from _unasked(pair)


def _given_to_known(name: str, pair: Pair) -> bool:
    """Return whether a new call makes an object of a library for a call of that library that was there before."""
    library, _, made = name.rpartition(".")
    if not made[:1].isupper():
        return False
    known = {old for old, _ in pair.before.calls if old.startswith(f"{library}.")}
    given = (
        value for each in pair.after.of(ast.Call) for value in (*each.args, *(k.value for k in each.keywords))
    )
    inside = any(
        isinstance(value, ast.Call) and text(value.func).rpartition(".")[2] == made for value in given
    )
    return bool(known) and inside


def _what(call: ast.Call) -> str:
    """Return the program or address of a call: the first word of a command, or the whole first argument."""
    first = call.args[0] if call.args else None
    return text(first.elts[0] if isinstance(first, ast.List) and first.elts else first)


def _given(call: ast.Call, keyword: str) -> str:
    return next((text(k.value) for k in call.keywords if k.arg == keyword), "")


def _unasked(pair: Pair) -> Iterator[GuardFinding]:
    """Yield SQL in which a constraint does not count any more."""
    known = {node.value for node in pair.before.of(ast.Constant)}
    for node in pair.after.of(ast.Constant):
        if isinstance(node.value, str) and node.value not in known and _LENIENT_SQL.search(node.value):
            yield asked(
                "silent-except", pair.path, f"constraints do not count: {node.value[:40]}", node.lineno
            )


def reaches_in_text(change: FileChange) -> Iterator[GuardFinding]:
    """Yield the same by its looks, unverified TLS in any language, and new dependencies."""
    before = set(text_lines(change.before))
    for number, line in enumerate(text_lines(change.after), 1):
        if line in before:
            continue
        if _TLS.search(line):
            yield asked("tls", change.path, f"does not verify TLS: {line.strip()[:60]}", number)
        if _SCRIPTED.search(line) and not change.path.endswith((".py", ".pyi", ".md", ".txt", ".rst")):
            yield asked("runs-code", change.path, f"runs code or connects: {line.strip()[:60]}", number)
    yield from _dependencies(change)
    if change.path == "pyproject.toml" and _own(change.before) != _own(change.after):
        yield refused("own-config", change.path, "changes the settings of otorepair", setting="")


def _dependencies(change: FileChange) -> Iterator[GuardFinding]:
    name = change.path.rpartition("/")[2].lower()
    if name in ("pyproject.toml", "package.json"):
        new = _named(change.path, change.after) - _named(change.path, change.before)
    elif _LISTS.search(change.path):
        old = set(map(str.strip, text_lines(change.before)))
        new = {line.strip() for line in text_lines(change.after)} - old
        new = {line for line in new if line and not line.startswith("#")}
    else:
        return
    if new:
        yield asked("dependency", change.path, f"needs another dependency: {min(new)[:60]}")


def _named(path: str, content: bytes | None) -> set[str]:
    """Return every dependency a project file asks for, as written."""
    read = data(path, content)
    found: set[str] = set()
    if path.endswith(".json"):
        for key, value in read.items():
            if key.lower().endswith("dependencies") and isinstance(value, dict):
                found |= {f"{name} {version}" for name, version in value.items()}
        return found
    project = read.get("project")
    project = project if isinstance(project, dict) else {}
    for part in (
        project.get("dependencies"),
        project.get("optional-dependencies"),
        read.get("dependency-groups"),
    ):
        found |= set(re.findall(r"'([^']+)'", repr(part)))
    system = read.get("build-system")
    return found | set(re.findall(r"'([^']+)'", repr(system)))


def _own(content: bytes | None) -> object:
    tool = data("pyproject.toml", content).get("tool")
    return tool.get("otorepair") if isinstance(tool, dict) else None
