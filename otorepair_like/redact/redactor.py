"""Replace secrets in text: first the known values, then the shapes of credentials."""

from __future__ import annotations

import base64
import json
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, quote_plus

from otorepair_like.redact.files import credential_files
from otorepair_like.redact.named_values import mask_named
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
    r"""^[ \t]*(?:export[ \t]+)?["']?([A-Za-z_][\w.-]*)["']?[ \t]*[=:][ \t]*
        (?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\r\n]*))""",
    re.MULTILINE | re.VERBOSE | re.DOTALL,
)
"""``NAME=value`` of environment files, and what INI, TOML, YAML, JSON and Python write alike."""
_NESTED: Final = 8
"""Levels of JSON that are looked into."""

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
        """Return one that knows the secrets of ``environ`` and of the credential files in ``workspace``."""
        named: dict[str, str] = {}
        for name, value in (*_from_files(workspace), *environ.items()):
            if nested := _in_json(name, value):
                named.update(nested)
            elif secret_like(name):
                named[value] = name
            named.update(dict.fromkeys(_URL_PASSWORD.findall(value), name))
        return cls(named)

    def __call__(self, text: str) -> str:
        """Return ``text`` with secrets masked, in time linear in its length."""
        if self._values is not None:
            text = self._values.sub(lambda match: self._masks[match[0]], text)
        return mask_named(mask_shapes(text))


def _forms(value: str) -> Iterator[str]:
    """Yield the forms in which ``value`` is printed: plain, for a URL, JSON, HTML or base64, and its long lines."""
    value = value.strip()
    if len(value) < MIN_LENGTH or _TRIVIAL.fullmatch(value):
        return
    yield value
    yield from {quote(value, safe=""), quote(value), quote_plus(value), escape(value)}
    yield re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), quote(value, safe=""))
    yield json.dumps(value)[1:-1]
    yield from _base64(value)
    lines = value.splitlines()
    if len(lines) > 1:
        yield from (line for line in lines if len(line) >= 2 * MIN_LENGTH and not line.startswith("-----"))


def _base64(value: str) -> Iterator[str]:
    """Yield what is certain of ``value`` in base64, wherever in the encoded text it begins (three alignments)."""
    content = value.encode(errors="replace")
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + content).decode()
        start, uncertain = (0, 2, 3)[before], (before + len(content)) % 3
        sure = encoded[start : len(encoded) - (4 if uncertain else 0)]
        if len(sure) >= MIN_LENGTH + 2:
            yield sure
            yield sure.replace("+", "-").replace("/", "_")


def _from_files(workspace: Path) -> Iterator[tuple[str, str]]:
    for path in credential_files(workspace):
        try:
            status = path.stat()
            if stat.S_ISREG(status.st_mode) and status.st_size <= _MAX_FILE:
                text = path.read_text("utf-8", "replace")
                yield from _entries(text)
                yield "", text  # which may be JSON, or hold a URL
        except OSError:
            continue  # what we cannot read, neither can the child


def _in_json(name: str, value: str) -> dict[str, str]:
    """Return the secrets in a variable that holds JSON, such as a service account."""
    if not value.lstrip().startswith(("{", "[")):
        return {}
    try:
        content = json.loads(value)
    except (ValueError, RecursionError):
        return {}
    return dict.fromkeys(_secrets_of(content, _NESTED), name)


def _secrets_of(content: Any, depth: int) -> Iterator[str]:
    items = (
        content.items()
        if isinstance(content, dict)
        else enumerate(content if isinstance(content, list) else ())
    )
    for key, item in items:
        if isinstance(item, str) and isinstance(key, str) and secret_like(key):
            yield item
        elif depth:
            yield from _secrets_of(item, depth - 1)


def _entries(text: str) -> Iterator[tuple[str, str]]:
    for match in _ENTRY.finditer(text):
        name, double, single, bare = match.groups()
        if bare is not None:
            yield name, bare.split(" #")[0].strip().rstrip(",")
        elif single is not None:
            yield name, single
        else:
            yield name, double.replace(r"\n", "\n").replace(r"\"", '"').replace("\\\\", "\\")
