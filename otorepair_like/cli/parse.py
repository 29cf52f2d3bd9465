"""Reads the command line of a run: options from the table of settings, then what to run.

By hand and without regular expressions, because argparse and ``re`` take longer than starting the child.
"""

from __future__ import annotations

import os

from otorepair_like.errors import UsageError
from otorepair_like.options import FLAG, OPTIONS

TYPE_CHECKING = False  # importing typing takes longer than forking
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from otorepair_like.options import Option

PLAIN = frozenset("_./:@%+,=- ")
"""What beside letters and digits means nothing to a shell."""
BUILTINS = (
    ". : alias bg break case cd command continue eval exec exit export fg for getopts hash if jobs local read readonly"
    " return set shift times trap type ulimit umask unalias unset until wait while"
)
"""Words that are no programs: the shell's keywords and those of its built-ins that have no twin on disk."""
COUNTED = "verbose"
"""The option that counts how often it is given."""
WANTS = {"-h": "help", "--help": "help", "--version": "version"}


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

    def command(self) -> list[str]:
        """What to execute.

        Raises:
            UsageError: there is nothing, or it was not quoted.
        """
        if self.argv is not None:
            if self.words:
                raise UsageError(
                    "two commands given", f"{self.words[0]!r} and what follows --", "give one of them"
                )
            if not self.argv:
                raise UsageError("no command given", "nothing follows --", "try: otorepair -- python app.py")
            return self.argv
        if not self.words or not self.words[0].strip():
            raise UsageError("no command given", "", 'try: otorepair "python app.py", or otorepair --help')
        if self.words[0].startswith("-"):
            raise UsageError(f"unknown option {self.words[0]}", "", "see otorepair --help")
        if len(self.words) > 1:
            raise UsageError(
                f"unexpected {self.words[1]!r}",
                "the command must be one quoted string",
                f"try: otorepair -- {_quoted(self.words)}",
            )
        return ["/bin/sh", "-c", _executed(self.words[0])]

    def typed(self) -> str:
        """The command as one types it in a shell."""
        return self.words[0] if self.argv is None else _quoted(self.argv)


def _quoted(words: Sequence[str]) -> str:
    import shlex

    return shlex.join(words)


def _executed(command: str) -> str:
    """``command`` for the shell; a plain one takes the shell's place.

    A shell that stays would get each signal too, and some die of a Ctrl-C that their command has dealt with.
    """
    plain = all(char.isalnum() or char in PLAIN for char in command)
    program = command.split()[0]
    if not plain or "=" in program or program in BUILTINS.split() or not _on_path(program):
        return command
    return f"exec {command}"


def _on_path(program: str) -> bool:
    """Whether there is ``program``; if not, the shell shall say so in its own words."""
    folders = [""] if "/" in program else os.environ.get("PATH", os.defpath).split(os.pathsep)
    return any(os.access(os.path.join(folder, program), os.X_OK) for folder in folders)


def parse(args: Sequence[str]) -> Parsed:
    """Read ``args``; options may stand before or after the command, and nothing after ``--`` is one.

    Raises:
        UsageError: an option lacks its value, or has one that it does not take.
    """
    words = list(args)
    argv = None
    if "--" in words:
        split = words.index("--")
        words, argv = words[:split], words[split + 1 :]
    result = Parsed({}, [], argv, "")
    left = iter(words)
    for word in left:
        if word in WANTS:
            result.wants = WANTS[word]
        elif option := LONG.get(word.partition("=")[0]):
            _take(result.given, option, word, left)
        elif all(f"-{letter}" in SHORT for letter in word[1:]) and word.startswith("-") and len(word) > 1:
            for letter in word[1:]:
                _take(result.given, SHORT[f"-{letter}"], f"-{letter}", left)
        else:
            result.words.append(word)
    return result


def _take(given: dict[str, str], option: Option, word: str, left: Iterator[str]) -> None:
    """Note what ``word``, with the next one ``left`` if it needs it, says about ``option``."""
    name, equals, value = word.partition("=")
    known = given.get(option.name)
    if option.kind is FLAG or option.name == COUNTED:
        if equals:
            raise UsageError(f"bad value for {name}", f"{value!r}", "it takes none")
        counted = option.name == COUNTED
        given[option.name] = str(int(known or 0) + 1) if counted else str(not name.startswith("--no-"))
        return
    if not equals:
        value = next(left, "-")
        if value.startswith("-") and not value[1:2].isdigit():
            raise UsageError(f"{name} lacks its value", "", f"give {name} {option.kind.metavar}")
    several = isinstance(option.default, tuple) and known is not None
    given[option.name] = f"{known}{option.kind.separator}{value}" if several else value


SHORT = {option.short: option for option in OPTIONS if option.short}
LONG = {f"--{option.name}": option for option in OPTIONS} | {
    f"--no-{option.name}": option for option in OPTIONS if option.kind is FLAG
}
