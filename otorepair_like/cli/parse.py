"""Reads a command line: options from a table of settings, and the words that are none.

By hand and without regular expressions, because argparse and ``re`` take longer than starting the program.
"""

from __future__ import annotations

from otorepair_like.errors import UsageError, nearest
from otorepair_like.kinds import FILE, FLAG, NO_KEYS
from otorepair_like.options import OPTIONS, successor

TYPE_CHECKING = False  # importing typing takes longer than forking
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from otorepair_like.kinds import Option

COUNTED = "verbose"
"""The option that counts how often it is given."""
WANTS = {"-h": "help", "--help": "help", "--help-all": "help-all", "--version": "version"}
SHORTHANDS = {"--no-keys": ("keys", NO_KEYS)}
"""What stands for an option with a value, because scripts that wrap otorepair are full of it."""


class Parsed:
    """A command line, read.

    Args:
        given: option name to text, as typed.
        words: everything that is not an option, up to ``--``.
        argv: the words after ``--``; ``None`` without one.
        wants: ``"help"``, ``"help-all"``, ``"version"`` or ``""``.
    """

    def __init__(self, given: dict[str, str], words: list[str], argv: list[str] | None, wants: str) -> None:
        self.given, self.words, self.argv, self.wants = given, words, argv, wants


class Parser:
    """Reads command lines with the options of one command.

    Args:
        options: those that may be given.
        command: the command as one types it, for messages.
    """

    def __init__(self, options: Sequence[Option[Any]], command: str = "otorepair") -> None:
        self._options = options
        offered = [option for option in options if option.place != FILE]
        self._short = {option.short: option for option in offered if option.short}
        self._long = {f"--{option.name}": option for option in offered}
        self._command = command

    def parse(self, args: Sequence[str]) -> Parsed:
        """Read ``args``; options may stand anywhere before a ``--``, and nothing after it is one.

        Raises:
            UsageError: an option is unknown, lacks its value, or has one that it does not take.
        """
        words, argv = split(args)
        result = Parsed({}, [], argv, "")
        left = iter(words)
        for word in left:
            if word in WANTS:
                result.wants = WANTS[word]
            elif word in SHORTHANDS and f"--{SHORTHANDS[word][0]}" in self._long:
                name, value = SHORTHANDS[word]
                result.given[name] = value
            elif word.startswith("--"):
                option = self._long.get(word.partition("=")[0])
                if option is None:
                    raise self._unknown(word.partition("=")[0])
                _take(result.given, option, word, left)
            elif word.startswith("-") and len(word) > 1:
                self._take_letters(result.given, word, left)
            else:
                result.words.append(word)
        return result

    def word_of(self, args: Sequence[str]) -> int | None:
        """Return the place of the first word that is not an option, nor the value of one."""
        words, _ = split(args)
        skip = False
        for place, word in enumerate(words):
            if not word.startswith("-") and not skip:
                return place
            option = self._long.get(word) or self._short.get(word)
            skip = option is not None and takes_value(option) and not skip
        return None

    def _take_letters(self, given: dict[str, str], word: str, left: Iterator[str]) -> None:
        for place, letter in enumerate(word[1:], 1):
            option = self._short.get(f"-{letter}")
            if option is None:
                raise self._unknown(word)
            rest = word[place + 1 :]
            if takes_value(option) and rest:
                _take(given, option, f"-{letter}={rest}", left)
                return
            _take(given, option, f"-{letter}", left)

    def _unknown(self, word: str) -> UsageError:
        known = successor(word.removeprefix("--"))
        if known and known[0] in self._options:
            return UsageError(f"unknown option {word}", "", _instead(*known))
        near = nearest(word.lstrip("-"), [name.lstrip("-") for name in self._long])
        return UsageError(
            f"unknown option {word}", "", f"did you mean --{near}?" if near else f"see {self._command} --help"
        )


def _instead(option: Option[Any], value: str) -> str:
    """Return what to do to set ``option``, on the command line if it is offered there."""
    if option.place == FILE:
        return f"set {option.name} in otorepair.toml, or {option.variable}" + (f"={value}" if value else "")
    if option.kind is FLAG:
        return f"use --{option.name}={value}"
    return f"use --{option.name} {value or option.kind.metavar}"


def split(args: Sequence[str]) -> tuple[list[str], list[str] | None]:
    """Return the words before ``--``, and those after it, or ``None`` without one."""
    words = list(args)
    if "--" not in words:
        return words, None
    place = words.index("--")
    return words[:place], words[place + 1 :]


def takes_value(option: Option[Any]) -> bool:
    """Return whether an option is followed by a value on the command line."""
    return option.kind is not FLAG and option.name != COUNTED


def _take(given: dict[str, str], option: Option[Any], word: str, left: Iterator[str]) -> None:
    """Note the value that ``word`` gives to ``option``, with the next one ``left`` if it needs that."""
    name, equals, value = word.partition("=")
    known = given.get(option.name)
    if option.name == COUNTED and not equals:
        value = str(int(known or 0) + 1)
    elif option.kind is FLAG and not equals:
        value = "true"
    elif not equals:
        value = next(left, "-")
        if value.startswith("-") and not value[1:2].isdigit():
            raise UsageError(f"{name} lacks its value", "", f"give {name} {option.kind.metavar}")
    repeated = isinstance(option.default, tuple) and known is not None
    given[option.name] = f"{known}{option.kind.separator}{value}" if repeated else value


RUN = Parser(OPTIONS)
"""Reads the command line of a run."""
