"""The pages of ``otorepair --help`` and ``otorepair --version``."""

from __future__ import annotations

import os
import textwrap

from otorepair_like import __version__
from otorepair_like.cli.names import SUB_COMMANDS
from otorepair_like.cli.parse import COUNTED
from otorepair_like.options import FLAG, GROUPS, Option

HEAD = """\
usage: otorepair [options] "COMMAND"
       otorepair [options] -- PROGRAM [ARG ...]
       otorepair SUB-COMMAND

Wrap a dev command: errors are seen, repaired, and the repair is proven.

examples:
  otorepair "uvicorn app:main --reload"        wrap a dev server, heal what breaks
  otorepair "python manage.py runserver" -v    … and say what happens meanwhile
  otorepair -- python app.py -v                no shell: everything after -- is the command
  otorepair --backend none "npm run dev"       supervise and report only
  otorepair demo                               see a crash being healed, offline
"""
FOOT = """\
Every option can be set as OTOREPAIR_NAME in the environment, in [tool.otorepair] of pyproject.toml,
in otorepair.toml, or in ~/.config/otorepair/config.toml; 'otorepair config' shows what holds and why.
"""
INDENT = 24
"""Columns before what an option does."""
WIDTH = 100


def help_text() -> str:
    """The page of ``otorepair --help``."""
    parts = [HEAD]
    for title, options in GROUPS.items():
        parts.append("".join([f"{title}:\n", *(_entry(_names(option), _text(option)) for option in options)]))
    pages = (("-h, --help", "this page"), ("--version", "print the version"))
    parts.append("".join(["about:\n", *(_entry(*page) for page in pages)]))
    commands = "".join(f"  {name:<10} {text}\n" for name, text in SUB_COMMANDS.items())
    return "\n".join([*parts, FOOT, f"sub-commands (otorepair SUB-COMMAND --help):\n{commands}"])


def version_text() -> str:
    """What ``otorepair --version`` prints."""
    return f"otorepair {__version__} ({os.path.dirname(os.path.dirname(__file__))})"


def _names(option: Option) -> str:
    names = [option.short] if option.short else []
    names.append(f"--{option.name}")
    if option.name == COUNTED:
        return ", ".join(names)
    if option.kind is FLAG:
        return ", ".join([*names, f"--no-{option.name}"])
    return ", ".join(names) + f" {option.kind.metavar}"


def _text(option: Option) -> str:
    shown = option.kind is not FLAG and option.default and not isinstance(option.default, tuple)
    return f"{option.help} (default {option.default})" if shown else option.help


def _entry(names: str, text: str) -> str:
    """Names, then what they do: beside them if there is room, else below."""
    lines = textwrap.wrap(text, WIDTH - INDENT)
    head = f"  {names}"
    if len(head) > INDENT - 2:
        lines.insert(0, head)
    else:
        lines[0] = head.ljust(INDENT) + lines[0]
    return "\n".join([lines[0], *(" " * INDENT + line for line in lines[1:])]) + "\n"
