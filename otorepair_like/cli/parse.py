"""Reads the command line of a run: options from the table of settings, then what to run."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Sequence

from otorepair_like import __version__
from otorepair_like.errors import UsageError
from otorepair_like.options import FLAG, GROUPS, OPTIONS, Option

PLAIN = re.compile(r"[\w./-][\w./:@%+,-]*( +[\w./:@%+,=-]+)*")
"""A command without anything that only a shell understands."""
BUILTIN = re.compile(
    r"(\.|:|alias|bg|break|case|cd|command|continue|eval|exec|exit|export|fg|for|getopts|hash|if|jobs|local|read"
    r"|readonly|return|set|shift|times|trap|type|ulimit|umask|unalias|unset|until|wait|while)( |$)"
)
"""Words that are no programs: the shell's keywords and those of its built-ins that have no twin on disk."""
USAGE = """otorepair [options] "COMMAND"
       otorepair [options] -- PROGRAM [ARG ...]
       otorepair SUB-COMMAND"""
EXAMPLES = """\
examples:
  otorepair "uvicorn app:main --reload"        wrap a dev server, heal what breaks
  otorepair "python manage.py runserver" -v    … and say what happens meanwhile
  otorepair -- python app.py -v                no shell: everything after -- is the command
  otorepair --backend none "npm run dev"       supervise and report only
  otorepair demo                               see a crash being healed, offline
"""


class Parsed:
    """A command line, read.

    Args:
        given: option name to text, as typed.
        words: what is no option: the quoted command, or a sub-command and what follows it.
        argv: the words after ``--``; ``None`` without one.
        wants: ``"help"``, ``"version"`` or ``""``.
    """

    def __init__(self, given: dict[str, str], words: list[str], argv: list[str] | None, wants: str) -> None:
        self.given, self.words, self.argv, self.wants = given, words, argv, wants

    def command(self) -> tuple[list[str], str]:
        """What to execute, and how it was typed.

        Raises:
            UsageError: there is none, or it was not quoted.
        """
        import shlex

        if self.argv is not None:
            if self.words:
                raise UsageError(
                    "two commands given", f"{self.words[0]!r} and what follows --", "give one of them"
                )
            if not self.argv:
                raise UsageError("no command given", "nothing follows --", "try: otorepair -- python app.py")
            return self.argv, shlex.join(self.argv)
        if not self.words or not self.words[0].strip():
            raise UsageError("no command given", "", 'try: otorepair "python app.py", or otorepair --help')
        if self.words[0].startswith("-"):
            raise UsageError(f"unknown option {self.words[0]}", "", "see otorepair --help")
        if len(self.words) > 1:
            whole = shlex.join(self.words)
            raise UsageError(
                f"unexpected {self.words[1]!r}",
                "the command must be one quoted string",
                f"try: otorepair -- {whole}",
            )
        return ["/bin/sh", "-c", _executed(self.words[0])], self.words[0]


def _executed(command: str) -> str:
    """``command`` for the shell; a plain one takes the shell's place.

    A shell that stays would get each signal too, and some die of a Ctrl-C that their command has dealt with.
    """
    plain = PLAIN.fullmatch(command) and not BUILTIN.match(command)
    return f"exec {command}" if plain and _on_path(command.split()[0]) else command


def _on_path(program: str) -> bool:
    """Whether there is ``program``; if not, the shell shall say so in its own words."""
    folders = [""] if "/" in program else os.environ.get("PATH", os.defpath).split(os.pathsep)
    return any(os.access(os.path.join(folder, program), os.X_OK) for folder in folders)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        raise UsageError("cannot read the command line", message, "see otorepair --help")


def parser() -> argparse.ArgumentParser:
    """The parser of a run's options; they may stand before or after the command."""
    result = _Parser(
        prog="otorepair",
        usage=USAGE,
        description="Wrap a dev command: errors are seen, repaired, and the repair is proven.\n\n" + EXAMPLES,
        epilog="Every option can be set as OTOREPAIR_NAME in the environment, in [tool.otorepair] of pyproject.toml,\n"
        "in otorepair.toml, or in ~/.config/otorepair/config.toml; 'otorepair config' shows what holds and why.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,
        allow_abbrev=False,
        argument_default=argparse.SUPPRESS,
    )
    for title, options in GROUPS.items():
        group = result.add_argument_group(title)
        for option in options:
            _add(group, option)
    about = result.add_argument_group("about")
    about.add_argument("-h", "--help", dest="wants", action="store_const", const="help", help="this page")
    about.add_argument(
        "--version", dest="wants", action="store_const", const="version", help="print the version"
    )
    return result


def _add(group: argparse._ArgumentGroup, option: Option) -> None:
    names = [*([option.short] if option.short else []), f"--{option.name}"]
    metavar, text = option.kind.metavar, option.help
    if option.name == "verbose":
        group.add_argument(*names, action="count", help=text)
    elif option.kind is FLAG:
        group.add_argument(*names, action=argparse.BooleanOptionalAction, help=text)
    elif isinstance(option.default, tuple):
        group.add_argument(*names, action="append", metavar=metavar, help=text)
    else:
        default = f" (default {option.default})" if option.default else ""
        group.add_argument(*names, metavar=metavar, help=text + default)


def parse(args: Sequence[str]) -> Parsed:
    """Read ``args``.

    Raises:
        UsageError: an option lacks its value.
    """
    words = list(args)
    argv = None
    if "--" in words:
        split = words.index("--")
        words, argv = words[:split], words[split + 1 :]
    known, rest = parser().parse_known_args(words)
    values = vars(known)
    wants = values.pop("wants", "")
    given = {
        option.name: _text(option, values[option.attribute])
        for option in OPTIONS
        if option.attribute in values
    }
    return Parsed(given, rest, argv, wants)


def _text(option: Option, value: object) -> str:
    return option.kind.separator.join(value) if isinstance(value, list) else str(value)


def help_text() -> str:
    """The page of ``otorepair --help``."""
    from otorepair_like.cli.names import SUB_COMMANDS

    commands = "".join(f"  {name:<10} {text}\n" for name, text in SUB_COMMANDS.items())
    return f"{parser().format_help()}\nsub-commands (otorepair SUB-COMMAND --help):\n{commands}"


def version_text() -> str:
    """What ``otorepair --version`` prints."""
    return f"otorepair {__version__} ({os.path.dirname(os.path.dirname(__file__))})"
