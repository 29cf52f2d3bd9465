"""Facts for a prompt: values, keys, names and request that the program itself told of a failure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from otorepair_like.incident import Facts, FrameFacts

VALUES: Final = 20
"""Lines of values; the longest are left out first, for they say the least a line."""
_VALUE: Final = 200
_NAMES: Final = 40


def fact_lines(facts: Facts) -> list[str]:
    """Return what is known of a failure besides its trace, a line each; innermost frames first."""
    lines = [f"exact type: {facts.type}"] if "." in facts.type else []
    if facts.version:
        lines.append(f"interpreter: Python {facts.version}")
    if facts.subject and facts.names:
        lines.append(f"{facts.subject} has: {_some(facts.names)}")
    elif facts.names:
        lines.append(f"names in scope: {_some(facts.names)}")
    lines += [f"{mapping} has the keys: {_some(keys)}" for mapping, keys in facts.keys]
    if facts.how in ("thread", "unraisable", "logged") and facts.where:
        lines.append(f"it happened in the {facts.how} {facts.where}")
    return [*lines, *_values(facts)]


def _values(facts: Facts) -> list[str]:
    lines = [line for scope in reversed(facts.scopes) for line in _scope_lines(scope)]
    shortest = sorted(range(len(lines)), key=lambda place: (len(lines[place]), place))[:VALUES]
    return [lines[place] for place in sorted(shortest)]


def _scope_lines(scope: FrameFacts) -> Iterator[str]:
    where = f"in {scope.function}, line {scope.line}" if scope.function else f"line {scope.line}"
    for variable in scope.variables:
        value = variable.value if len(variable.value) <= _VALUE else f"{variable.value[:_VALUE]}…"
        yield f"{where}: {variable.name} = {value}  ({variable.type})"


def _some(names: tuple[str, ...]) -> str:
    more = f" … and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    return ", ".join(names[:_NAMES]) + more
