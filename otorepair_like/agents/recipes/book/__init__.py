"""The recipes, a family a module; a new one is named here, or comes by entry point ``otorepair.recipes``."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import import_module
from typing import Final

from otorepair_like.agents.recipes.recipe import BOOK, Recipe

FAMILIES: Final = (
    *(
        "renames",
        "environment",
        "names",
        "attributes",
        "imports",
        "keys",
        "syntax",
        "calls",
        "values",
        "flow",
        "files",
    ),
    *("django", "templates", "web", "sql"),
)


@cache
def recipes() -> Iterable[Recipe]:
    """Every recipe there is, ours first."""
    from importlib.metadata import entry_points

    for family in FAMILIES:
        import_module(f"{__name__}.{family}")
    for point in entry_points(group="otorepair.recipes"):
        point.load()
    return tuple(BOOK.values())
