"""The report file of an internal error: it has what a maintainer needs, and no secrets."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import traceback

from otorepair_like import __version__


def write_report(error: BaseException) -> str:
    """Write a report of ``error`` into a private temporary file and return its path."""
    from pathlib import Path

    from otorepair_like.redact import Redactor

    text = "\n".join(
        (
            f"otorepair {__version__}",
            f"python {sys.version}",
            f"platform {platform.platform()}",
            f"arguments {sys.argv[1:]!r}",
            "",
            "".join(traceback.format_exception(error)),
        )
    )
    handle, path = tempfile.mkstemp(prefix="otorepair-report-", suffix=".txt")
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(Redactor.from_environment(os.environ, Path(_here()))(text))
    return path


def _here() -> str:
    try:
        return os.getcwd()
    except OSError:
        return tempfile.gettempdir()
