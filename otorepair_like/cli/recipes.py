"""``otorepair recipes``: what the offline repairer knows."""

from __future__ import annotations

import sys


def recipes() -> int:
    """Print every recipe with what it answers and an example, and return the exit code."""
    from otorepair_like.recipes import book

    known = list(book.recipes())
    width = max(len(each.name) for each in known)
    for each in known:
        print(f"{each.name:{width}}  {', '.join(each.kinds)}")
        print(f"{'':{width}}  {each.example}")
    for unusable in book.UNUSABLE:
        print(f"otorepair: {unusable}", file=sys.stderr)
    print(f"\n{len(known)} recipes; more come with packages that name the entry point otorepair.recipes")
    return 0
