"""``otorepair config``: prints every setting, its value and where it came from."""

from __future__ import annotations

import json
from collections.abc import Mapping

from otorepair_like.config import resolve
from otorepair_like.options import OPTIONS


def show(given: Mapping[str, str], environ: Mapping[str, str], cwd: str) -> int:
    """Print the settings that a run with the options ``given`` would have; with ``--json`` as an object.

    Raises:
        UsageError: an option, a file or a variable is not what it should be.
    """
    config = resolve(given, environ, cwd)
    rows = [
        (option.name, getattr(config, option.attribute), config.origins[option.name]) for option in OPTIONS
    ]
    if config.json:
        print(json.dumps({name: {"value": value, "from": origin} for name, value, origin in rows}, indent=2))
        return 0
    width = max(len(name) for name, _, _ in rows)
    shown = [(name, json.dumps(value), origin) for name, value, origin in rows]
    middle = max(len(value) for _, value, _ in shown)
    for name, value, origin in shown:
        print(f"{name:<{width}}  {value:<{middle}}  {origin}")
    return 0
