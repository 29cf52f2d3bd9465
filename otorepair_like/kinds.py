"""Kinds of values, how they are read from text or TOML, and the option that has one.

Plain classes and no heavy import: this module is on the path to the program's first instruction.
"""

from __future__ import annotations

from otorepair_like.errors import UsageError

TYPE_CHECKING = False  # importing typing takes longer than forking
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Generic, TypeVar

    T = TypeVar("T")
else:
    T = None

    class Generic:
        """Stand in for ``typing.Generic``, which only the type checker needs."""

        def __class_getitem__(cls, _: object) -> type:
            return cls


TRUE, FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off", "")
CLIS = ("claude", "codex", "gemini", "opencode", "aider", "cursor")
"""The agent CLIs: each is a class in the module of its name in ``agents``."""
BACKENDS = ("auto", "none", "recipes", *CLIS, "command", "scripted")


EVERYDAY, COMMAND_LINE, FILE = "everyday", "command line", "file"
"""Where a setting is offered: on the first help page, on the command line, or only in files and the environment."""


class Kind(Generic[T]):
    """A kind of value.

    Args:
        expects: what is allowed, in words.
        read: turns text from the command line or the environment into a value; raises ValueError.
        types: the TOML types that are taken as they are.
        check: returns whether a value is in range.
        metavar: stands for the value in the help.
        separator: of a list, what separates its parts in text.
    """

    def __init__(
        self,
        expects: str,
        read: Callable[[str], T],
        types: tuple[type, ...],
        check: Callable[[Any], bool] = lambda _: True,
        metavar: str = "",
        separator: str = "",
    ) -> None:
        self.expects, self.read, self.types, self.check = expects, read, types, check
        self.metavar, self.separator = metavar, separator


def choice(*names: str, metavar: str = "NAME") -> Kind[str]:
    """Return the kind of one of ``names``."""
    return Kind("one of " + ", ".join(names), str, (str,), lambda value: value in names, metavar)


def number(least: int, metavar: str = "N") -> Kind[int]:
    """Return the kind of a whole number of at least ``least``."""
    return Kind(f"a whole number of at least {least}", int, (int,), lambda value: value >= least, metavar)


def amount(metavar: str) -> Kind[float]:
    """Return the kind of a number that is 0 or above."""
    return Kind(
        "a number of at least 0", float, (int, float), lambda value: 0 <= value < float("inf"), metavar
    )


def text(metavar: str) -> Kind[str]:
    """Return the kind of any text."""
    return Kind("text", str, (str,), metavar=metavar)


def model() -> Kind[str]:
    """Return the kind of a model's name, which is handed to an agent CLI and must not be taken for an option."""
    return Kind(
        "a model's name",
        str,
        (str,),
        lambda value: "-" not in (value[:1], value.partition(":")[2][:1]) and value.isprintable(),
        "MODEL",
    )


def several(metavar: str, separator: str, expects: str) -> Kind[tuple[str, ...]]:
    """Return the kind of a list; on the command line the option may also be repeated."""
    return Kind(
        expects,
        lambda given: tuple(part for part in given.split(separator) if part),
        (list,),
        lambda value: all(isinstance(part, str) for part in value),
        metavar,
        separator,
    )


def some_of(names: tuple[str, ...], metavar: str) -> Kind[tuple[str, ...]]:
    """Return the kind of a list of some of ``names``."""
    kind = several(metavar, ",", "some of " + ", ".join(names))
    kind.check = lambda value: all(part in names for part in value)
    return kind


def _flag(given: str) -> bool:
    if given.lower() in TRUE:
        return True
    if given.lower() in FALSE:
        return False
    raise ValueError(given)


def _is_pattern(value: str) -> bool:
    import re

    try:
        return bool(re.compile(value))
    except re.error:
        return False


def _is_backend(value: str) -> bool:
    """Return whether ``value`` is one of our backends or comes with an installed package."""
    if value in BACKENDS:
        return True
    from importlib.metadata import entry_points

    return bool(entry_points(group="otorepair.agents", name=value))


def _is_prefix(value: str) -> bool:
    return value == NO_KEYS or (len(value) == 6 and value.startswith("ctrl-") and "a" <= value[-1] <= "z")


