"""Defaults of variables that a project itself names: in examples of its environment, in documents, in its own code."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_NAMES: Final = re.compile(
    r"(?i)^(\.env\.(example|sample|template|dist|defaults?)|(example|sample|template)\.env|env\.(example|sample)"
    r"|(docker-)?compose[\w.-]*\.ya?ml|dockerfile[\w.-]*|readme(\.\w+)?|\w+\.py)$"
)
"""Files in which a default may be named."""

_STATED: Final = (
    re.compile(r"""(?<![\w$])([A-Z][A-Z\d_]{2,60})[ \t]*[=:][ \t]*["']?([^\s"'`#,)}]{1,200})"""),
    re.compile(r"""\$\{([A-Z][A-Z\d_]{2,60}):?-([^}\s]{1,200})\}"""),
    re.compile(r"""`([A-Z][A-Z\d_]{2,60})`[^\n`]{0,60}default[^\n`]{0,20}`([^`\n]{1,200})`""", re.IGNORECASE),
    re.compile(r"""\|\s*`?([A-Z][A-Z\d_]{2,60})`?\s*\|\s*`?([^`|\s]{1,200})`?\s*\|"""),
    re.compile(
        r"""(?:environ\.get|getenv)\(\s*["']([A-Z][A-Z\d_]{2,60})["']\s*,\s*["']([^"'\n]{1,200})["']"""
    ),
    re.compile(
        r"""^DEFAULT_([A-Z][A-Z\d_]{2,60})(?:\s*:\s*\w+)?\s*=\s*["']?([^\s"']{1,200})""", re.MULTILINE
    ),
)
"""A variable and its value, as they are written there."""

_LEFT_OUT: Final = frozenset(
    {"node_modules", "venv", "site-packages", "__pycache__", "build", "dist", "target", "vendor"}
)
_MOST_FILES: Final = 300
_MOST_FOLDERS: Final = 400
_MOST_READ: Final = 100_000
"""Files and folders that are looked at, and bytes of each file."""


def documented_defaults(folder: Path) -> frozenset[str]:
    """Return the defaults that are named below ``folder``, each as ``NAME=value``."""
    return frozenset(
        f"{found[1]}={found[2]}"
        for path in _files(str(folder))
        for pattern in _STATED
        for found in pattern.finditer(_text(path))
    )


def _files(root: str) -> Iterator[str]:
    """Yield the files that may name a default, those near the root first."""
    files = 0
    for folders, (base, inner, names) in enumerate(os.walk(root)):
        inner[:] = sorted(name for name in inner if not name.startswith(".") and name not in _LEFT_OUT)
        for name in sorted(filter(_NAMES.match, names)):
            files += 1
            yield os.path.join(base, name)
        if files >= _MOST_FILES or folders >= _MOST_FOLDERS:
            return


def _text(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return file.read(_MOST_READ).decode(errors="replace")
    except OSError:
        return ""
