"""A sub-command as a class: its options and arguments are class attributes, so that its help cannot lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from otorepair_like.cli.parse import Parsed
from otorepair_like.errors import UsageError
from otorepair_like.kinds import Option, options_of


class Argument:
    """A word that a sub-command takes.

    Args:
        metavar: stands for it in the help.
        help: says what it is.
        required: whether it must be given.
    """

    def __init__(self, metavar: str, help: str, *, required: bool = True) -> None:  # noqa: A002
        self.metavar, self.help, self.required = metavar, help, required

    def __set_name__(self, owner: type, name: str) -> None:
        self.attribute = name

    if TYPE_CHECKING:

        def __get__(self, instance: object, owner: type) -> str: ...


class Command:
    """One sub-command, named as its class without ``Command``. An instance has the values that were given.

    Args:
        parsed: its command line.
    """

    registered: ClassVar[dict[str, type[Command]]] = {}
    takes_run_options: ClassVar[bool] = False
    """It also takes every option of a run."""

    def __init_subclass__(cls) -> None:
        cls.registered[cls.name()] = cls

    def __init__(self, parsed: Parsed) -> None:
        self.given = parsed.given
        for option in options_of(type(self)):
            text = parsed.given.get(option.name)
            value = option.default if text is None else option.from_text(text, f"--{option.name}")
            setattr(self, option.attribute, value)
        words = [*parsed.words, *(parsed.argv or ())]
        for argument in arguments_of(type(self)):
            if not words and argument.required:
                raise UsageError(f"{self.title()} lacks {argument.metavar}", "", f"see {self.title()} --help")
            setattr(self, argument.attribute, words.pop(0) if words else "")
        if words:
            why = "" if arguments_of(type(self)) else f"{self.title()} takes options only"
            raise UsageError(f"unexpected {words[0]!r}", why, f"see {self.title()} --help")

    @classmethod
    def name(cls) -> str:
        """Return its name."""
        return cls.__name__.removesuffix("Command").lower()

    @classmethod
    def title(cls) -> str:
        """Return the command as one types it."""
        return f"otorepair {cls.name()}"

    @classmethod
    def own_options(cls) -> list[Option[Any]]:
        """Return the options that it declares itself."""
        return [value for value in vars(cls).values() if isinstance(value, Option)]

    def run(self) -> int:
        """Do it and return the exit code."""
        raise NotImplementedError


def arguments_of(command: type[Command]) -> list[Argument]:
    """Return the arguments of ``command``, in their order."""
    return [value for value in vars(command).values() if isinstance(value, Argument)]
