"""The help pages, all drawn the same way, and the version."""

from __future__ import annotations

import json
import os
import textwrap
from typing import TYPE_CHECKING, Any

from otorepair_like import __version__
from otorepair_like.cli.names import SUB_COMMANDS
from otorepair_like.cli.parse import takes_value
from otorepair_like.kinds import EVERYDAY, FILE, FLAG, Option
from otorepair_like.options import GROUPS, OPTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from otorepair_like.cli.command import Command

USAGE = """\
usage: otorepair [options] "COMMAND"
       otorepair [options] -- PROGRAM [ARG ...]
       otorepair SUB-COMMAND [options]

Wrap a dev command: otorepair sees it fail, has it repaired, and proves the repair.
"""
EXAMPLES = """\
examples:
  otorepair "uvicorn app:main --reload"        wrap a dev server and repair what breaks
  otorepair "python manage.py runserver" -v    the same, and show what happens
  otorepair -- python app.py -v                everything after -- is the command, without a shell
  otorepair --backend none "npm run dev"       supervise and report only
  otorepair demo                               watch a crash being repaired, offline
"""
RUN = """\
usage: otorepair run [options] "COMMAND"
       otorepair run [options] -- PROGRAM [ARG ...]

Wrap a command. The word run may be left out.
"""
PLACES = """\
Every setting also goes in otorepair.toml or [tool.otorepair] of pyproject.toml, in
~/.config/otorepair/config.toml, or in the environment as OTOREPAIR_NAME; a switch is turned off
with =false. Names without dashes go there only. 'otorepair config' shows every value and its origin.
"""
MORE = "--help-all lists all settings; otorepair SUB-COMMAND --help explains a sub-command.\n"
INDENT = 26
"""Columns before the meaning of an option."""
WIDTH = 100


def general_page(*, everything: bool = False) -> str:
    """Return the page of ``otorepair --help``, or of ``--help-all``."""
    if everything:
        return "\n".join((USAGE, *_settings(everything), PLACES))
    return "\n".join(
        (USAGE, EXAMPLES, *_settings(everything), _section("sub-commands", SUB_COMMANDS.items()), MORE)
    )


def run_page(*, everything: bool = False) -> str:
    """Return the page of ``otorepair run --help``, or of ``otorepair run --help-all``."""
    return "\n".join(
        (RUN, *_settings(everything), PLACES if everything else "--help-all lists all settings.\n")
    )


def command_page(command: type[Command]) -> str:
    """Return the help page of a sub-command."""
    from otorepair_like.cli.command import arguments_of

    arguments = arguments_of(command)
    words = "".join(f" {each.metavar}" if each.required else f" [{each.metavar}]" for each in arguments)
    parts = [f"usage: {command.title()} [options]{words}\n\n{_sentence(SUB_COMMANDS[command.name()])}\n"]
    if arguments:
        parts.append(_section("arguments", ((each.metavar, each.help) for each in arguments)))
    parts.append(_section("options", [*map(_entry, command.own_options()), ("-h, --help", "show this page")]))
    if command.takes_run_options:
        parts.append("It takes every option of a run as well, such as --backend: see otorepair --help.\n")
    return "\n".join(parts)


def version_text() -> str:
    """Return what ``otorepair --version`` prints."""
    return f"otorepair {__version__} ({os.path.dirname(os.path.dirname(__file__))})"


def names_of(option: Option[Any]) -> str:
    """Return how an option is written: on the command line, or in a file if it can only be set there."""
    if option.place == FILE:
        return f"{option.name} {option.kind.metavar}".rstrip()
    names = ", ".join(name for name in (option.short, f"--{option.name}") if name)
    return f"{names} {option.kind.metavar}" if takes_value(option) else names


def _settings(everything: bool) -> Iterable[str]:
    about = [("-h, --help", "show this page"), ("--help-all", "show every setting")]
    about.append(("--version", "print the version"))
    if not everything:
        everyday = [option for option in OPTIONS if option.place == EVERYDAY]
        yield _section("options", [*map(_entry, everyday), *about])
        return
    for title, options in GROUPS.items():
        yield _section(title, map(_entry, sorted(options, key=lambda option: option.place == FILE)))
    yield _section("about", about)


def _entry(option: Option[Any]) -> tuple[str, str]:
    shown = option.kind is not FLAG and option.default and not isinstance(option.default, tuple)
    shown = shown or (option.kind is FLAG and option.default)
    default = json.dumps(option.default) if option.kind is FLAG else option.default
    default = f"{default:g}" if isinstance(default, float) else default
    return names_of(option), f"{option.help} (default: {default})" if shown else option.help


def _section(title: str, entries: Iterable[tuple[str, str]]) -> str:
    return f"{title}:\n" + "".join(_lines(*entry) for entry in entries)


def _lines(names: str, meaning: str) -> str:
    """Return the names with the meaning beside them if there is room, otherwise below."""
    lines = textwrap.wrap(meaning, WIDTH - INDENT)
    head = f"  {names}"
    if len(head) > INDENT - 2:
        lines.insert(0, head)
    else:
        lines[0] = head.ljust(INDENT) + lines[0]
    return "\n".join([lines[0], *(" " * INDENT + line for line in lines[1:])]) + "\n"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
