"""Whether a file parses, for the kinds of file that Python can read by itself."""

from __future__ import annotations

import ast
import json
import re
import tomllib
import warnings
from typing import Any


def syntax_error(path: str, content: bytes) -> tuple[str, int | None] | None:
    """What is wrong with ``content`` and in which line; ``None`` if it parses, or nobody here can tell.

    Of YAML only the one mistake is seen that its grammar forbids outright: a tab in the indentation. A reader of YAML
    would be one more dependency.
    """
    suffix = path.rpartition(".")[2].lower()
    try:
        if suffix in ("py", "pyi"):
            python(content)
        elif suffix == "json" and not _with_comments(path):
            json.loads(content)
        elif suffix == "toml":
            tomllib.loads(content.decode())
        elif suffix in ("yaml", "yml") and (tab := re.search(rb"(?m)^ *\t+ *[^\s#]", content)):
            return "a tab in the indentation", content.count(b"\n", 0, tab.start()) + 1
    except SyntaxError as error:
        return error.msg, error.lineno
    except (ValueError, RecursionError, MemoryError) as error:
        line = re.search(r"line (\d+)", str(error))
        return str(error), int(line[1]) if line else None
    return None


def python(content: bytes) -> ast.Module:
    """The syntax tree of a Python file.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: it does not parse.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about the user's invalid escapes
        return ast.parse(content)


def data(path: str, content: bytes | None) -> dict[str, Any]:
    """The table in a TOML or JSON file; empty if there is none or it does not parse."""
    try:
        text = (content or b"").decode()
        read = tomllib.loads(text) if path.endswith(".toml") else json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def _with_comments(path: str) -> bool:
    name = path.rpartition("/")[2].lower()
    return name.startswith(("tsconfig", "jsconfig"))
