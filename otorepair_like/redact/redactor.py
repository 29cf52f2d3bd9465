"""Replaces secrets in text: the values this machine knows, then the shapes everybody knows."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

from otorepair_like.redact.names import secret_like
from otorepair_like.redact.shapes import mask_shapes

MIN_LENGTH: Final = 6
"""Characters; a shorter value occurs in ordinary text."""

_TRIVIAL: Final = re.compile(
    r"0\.0\.0\.0|127\.0\.0\.1|changeme|default|development|disabled|enabled|example|localhost|mariadb|mongodb|nothing"
    r"|password|postgres|postgresql|private|production|public|rabbitmq|required|secret|staging|testing|username"
    r"|(.)\1*",
    re.IGNORECASE | re.DOTALL,
)
"""Values that are words of their own in source and configuration, whatever the variable is called."""

_MAX_FILE: Final = 1 << 20
"""Bytes; a longer ``.env`` file is none."""

_ENTRY: Final = re.compile(
    r"""^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*=[ \t]*
        (?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\r\n]*))""",
    re.MULTILINE | re.VERBOSE | re.DOTALL,
)


_URL_PASSWORD: Final = re.compile(r"://[^\s/:@]{0,200}:([^\s/]+)@")


class Redactor:
    """Callable that masks secrets: a known value becomes ``[secret:NAME]``, what only looks so ``[secret]``.

    Args:
        secrets: values to mask, or a mapping from value to the name of the variable that holds it.
    """

    def __init__(self, secrets: Iterable[str] | Mapping[str, str] = ()) -> None:
        named = dict(secrets) if isinstance(secrets, Mapping) else dict.fromkeys(secrets, "")
        self._masks: dict[str, str] = {}
        for value, name in named.items():
            for form in _forms(value):
                self._masks.setdefault(form, f"[secret:{name}]" if name else "[secret]")
        longest_first = sorted(self._masks, key=len, reverse=True)
        self._values = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], workspace: Path) -> Redactor:
        """One that knows the secrets of ``environ`` and of ``.env*`` files in ``workspace`` and its folders."""
        named: dict[str, str] = {}
        for name, value in (*_env_files(workspace), *environ.items()):
            if secret_like(name):
                named[value] = name
            named.update(dict.fromkeys(_URL_PASSWORD.findall(value), name))
        return cls(named)

    def __call__(self, text: str) -> str:
        """``text`` without the secrets in it. Takes time linear in its length."""
        if self._values is not None:
            text = self._values.sub(lambda match: self._masks[match[0]], text)
        return mask_shapes(text)


def _forms(value: str) -> Iterator[str]:
    """``value`` as it may be printed: as it is, in a URL, in JSON or a ``repr``, and a block's long lines."""
    value = value.strip()
    if len(value) < MIN_LENGTH or _TRIVIAL.fullmatch(value):
        return
    yield value
    yield quote(value, safe="")
    yield json.dumps(value)[1:-1]
    lines = value.splitlines()
    if len(lines) > 1:
        yield from (line for line in lines if len(line) >= 2 * MIN_LENGTH and not line.startswith("-----"))


def _env_files(workspace: Path) -> Iterator[tuple[str, str]]:
    for folder in (workspace, *(workspace / name for name in _names(workspace))):
        for path in (folder / name for name in _names(folder) if name.startswith(".env")):
            try:
                if path.is_file() and path.stat().st_size <= _MAX_FILE:
                    yield from _entries(path.read_text("utf-8", "replace"))
            except OSError:
                continue  # what we cannot read, neither can the child


def _names(folder: Path) -> list[str]:
    """What is in ``folder``; nothing if it is none, or none any more: builds make and remove folders all the time."""
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _entries(text: str) -> Iterator[tuple[str, str]]:
    for match in _ENTRY.finditer(text):
        name, double, single, bare = match.groups()
        if bare is not None:
            yield name, bare.split(" #")[0].strip()
        elif single is not None:
            yield name, single
        else:
            yield name, double.replace(r"\n", "\n").replace(r"\"", '"').replace("\\\\", "\\")