NO_KEYS = "none"
"""The prefix key of who wants no keys."""

FLAG: Kind[bool] = Kind("true or false", _flag, (bool,))
WHEN = choice("auto", "always", "never", metavar="WHEN")
WHEN.read = lambda given: {"on": "always", "off": "never"}.get(given, given)
SECONDS: Kind[float] = Kind(
    "a number of seconds above 0",
    float,
    (int, float),
    lambda value: 0 < value < float("inf"),
    "SECONDS",
)
SHARE: Kind[float] = Kind("a number from 0 to 1", float, (int, float), lambda value: 0 <= value <= 1, "SHARE")
PATHS = several("PATH", ":", "paths separated by ':'")
PATTERNS = several("PATTERN", ":", "patterns separated by ':'")
COMMANDS = several("COMMAND", "\n", "commands, one per line")
CHAIN = several("AGENT[:MODEL]", ",", "agents, each with its model after a ':', separated by ','")
CHAIN.check = lambda value: all(
    isinstance(part, str) and not part.startswith("-") and ":-" not in part for part in value
)
KEY = Kind(f"ctrl- and a letter, such as ctrl-t, or {NO_KEYS}", str.lower, (str,), _is_prefix, "KEY")
PATTERN = Kind("a regular expression", str, (str,), _is_pattern, "REGEX")
BACKEND = Kind("one of " + ", ".join(BACKENDS), str, (str,), _is_backend, "NAME")


class Option(Generic[T]):
    """One setting: a class attribute that is named as the setting is.

    ``fix_timeout`` is ``--fix-timeout`` on the command line, ``OTOREPAIR_FIX_TIMEOUT`` in the environment and
    ``fix-timeout`` in a file; in a ``table`` of the file, ``auto_files`` is ``files`` in ``[auto]``. On an instance the
    attribute is the value, typed as the kind says.

    Args:
        help: says what happens if you use it.
        short: its one-letter form.
        place: where it is offered, such as :data:`EVERYDAY`.
        table: the table of a file that it belongs to.
    """

    def __init__(
        self,
        kind: Kind[T],
        default: T,
        help: str,  # noqa: A002
        short: str = "",
        place: str = COMMAND_LINE,
        table: str = "",
    ) -> None:
        self.kind, self.default, self.help = kind, default, help
        self.short, self.place, self.table = short, place, table

    def __set_name__(self, owner: type, name: str) -> None:
        self.attribute = name
        prefix = f"{self.table}_" if self.table else ""
        key = name.removeprefix(prefix).replace("_", "-")
        self.name = f"{self.table}.{key}" if self.table else key
        """Its name in a file; without a table also that on the command line."""
        self.variable = "OTOREPAIR_" + name.upper()
        """Its twin in the environment."""

    if TYPE_CHECKING:

        def __get__(self, instance: object, owner: type) -> T: ...

    def from_text(self, given: str, place: str) -> T:
        """Return ``given``, from the command line or the environment, as a value.

        Raises:
            UsageError: it is not one; ``place`` says where it came from.
        """
        try:
            value = self.kind.read(given)
            if self.kind.check(value):
                return value
        except ValueError:
            pass
        raise UsageError(f"bad value for {place}", f"{given!r}", f"expected {self.kind.expects}")

    def from_toml(self, given: object, path: str) -> T:
        """Return ``given``, from the file ``path``, as a value.

        Raises:
            UsageError: it is not one.
        """
        kind = self.kind
        fits = isinstance(given, kind.types) and (bool in kind.types or not isinstance(given, bool))
        if not fits or not kind.check(given):
            raise UsageError(
                f"bad value for {self.name!r} in {path}", f"{given!r}", f"expected {kind.expects}"
            )
        value: Any = tuple(given) if isinstance(given, list) else given
        return value  # type: ignore[no-any-return]


def options_of(owner: type) -> tuple[Option[Any], ...]:
    """Return the options that a class declares or inherits, in the order in which they stand there."""
    declared = {}
    for base in reversed(owner.__mro__):
        declared.update({name: value for name, value in vars(base).items() if isinstance(value, Option)})
    return tuple(declared.values())
