"""An unset environment variable: use the default that the project itself names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from otorepair_like.recipes.case import Case, Place
from otorepair_like.recipes.project import Project
from otorepair_like.recipes.python.source import Edit
from otorepair_like.recipes.recipe import Candidate, Finding, Risk, recipe

_SECRET: Final = re.compile(
    r"TOKEN|SECRET|PASSW|PASSPHRASE|PWD$|KEYS?$|KEY_|DSN|CREDENTIAL|PRIVATE|SALT|CERT|SIGNING|AUTH|WEBHOOK|COOKIE|_PASS$|^PASS$",
    re.IGNORECASE,
)
_PLACEHOLDER: Final = re.compile(
    r"|<.*|\{\{.*|\$.*|change[-_ ]?me.*|your[-_ ].*|x{3,}.*|\.\.\.|"
    r"todo|fixme|replace.*|example|none|null|secret|/?path/to/.*",
    re.IGNORECASE | re.DOTALL,
)
_HARMLESS: Final = {"PORT": "8000", "HOST": "127.0.0.1"}
"""The usual defaults of development servers."""


def is_secret(name: str) -> bool:
    """Return whether a variable of this name is likely to contain a secret, which must not be invented."""
    return bool(_SECRET.search(name))


def environment_read(node: ast.AST) -> str:
    """Return the name in ``os.environ["NAME"]`` or ``environ["NAME"]`` when it is read; else ``""``."""
    match node:
        case ast.Subscript(
            value=ast.Attribute(attr="environ") | ast.Name(id="environ"),
            slice=ast.Constant(value=str(name)),
            ctx=ast.Load(),
        ):
            return name
    return ""


def documented_values(project: Project, name: str) -> dict[str, str]:
    """Return the values that the project names for a variable, each with its file; placeholders do not count."""
    values: dict[str, str] = {}
    for file in project.files:
        for pattern in _patterns(file, name):
            for match in pattern.finditer(project.read(file) or ""):
                value = next((group for group in match.groups() if group is not None), "").strip()
                if not _PLACEHOLDER.fullmatch(value):
                    values.setdefault(value, file)
    return values


def _patterns(file: str, name: str) -> list[re.Pattern[str]]:
    """Return the patterns by which a file of this name states the default of a variable."""
    base = PurePosixPath(file).name.lower()
    word = re.escape(name)
    if re.fullmatch(
        r"\.env\.(example|sample|template|dist|defaults?)|(example|sample|template)\.env|env\.(example|sample)",
        base,
    ):
        return [
            re.compile(
                rf"""^\s*(?:export\s+)?{word}\s*=\s*(?:"([^"\n]*)"|'([^'\n]*)'|([^#\n]*?))[ \t]*(?:#.*)?$""",
                re.M,
            )
        ]
    if re.fullmatch(r"(docker-)?compose.*\.ya?ml", base):
        return [
            re.compile(rf"""^\s*{word}\s*:\s*["']?([^\s"'#$]+)["']?\s*(?:#.*)?$""", re.M),
            re.compile(rf"""^\s*-\s*["']?{word}=([^\s"'#$]+)["']?\s*$""", re.M),
            re.compile(rf"\$\{{{word}:?-([^}}]+)\}}"),
        ]
    if base.startswith("dockerfile"):
        return [re.compile(rf"""^\s*ENV\s+{word}[=\s]["']?([^\s"']+)""", re.M | re.I)]
    if base.startswith("readme") and base.rpartition(".")[2] in ("md", "rst", "txt", "readme"):
        return [
            re.compile(rf"(?<!\w){word}=[\"']?([^\s\"'`]+)"),
            re.compile(rf"`{word}`[^\n`]{{0,60}}default[^\n`]{{0,20}}`([^`\n]+)`", re.I),
            # A table with a column of defaults beside the names.
            re.compile(
                rf"^\|[^|\n]*\|\s*default\s*\|(?:.*\n)+?\|\s*`?{word}`?\s*\|\s*`?([^`|\n]*?)`?\s*\|",
                re.I | re.M,
            ),
        ]
    if base.endswith(".py"):
        call = rf"""(?:environ\.get|getenv)\(\s*["']{word}["']\s*,\s*(?:default\s*=\s*)?"""
        return [re.compile(call + r"""(?:"([^"\\\n]*)"|'([^'\\\n]*)')\s*\)"""), _constant(word)]
    return []


def _constant(word: str) -> re.Pattern[str]:
    """Return the pattern of a constant such as ``DEFAULT_PORT = 8000``."""
    return re.compile(
        rf"""^DEFAULT_{word}(?:\s*:\s*\w+)?\s*=\s*(?:"([^"\\\n]*)"|'([^'\\\n]*)'|(\d+))\s*$""", re.M
    )


@recipe("environment-default", "KeyError", example='os.environ["PORT"] -> os.environ.get("PORT", "8000")')
def environment_default(case: Case) -> Iterator[Candidate | Finding]:
    """Give a required variable the default that the project documents."""
    key = case.match(r"['\"](.+)['\"]")
    for place in case.places if key else ():
        for node in place.nodes(ast.Subscript):
            if key and environment_read(node) == key[1]:
                yield from _answer_for(case, place, node, key[1])
                return


def _answer_for(case: Case, place: Place, node: ast.Subscript, name: str) -> Iterator[Candidate | Finding]:
    """Answer with the default of a variable, or with the reason for having none."""
    if is_secret(name):
        yield Finding(
            f"{name} is not set and may be a secret, which is never invented: export {name}=… and restart"
        )
        return
    values = documented_values(case.project, name)
    if any(re.search(r"://[^/\s:@]+:[^/\s@]+@", value) for value in values):
        yield Finding(f"{name} is not set and its example holds a password: export {name}=… and restart")
    elif len(values) > 1:
        choices = " and ".join(f"{value!r} in {file}" for value, file in values.items())
        yield Finding(f"{name} is not set, and the project names more than one value for it: {choices}")
    elif values:
        value, file = next(iter(values.items()))
        edit = with_default(place, node, value)
        yield Candidate(f'default "{value}" for {name}', f"named in {file}", 0.95, (edit,))
    elif name in _HARMLESS:
        value = _HARMLESS[name]
        edit = with_default(place, node, value)
        evidence = "nothing in the project names one; this is the usual one"
        yield Candidate(f'default "{value}" for {name}', evidence, 0.7, (edit,), Risk.MEDIUM)
    else:
        yield Finding(
            f"{name} is not set and nothing in the project names a default: export {name}=… and restart"
        )


def with_default(place: Place, node: ast.Subscript, value: str) -> Edit:
    """Rewrite ``os.environ["X"]`` with a default, in the quotes of the key."""
    source = place.source
    key = source.code(node.slice)
    quote = key[-1]
    written = repr(value) if quote in value or "\\" in value else f"{quote}{value}{quote}"
    return source.replace(node, f"{source.code(node.value)}.get({key}, {written})")
