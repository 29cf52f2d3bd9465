"""The recipes, one family a module. Add a new family here, or bring it by the entry point ``otorepair.recipes``."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import import_module
from typing import Final

from otorepair_like.recipes.recipe import BOOK, Recipe

FAMILIES: Final = (
    *(
        "renames",
        "environment",
        "names",
        "attributes",
        "imports",
        "modules",
        "keys",
        "syntax",
        "calls",
        "values",
        "arguments",
        "returns",
        "flow",
        "files",
    ),
    *("django", "django_tags", "templates", "web", "sql"),
)


UNUSABLE: Final[list[str]] = []
"""One line for each package whose recipes cannot be loaded; filled by :func:`recipes`."""


@cache
def recipes() -> Iterable[Recipe]:
    """Return every recipe, ours first."""
    from importlib.metadata import entry_points

    for family in FAMILIES:
        import_module(f"{__name__}.{family}")
    for point in entry_points(group="otorepair.recipes"):
        try:
            point.load()
        except Exception as error:  # noqa: BLE001 - code of others; ours goes on without it
            message = " ".join(str(error).split())
            UNUSABLE.append(
                f"recipes {point.name} of {point.value} cannot be loaded: {type(error).__name__}: {message}"
            )
    return tuple(BOOK.values())
