"""Replace secrets in text: first the known values, then the shapes of credentials."""

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
"""Characters of a known value; shorter ones occur in ordinary text."""

_TRIVIAL: Final = re.compile(
    r"0\.0\.0\.0|127\.0\.0\.1|changeme|default|development|disabled|enabled|example|localhost|mariadb|mongodb|nothing"
    r"|password|postgres|postgresql|private|production|public|rabbitmq|required|secret|staging|testing|username"
    r"|(.)\1*",
    re.IGNORECASE | re.DOTALL,
)
"""Values that are ordinary words in source and configuration, so they are never masked."""

_MAX_FILE: Final = 1 << 20
"""Bytes; a longer ``.env`` file is ignored."""

_ENTRY: Final = re.compile(
    r"""^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*=[ \t]*
        (?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\r\n]*))""",
    re.MULTILINE | re.VERBOSE | re.DOTALL,
)


_URL_PASSWORD: Final = re.compile(r"://[^\s/:@]{0,200}:([^\s/]+)@")


class Redactor:
    """Callable that masks secrets: a known value becomes ``[secret:NAME]``, a credential by its shape ``[secret]``.

    Args:
        secrets: values to mask, or a mapping from value to the name of its variable.
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
        """Return a redactor with the secrets in ``environ`` and in ``.env*`` files in ``workspace`` and its folders."""
        named: dict[str, str] = {}
        for name, value in (*_env_files(workspace), *environ.items()):
            if secret_like(name):
                named[value] = name
            named.update(dict.fromkeys(_URL_PASSWORD.findall(value), name))
        return cls(named)

    def __call__(self, text: str) -> str:
        """Return ``text`` with secrets masked, in time linear in its length."""
        if self._values is not None:
            text = self._values.sub(lambda match: self._masks[match[0]], text)
        return mask_shapes(text)


def _forms(value: str) -> Iterator[str]:
    """Yield the forms in which ``value`` is printed: plain, in a URL, in JSON or a ``repr``, and its long lines."""
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
                continue  # the program cannot read it either


def _names(folder: Path) -> list[str]:
    """Return the names in ``folder``; none if it is not a folder, or gone: builds remove folders all the time."""
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
