"""The program to wrap, from the words of the command line."""

from __future__ import annotations

import os

from otorepair_like.cli.names import SUB_COMMANDS
from otorepair_like.errors import UsageError, nearest

TYPE_CHECKING = False  # importing typing takes longer than forking
if TYPE_CHECKING:
    from collections.abc import Sequence

    from otorepair_like.cli.parse import Parsed

PLAIN = frozenset("_./:@%+,=- ")
"""Characters besides letters and digits that mean nothing to a shell."""
BUILTINS = (
    ". : alias bg break case cd command continue eval exec exit export fg for getopts hash if jobs local read readonly"
    " return set shift times trap type ulimit umask unalias unset until wait while"
)
"""Words that are no programs: the shell's keywords and those of its built-ins that have no twin on disk."""


def argv_of(parsed: Parsed) -> list[str]:
    """Return what to execute.

    Raises:
        UsageError: there is nothing, it was not quoted, or a sub-command was misspelled.
    """
    if parsed.argv is not None:
        if parsed.words:
            raise UsageError(
                "two commands given", f"{parsed.words[0]!r} and the words after --", "give one of them"
            )
        if not parsed.argv:
            raise UsageError("no command given", "nothing follows --", "try: otorepair -- python app.py")
        return parsed.argv
    if not parsed.words or not parsed.words[0].strip():
        raise UsageError("no command given", "", 'try: otorepair "python app.py", or otorepair --help')
    _refuse_misspelled(parsed.words[0])
    if len(parsed.words) > 1:
        raise UsageError(
            f"unexpected {parsed.words[1]!r}",
            "the command must be one quoted string",
            f"try: otorepair -- {_quoted(parsed.words)}",
        )
    return ["/bin/sh", "-c", _executed(parsed.words[0])]


def typed(parsed: Parsed) -> str:
    """Return the command as one types it in a shell."""
    return parsed.words[0] if parsed.argv is None else _quoted(parsed.argv)


def _refuse_misspelled(word: str) -> None:
    """Refuse a word that is not a program but nearly a sub-command."""
    if not word.isalpha() or word in BUILTINS.split() or _on_path(word):
        return
    if near := nearest(word, SUB_COMMANDS):
        raise UsageError(f"no program {word!r} on PATH", "", f"did you mean 'otorepair {near}'?")


def _quoted(words: Sequence[str]) -> str:
    import shlex

    return shlex.join(words)


def _executed(command: str) -> str:
    """Return ``command`` for the shell; a plain one replaces the shell.

    A shell that stays would get each signal too, and some die of a Ctrl-C that their command has handled.
    """
    plain = all(char.isalnum() or char in PLAIN for char in command)
    program = command.split()[0]
    if not plain or "=" in program or program in BUILTINS.split() or not _on_path(program):
        return command
    return f"exec {command}"


def _on_path(program: str) -> bool:
    """Return whether ``program`` can be executed; if not, the shell says so in its own words."""
    folders = [""] if "/" in program else os.environ.get("PATH", os.defpath).split(os.pathsep)
    return any(os.access(os.path.join(folder, program), os.X_OK) for folder in folders)
