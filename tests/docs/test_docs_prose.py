"""Docstrings are plain sentences: none begins with a question word."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "otorepair_like"
QUESTION = re.compile(r"(?:What|Whether|Who|Whose|How|Of|Where|Why|Which|When)\b")


def docstrings(file: Path) -> Iterator[tuple[str, str]]:
    """Yield place and text of every docstring in ``file``."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module):
            continue
        if text := ast.get_docstring(node):
            yield f"{file.relative_to(PACKAGE)}: {getattr(node, 'name', '')}", text


def test_no_docstring_begins_with_a_question_word() -> None:
    texts = [entry for file in PACKAGE.rglob("*.py") for entry in docstrings(file)]
    assert len(texts) > 1000
    assert [f"{place}: {text[:60]}" for place, text in texts if QUESTION.match(text)] == []
