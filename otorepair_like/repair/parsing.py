"""Whether a file parses, for the kinds of file that Python can read by itself."""

from __future__ import annotations

import ast
import json
import re
import tomllib
import warnings


def syntax_error(path: str, content: bytes) -> tuple[str, int | None] | None:
    """What is wrong with ``content`` and in which line; ``None`` if it parses, or nobody here can tell."""
    suffix = path.rpartition(".")[2].lower()
    try:
        if suffix in ("py", "pyi"):
            python(content)
        elif suffix == "json" and not _with_comments(path):
            json.loads(content)
        elif suffix == "toml":
            tomllib.loads(content.decode())
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


def _with_comments(path: str) -> bool:
    name = path.rpartition("/")[2].lower()
    return name.startswith(("tsconfig", "jsconfig")) or path.startswith(".vscode/")
