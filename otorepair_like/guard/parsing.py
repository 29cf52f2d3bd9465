"""Reads files, and tells whether they parse, for the kinds of file that Python can read by itself."""

from __future__ import annotations

import ast
import functools
import importlib
import json
import re
import tomllib
import warnings
from typing import Any


def syntax_error(path: str, content: bytes) -> tuple[str, int | None] | None:
    """Return why ``content`` does not parse and in which line; ``None`` if it does, or nobody here can tell.

    YAML is read where PyYAML is installed; else only the one mistake is seen that its grammar forbids outright, a tab
    in the indentation.
    """
    suffix = path.rpartition(".")[2].lower()
    try:
        if suffix in ("py", "pyi"):
            python(content)
        elif suffix == "json" and not _with_comments(path):
            json.loads(content)
        elif suffix == "toml":
            tomllib.loads(content.decode())
        elif suffix in ("yaml", "yml") and (wrong := _yaml_error(content)):
            return wrong
        elif suffix in ("yaml", "yml") and (tab := re.search(rb"(?m)^ *\t+ *[^\s#]", content)):
            return "a tab in the indentation", content.count(b"\n", 0, tab.start()) + 1
    except SyntaxError as error:
        return error.msg, error.lineno
    except (ValueError, RecursionError, MemoryError) as error:
        line = re.search(r"line (\d+)", str(error))
        return str(error), int(line[1]) if line else None
    return None


@functools.lru_cache(maxsize=64)
def python(content: bytes) -> ast.Module:
    """Return the syntax tree of a Python file; nobody may change it, for it is kept.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: it does not parse.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about the user's invalid escapes
        return ast.parse(content)


def data(path: str, content: bytes | None) -> dict[str, Any]:
    """Return the table in a TOML or JSON file; empty if there is none or it does not parse."""
    try:
        text = (content or b"").decode()
        read = tomllib.loads(text) if path.endswith(".toml") else json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def _yaml_error(content: bytes) -> tuple[str, int | None] | None:
    """Return PyYAML's complaint. Only the grammar counts: tags are the business of who reads the file."""
    try:
        yaml: Any = importlib.import_module("yaml")
    except ImportError:
        return None
    try:
        for _ in yaml.parse(content):
            pass
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        return getattr(error, "problem", None) or "no YAML", mark.line + 1 if mark else None
    return None


def _with_comments(path: str) -> bool:
    name = path.rpartition("/")[2].lower()
    return name.startswith(("tsconfig", "jsconfig"))
