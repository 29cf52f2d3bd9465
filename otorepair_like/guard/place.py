"""The place of a failure and the author of its repair: the facts the guard needs beyond the change itself.

The same edit is harmless in one place and hides a failure in another. :func:`place_of` gathers what tells the places
apart; a :class:`ChangePlace` is data, so that the rules stay pure.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from otorepair_like.guard.documented import documented_defaults
from otorepair_like.incident import Incident

_WORD: Final = re.compile(r"[^\W\d]\w*")
_INTERPRETER: Final = re.compile(
    r"(^|/)(python|pypy|sh|bash|zsh|dash|node|deno|bun|ruby|perl|php|tsx)[\d.]*$"
)
_MOST_READ: Final = 400_000
"""Bytes of a file that are looked at for names."""
_PYTHON: Final = re.compile(r"(^|/)(python|pypy)[\d.]*$")
_RUNNERS: Final = {
    "make": ("Makefile", "makefile", "GNUmakefile"),
    "gmake": ("Makefile", "makefile", "GNUmakefile"),
    "just": ("justfile", "Justfile"),
    "task": ("Taskfile.yml", "Taskfile.yaml"),
    "npm": ("package.json",),
    "pnpm": ("package.json",),
    "yarn": ("package.json",),
    "bun": ("package.json",),
    "docker": ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml", "Dockerfile"),
    "honcho": ("Procfile",),
    "foreman": ("Procfile",),
    "flask": ("app.py", "wsgi.py"),
    "tox": ("tox.ini",),
    "nox": ("noxfile.py",),
}
"""Programs that run what a file says, with the names of that file."""


@dataclass(frozen=True, slots=True)
class ChangePlace:
    """The place of a failure, and the author of its repair.

    Args:
        files: own files of the stack trace, the innermost last, relative to the workspace.
        function: the innermost own function; ``""`` if the trace names none.
        words: every name that stands in ``files``: what can be reached from there.
        documented: defaults of variables as the project's own examples and documents have them, ``PORT=8000``.
        message: what the failure says, with its type: it may name what is misspelt.
        command: files that the command runs.
        scripts: those of them that Python runs, whatever their names.
        verify: files that the commands of ``--verify`` run, besides those of the failure itself.
        by_rule: whether rules alone made the change (recipes), not an agent.
    """

    files: tuple[str, ...] = ()
    function: str = ""
    words: frozenset[str] = frozenset()
    documented: frozenset[str] = frozenset()
    message: str = ""
    command: frozenset[str] = frozenset()
    scripts: frozenset[str] = frozenset()
    verify: frozenset[str] = frozenset()
    by_rule: bool = False


def place_of(
    incident: Incident | None,
    folder: Path,
    *,
    command: str = "",
    verify: Iterable[str] = (),
    by_rule: bool = False,
) -> ChangePlace:
    """Return the place of ``incident`` in the sources below ``folder``; reads the files of its stack trace."""
    frames = [frame for frame in incident.frames if frame.own] if incident else []
    files = tuple(dict.fromkeys(path for frame in frames if (path := _inside(frame.file, folder))))
    runs = dict(_files_of(command, folder))
    words = frozenset(word for path in {*files, *runs} for word in _WORD.findall(_text(folder / path)))
    return ChangePlace(
        files=files,
        function=frames[-1].function if frames else "",
        words=words,
        documented=documented_defaults(folder) if incident else frozenset(),
        message=_message(incident) if incident else "",
        command=frozenset(runs),
        scripts=frozenset(path for path, python in runs.items() if python),
        verify=frozenset(path for each in verify for path in _run_by(each, folder)) - {*files, *runs},
        by_rule=by_rule,
    )


def _message(incident: Incident) -> str:
    chain = [text for pair in incident.chain for text in pair]
    keys = [key for _, names in incident.facts.keys for key in names] if incident.facts else []
    parts = (incident.type, incident.message, incident.root_type, incident.root_message, *chain, *keys)
    return "\n".join(dict.fromkeys(filter(None, parts)))


def _inside(file: str, folder: Path) -> str:
    """Return ``file`` relative to ``folder``, found by its tail if it comes from elsewhere; ``""``: not there."""
    parts = os.path.normpath(file.replace("\\", "/")).split("/")
    tails = ("/".join(parts[at:]) for at in range(len(parts)))
    return next((tail for tail in tails if tail and os.path.isfile(folder / tail)), "")


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_MOST_READ).decode(errors="replace")
    except OSError:
        return ""


def _files_of(command: str, folder: Path) -> Iterator[tuple[str, bool]]:
    """Yield the files below ``folder`` that a command line runs, and whether Python runs them."""
    for words in _commands(command):
        python = bool(words) and _PYTHON.search(words[0]) is not None
        for name in _RUNNERS.get(os.path.basename(words[0]), ()) if words else ():
            if os.path.isfile(folder / name):
                yield name, name.endswith(".py")
        for word in words:
            for path in _named(word):
                if os.path.isfile(folder / path):
                    yield os.path.normpath(path), python or path.endswith(".py")


def _run_by(command: str, folder: Path) -> Iterator[str]:
    """Yield the files below ``folder`` that a command line runs, not those it only looks at."""
    for words in _commands(command):
        runner = _INTERPRETER.search(words[0]) is not None
        script = next((word for word in words[1:] if not word.startswith("-")), "") if runner else words[0]
        for name in (*_RUNNERS.get(os.path.basename(words[0]), ()), *_named(script)):
            if os.path.isfile(folder / name):
                yield os.path.normpath(name)


def _commands(line: str) -> Iterator[Sequence[str]]:
    """Yield the words of each command of a line."""
    for part in re.split(r"&&|\|\||[;|\n]", line):
        try:
            words = shlex.split(part)
        except ValueError:
            words = part.split()
        while words and ("=" in words[0].partition("/")[0] or words[0] in ("env", "exec", "time", "sudo")):
            words = words[1:]
        if words:
            yield words


def _named(word: str) -> Iterator[str]:
    """Yield the files a word may name: a path, or a module as in ``app.main:app``."""
    if word.startswith(("/", "~", "-")) or ".." in word.split("/"):
        return
    yield word.removeprefix("./")
    module = word.partition(":")[0].replace(".", "/")
    if re.fullmatch(r"[\w/]+", module):
        yield from (f"{module}.py", f"{module}/__main__.py", f"{module}/__init__.py", f"src/{module}.py")
        yield from (f"src/{module}/__main__.py", f"{module}/app.py", f"{module}/main.py")
