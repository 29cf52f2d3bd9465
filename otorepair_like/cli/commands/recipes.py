"""``otorepair recipes``: lists the offline recipes."""

from __future__ import annotations

import sys


def recipes() -> int:
    """Print every recipe with the errors it handles and an example, and return the exit code."""
    from otorepair_like.recipes import book

    known = list(book.recipes())
    width = max(len(recipe.name) for recipe in known)
    for recipe in known:
        print(f"{recipe.name:{width}}  {', '.join(recipe.kinds)}")
        print(f"{'':{width}}  {recipe.example}")
    for unusable in book.UNUSABLE:
        print(f"otorepair: {unusable}", file=sys.stderr)
    print(f"\n{len(known)} recipes; installed packages add more through the entry point otorepair.recipes")
    return 0
