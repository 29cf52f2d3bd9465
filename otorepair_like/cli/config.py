"""``otorepair config``: every setting, its value and where it came from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from otorepair_like.cli.parse import parse
from otorepair_like.config import resolve
from otorepair_like.errors import UsageError
from otorepair_like.options import OPTIONS


def show(args: Sequence[str], environ: Mapping[str, str], cwd: Path) -> int:
    """Print the settings that a run with the options ``args`` would have; with ``--json`` as an object.

    Raises:
        UsageError: an option, a file or a variable is not what it should be.
    """
    parsed = parse(args)
    if parsed.words:
        raise UsageError(
            f"unexpected {parsed.words[0]!r}", "config takes options only", "see otorepair --help"
        )
    config = resolve(parsed.given, environ, str(cwd))
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
