"""Writes the reference pages that are made from the code, and tables of other pages; a test fails when one is stale.

Run it from the root of the repository: ``python -m docs.generate``.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Final, get_args, get_origin, get_type_hints

from otorepair_like import attempt, errors, events, incident, options
from otorepair_like.cli.help import names_of
from otorepair_like.cli.names import SUB_COMMANDS
from otorepair_like.kinds import EVERYDAY, Option
from otorepair_like.loop.keys import Key
from otorepair_like.recipes import book
from otorepair_like.ui.history import JSON_FIELDS

FOLDER: Final = Path(__file__).parent
NOTE: Final = "<!-- Made from the code by `python -m docs.generate`; do not edit. -->"
JSON_TYPES: Final = {str: "string", bool: "boolean", int: "number", float: "number", NoneType: "null"}
NESTED: Final = {
    kind.__name__: kind
    for kind in (
        incident.Incident,
        incident.Frame,
        incident.Facts,
        incident.FrameFacts,
        incident.Variable,
        attempt.Attempt,
        events.Amounts,
    )
}


def events_page() -> str:
    """Return ``docs/events.md``: the events that ``--json`` prints."""
    return "\n".join(_events())


def schema_page() -> str:
    """Return ``docs/events.schema.json``: the same for programs, as ``otorepair events --schema`` prints it."""
    return json.dumps(events.schema(), indent=2) + "\n"


def configuration_page() -> str:
    """Return ``docs/configuration.md``: every setting."""
    return "\n".join(_configuration())


def usage_page() -> str:
    """Return ``docs/usage.md`` with its tables made anew."""
    return _with_tables("usage.md")


def recipes_page() -> str:
    """Return ``docs/recipes.md`` with its table made anew."""
    return _with_tables("recipes.md")


def _with_tables(page: str) -> str:
    text = (FOLDER / page).read_text("utf-8")
    for name, make in TABLES.items():
        between = re.compile(rf"(?<=<!-- made: {name} -->\n\n).*?(?=\n\n<!-- end -->)", re.DOTALL)
        text = between.sub("\n".join(make()).replace("\\", r"\\"), text)
    return text


PAGES: Final[dict[str, Callable[[], str]]] = {
    "events.md": events_page,
    "events.schema.json": schema_page,
    "configuration.md": configuration_page,
    "recipes.md": recipes_page,
    "usage.md": usage_page,
}


def _events() -> Iterator[str]:
    example = events.RunStarted(
        seq=1,
        time=1.7e9,
        run="5f0c1d2e3a4b",
        version="0.1.0",
        command="python app.py",
        workspace="/srv",
        repairers=("recipes",),
    )
    yield from ("# Events", "", NOTE, "")
    yield "With `--json` otorepair writes one event a line to stderr, as compact JSON in ASCII, and nothing else of"
    yield "its own. Secrets are masked. Later versions may add fields and events; skip those you do not know."
    yield from ("", "```json", json.dumps(events.to_json(example), separators=(",", ":")), "```", "")
    stamps = [field.name for field in fields(events.Event)]
    yield "Every event has `event` (its name), `seq` (a number from 1), `time` (seconds since the epoch) and `run` (an"
    yield "id that all events of one run share). [events.schema.json](events.schema.json) describes all events as JSON"
    yield f"Schema; `otorepair events --schema` prints it. Its `version`, now {events.VERSION}, is raised when a field"
    yield "is removed or changes its meaning, not when one is added."
    for kind in events.kinds().values():
        own = [field.name for field in fields(kind) if field.name not in stamps]
        yield from ("", f"## {kind.__name__}", "", _prose(inspect.getdoc(kind) or ""), "")
        yield from _table(("field", "JSON"), ((f"`{name}`", _type(kind, name)) for name in own))
    yield from ("", "# Objects inside events")
    for kind in NESTED.values():
        yield from ("", f"## {kind.__name__}", "")
        meanings = _arguments(kind)
        rows = ((f"`{f.name}`", _type(kind, f.name), meanings[f.name]) for f in fields(kind))
        yield from _table(("field", "JSON", "meaning"), rows)
    yield from (
        "",
        "`ENVIRONMENT_KINDS`: " + ", ".join(f"`{kind}`" for kind in incident.ENVIRONMENT_KINDS) + ".",
    )
    yield from ("", "# History", "")
    yield "`otorepair history --json` prints a list of attempts, newest first, with these fields of an Attempt:"
    yield from (", ".join(f"`{name}`" for name in JSON_FIELDS) + ".", "")


def _configuration() -> Iterator[str]:
    yield from ("# Settings", "", NOTE, "")
    yield "Command line > environment > project file > user file > default. The project file is the nearest"
    yield "`otorepair.toml`, or `[tool.otorepair]` in `pyproject.toml`; the user file is"
    yield "`~/.config/otorepair/config.toml`. In a file an option has its own name without the dashes in front, and"
    yield "`auto.files` is the key `files` of the table `[auto]`, in `pyproject.toml` of `[tool.otorepair.auto]`."
    yield "Settings without dashes are not offered on the command line. A switch is turned off with `=false`, as in"
    yield "`--resident=false`. `otorepair config` prints every value that holds, and where it came from."
    for title, group in options.GROUPS.items():
        yield from ("", f"## {title.capitalize()}", "")
        rows = (_option(option) for option in group)
        yield from _table(("setting", "variable", "default", "allowed", "meaning"), rows)
    yield ""


def _option(option: Option[Any]) -> tuple[str, ...]:
    names, default = _names(option), _default(option)
    return names, f"`{option.variable}`", default, option.kind.expects, option.help


def _names(option: Option[Any]) -> str:
    return ", ".join(f"`{name}`" for name in names_of(option).split(", "))


def _default(option: Option[Any]) -> str:
    return "" if option.default in ("", ()) else f"`{json.dumps(option.default)}`"


def _options() -> Iterator[str]:
    everyday = (option for option in options.OPTIONS if option.place == EVERYDAY)
    rows = ((_names(option), _default(option), option.help) for option in everyday)
    return _table(("option", "default", "meaning"), rows)


def _exit_codes() -> Iterator[str]:
    rows = re.findall(r"^(n|\d+) +(\S.*)$", errors.__doc__ or "", re.MULTILINE)
    return _table(("code", "meaning"), ((f"`{code}`", meaning) for code, meaning in rows))


def _keys() -> Iterator[str]:
    rows = ((f"`{key.letter}`", key.help) for key in Key.registered.values())
    return _table(("key", "what it does"), rows)


def _recipes() -> Iterator[str]:
    rows = (
        (f"`{each.name}`", _first_sentence(each.answer), f"`{each.example}`", ", ".join(each.kinds))
        for each in sorted(book.recipes(), key=lambda each: each.name)
    )
    return _table(("recipe", "what it does", "example", "failures it answers"), rows)


def _first_sentence(answer: object) -> str:
    return " ".join((inspect.getdoc(answer) or "").partition("\n\n")[0].replace("``", "`").split())


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + " --- |" * len(head)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


def _type(kind: type, name: str) -> str:
    return _json_type(get_type_hints(kind)[name])


def _json_type(hint: Any) -> str:
    if isinstance(hint, UnionType):
        return " or ".join(_json_type(part) for part in get_args(hint))
    if get_origin(hint) is tuple:
        parts = get_args(hint)
        if parts[-1] is Ellipsis:
            return f"{_json_type(parts[0])}[]"
        return "[" + ", ".join(map(_json_type, parts)) + "]"
    if hint.__name__ in NESTED:
        return f"[{hint.__name__}](#{hint.__name__.lower()})"
    if issubclass(hint, Enum):
        return "one of " + ", ".join(f"`{member.value}`" for member in hint)
    return next(word for kind, word in JSON_TYPES.items() if issubclass(hint, kind))


def _arguments(kind: type) -> dict[str, str]:
    """Return the meaning of each field, from the ``Args`` of the class's docstring."""
    _, _, text = (inspect.getdoc(kind) or "").partition("Args:\n")
    entries = re.findall(r"^    (\w[\w, ]*): (.*(?:\n     .*)*)", text, re.MULTILINE)
    return {name: _prose(meaning) for names, meaning in entries for name in names.split(", ")}


def _prose(text: str) -> str:
    """Return a docstring as Markdown, on one line."""
    text = re.sub(r":\w+:`~?(?:[\w.]*\.)?(\w+)`", r"`\1`", text)
    for python, javascript in (("None", "null"), ("True", "true"), ("False", "false")):
        text = text.replace(f"``{python}``", f"``{javascript}``")
    return " ".join(text.replace("``", "`").split())


def _sub_commands() -> Iterator[str]:
    rows = ((f"`otorepair {name}`", meaning) for name, meaning in SUB_COMMANDS.items())
    return _table(("sub-command", "what it does"), rows)


TABLES: Final[dict[str, Callable[[], Iterator[str]]]] = {
    "sub-commands": _sub_commands,
    "keys": _keys,
    "options": _options,
    "exit codes": _exit_codes,
    "recipes": _recipes,
}
"""The tables of docs/usage.md and docs/recipes.md, by the name in the comment before them."""


def main() -> None:
    """Write every page."""
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), "utf-8")


if __name__ == "__main__":
    main()
