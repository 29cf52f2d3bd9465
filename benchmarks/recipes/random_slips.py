"""Slips of the keyboard at random places: breakages nobody picked, so that no recipe was written for them."""

from __future__ import annotations

import ast
import builtins
import keyword
import random
import re
from pathlib import Path

from benchmarks.recipes.breakage import HERE, Breakage


def random_slips(app: str, count: int, seed: int) -> list[Breakage]:
    """So many breakages of an application, the same for the same seed."""
    dice = random.Random(f"{app} {seed}")
    root = HERE / "apps" / app
    files = sorted(path for path in root.rglob("*.py") if len(path.read_text(encoding="utf-8")) > 40)
    made: dict[str, Breakage] = {}
    while len(made) < count:
        path = dice.choice(files)
        kind = dice.choice(("name", "name", "attribute", "keyword", "import", "mark", "mark"))
        text = path.read_text(encoding="utf-8")
        broken = {
            "name": _name,
            "attribute": _attribute,
            "keyword": _keyword,
            "import": _import,
            "mark": _mark,
        }[kind](text, dice)
        if broken is None:
            continue
        file = str(path.relative_to(root))
        name = f"random {kind} {file} {_differs(text, broken)}"
        made[name] = Breakage(name, kind, ((file, text, broken),))
    return list(made.values())


def _differs(old: str, new: str) -> str:
    """The first line that differs, as it is now."""
    pairs = zip(old.splitlines(), [*new.splitlines(), ""], strict=False)
    return next((f"{number}: {b.strip()}" for number, (a, b) in enumerate(pairs, 1) if a != b), "")


def misspelt(word: str, dice: random.Random) -> str:
    """One letter missing, doubled, swapped with the next, or another one."""
    at = dice.randrange(1, len(word) - 1) if len(word) > 2 else 0
    return dice.choice(
        (
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :],
            word[:at] + dice.choice("aeinorst") + word[at + 1 :],
        )
    )


def _put(text: str, line: int, column: int, old: str, dice: random.Random) -> str | None:
    """Misspell the word at a place; ``None`` where that gives no other, unknown name."""
    lines = text.splitlines(keepends=True)
    new = misspelt(old, dice)
    if (
        len(old) < 4
        or new == old
        or keyword.iskeyword(new)
        or new in dir(builtins)
        or re.search(rf"\b{new}\b", text)
    ):
        return None
    row = lines[line - 1]
    if row[column : column + len(old)] != old:
        return None
    lines[line - 1] = row[:column] + new + row[column + len(old) :]
    return "".join(lines)


def _name(text: str, dice: random.Random) -> str | None:
    nodes = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]
    node = dice.choice(nodes) if nodes else None
    return _put(text, node.lineno, node.col_offset, node.id, dice) if node else None


def _attribute(text: str, dice: random.Random) -> str | None:
    nodes = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Attribute)]
    node = dice.choice(nodes) if nodes else None
    return (
        _put(text, node.end_lineno or 0, (node.end_col_offset or 0) - len(node.attr), node.attr, dice)
        if node
        else None
    )


def _keyword(text: str, dice: random.Random) -> str | None:
    nodes = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.keyword) and n.arg]
    node = dice.choice(nodes) if nodes else None
    return _put(text, node.lineno, node.col_offset, node.arg or "", dice) if node else None


def _import(text: str, dice: random.Random) -> str | None:
    nodes = [n for n in ast.parse(text).body if isinstance(n, ast.Import | ast.ImportFrom)]
    node = dice.choice(nodes) if nodes else None
    if node is None:
        return None
    lines = text.splitlines(keepends=True)
    return "".join(lines[: node.lineno - 1] + lines[node.end_lineno or node.lineno :])


def _mark(text: str, dice: random.Random) -> str | None:
    places = [match.start() for match in re.finditer(r"[:,()\[\]{}\"']", text)]
    at = dice.choice(places)
    broken = text[:at] + text[at + 1 :]
    try:
        compile(broken, "text", "exec")
    except SyntaxError:
        return broken
    return None


if __name__ == "__main__":
    for each in random_slips("cli", 20, 1):
        print(each.name, Path(each.changes[0][0]).name)
