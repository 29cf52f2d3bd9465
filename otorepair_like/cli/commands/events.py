"""``otorepair events``: the events that ``--json`` writes, as a list or as JSON Schema."""

from __future__ import annotations

import json

from otorepair_like import events


def show(*, as_schema: bool) -> int:
    """Print the events and return the exit code 0.

    Args:
        as_schema: print the JSON Schema of all events, instead of their names and meanings.
    """
    schema = events.schema()
    if as_schema:
        print(json.dumps(schema, indent=2))
        return 0
    width = max(map(len, events.kinds()))
    for name in events.kinds():
        print(f"{name:<{width}}  {schema['$defs'][name]['description'].replace('`', '')}")
    return 0
