"""Every setting, in one table; where its value came from, for ``otorepair config``.

Command line > environment > project file > user file > default. The table :data:`OPTIONS` is read by the command
line, by :func:`resolve`, by ``otorepair config`` and by the reference in the documents, so that no setting can exist
in one of them only. Plain classes, and no heavy import: this module is on the path to the child's first instruction.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence

from otorepair_like.errors import UsageError

Value = str | int | float | bool | tuple[str, ...] | None
TRUE, FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off", "")


class Kind:
    """How a setting is read: from text (command line, environment) and from TOML.

    Args:
        expects: what is allowed, in words.
        read: text to value; raises ValueError.
        types: the TOML types taken as they are.
        check: whether a value is in range.
    """

    def __init__(
        self,
        expects: str,
        read: Callable[[str], Value],
        types: tuple[type, ...],
        check: Callable[[Value], bool] = lambda _: True,
    ) -> None:
        self.expects, self.read, self.types, self.check = expects, read, types, check


def _flag(text: str) -> bool:
    if text.lower() in TRUE:
        return True
    if text.lower() in FALSE:
        return False
    raise ValueError(text)


def choice(*names: str) -> Kind:
    """One of ``names``."""
    return Kind("one of " + ", ".join(names), str, (str,), lambda value: value in names)


def number(least: int) -> Kind:
    """A whole number of at least ``least``."""
    return Kind(
        f"a whole number of at least {least}", int, (int,), lambda v: isinstance(v, int) and v >= least
    )


FLAG = Kind("true or false", _flag, (bool,))
TEXT = Kind("text", str, (str,))
SECONDS = Kind(
    "a number of seconds above 0",
    float,
    (int, float),
    lambda v: isinstance(v, int | float) and 0 < v < float("inf"),
)


LIST = Kind(
    "names with ':' between them",
    lambda text: tuple(part for part in text.split(":") if part),
    (list,),
    lambda v: isinstance(v, list | tuple) and all(isinstance(part, str) for part in v),
)
PREFIX_KEY = Kind(
    "ctrl- and a letter, such as ctrl-t",
    str.lower,
    (str,),
    lambda v: isinstance(v, str) and len(v) == 6 and v.startswith("ctrl-") and "a" <= v[-1].lower() <= "z",
)


class Option:
    """One setting: ``--name``, ``OTOREPAIR_NAME``, ``name`` in a file."""

    __slots__ = ("default", "group", "help", "kind", "metavar", "name", "short")

    def __init__(
        self,
        name: str,
        kind: Kind,
        default: Value,
        text: str,
        *,
        group: str,
        metavar: str = "",
        short: str = "",
    ) -> None:
        self.name, self.kind, self.default, self.help = name, kind, default, text
        self.group, self.metavar, self.short = group, metavar, short

    @property
    def attribute(self) -> str:
        """Its name in :class:`Config`."""
        return self.name.replace("-", "_")

    @property
    def variable(self) -> str:
        """Its twin in the environment."""
        return "OTOREPAIR_" + self.attribute.upper()


OPTIONS: tuple[Option, ...] = (
    Option(
        "backend",
        choice("auto", "none", "recipes", "claude", "cursor", "command", "scripted"),
        "auto",
        "who repairs; auto: recipes first, then the first agent CLI that is logged in; none: only report",
        group="repair",
        metavar="NAME",
    ),
    Option("workspace", TEXT, "", "folder of the child and of the repair", group="run", metavar="DIR"),
    Option(
        "tty",
        choice("auto", "always", "never"),
        "auto",
        "give the child a terminal of its own; auto: where ours is one",
        group="run",
        metavar="WHEN",
    ),
    Option(
        "watch",
        LIST,
        (),
        "restart the child when a file below PATH changes; can be given again",
        group="run",
        metavar="PATH",
    ),
    Option(
        "ignore",
        LIST,
        (),
        "files that do not count as changed, as in .gitignore; can be given again",
        group="run",
        metavar="PATTERN",
    ),
    Option(
        "debounce",
        SECONDS,
        0.15,
        "quiet after a change that makes it complete",
        group="run",
        metavar="SECONDS",
    ),
    Option(
        "poll", FLAG, False, "look at the files again and again instead of asking the kernel", group="run"
    ),
    Option(
        "prefix-key",
        PREFIX_KEY,
        "ctrl-t",
        "the key before each of otorepair's keys",
        group="run",
        metavar="KEY",
    ),
    Option("keys", FLAG, True, "listen for keys at the terminal", group="run"),
    Option(
        "stop-signal",
        choice("received", "INT", "TERM", "HUP", "QUIT", "USR1", "USR2"),
        "received",
        "first signal to the child when it is to end; received: the one we got, else TERM",
        group="run",
        metavar="NAME",
    ),
    Option(
        "stop-timeout", SECONDS, 5.0, "how long it may take to end after that", group="run", metavar="SECONDS"
    ),
    Option("fix-timeout", SECONDS, 120.0, "how long one attempt may take", group="repair", metavar="SECONDS"),
    Option(
        "attempts",
        number(1),
        3,
        "attempts at one failure before its breaker trips",
        group="repair",
        metavar="N",
    ),
    Option("max-attempts-total", number(1), 25, "attempts in one run", group="repair", metavar="N"),
    Option(
        "agent-command",
        TEXT,
        "",
        "command line of the agent for --backend command; prompt on stdin or in {prompt_file}",
        group="repair",
        metavar="COMMAND",
    ),
    Option("script", TEXT, "", "file of edits for --backend scripted", group="repair", metavar="FILE"),
    Option("triage-model", TEXT, "", "model that judges doubtful output", group="repair", metavar="MODEL"),
    Option("fix-model", TEXT, "", "model that repairs", group="repair", metavar="MODEL"),
    Option(
        "cursor-triage-model",
        TEXT,
        "",
        "model that judges doubtful output when Cursor does it",
        group="repair",
        metavar="MODEL",
    ),
    Option("watch-stdout", FLAG, False, "look for errors on stdout too", group="detect"),
    Option(
        "settle",
        SECONDS,
        2.0,
        "silence on stderr that ends an error without a clear end",
        group="detect",
        metavar="SECONDS",
    ),
    Option(
        "healthy-after",
        SECONDS,
        3.0,
        "how long health must last to prove a repair",
        group="repair",
        metavar="SECONDS",
    ),
    Option("quiet", FLAG, False, "print nothing of otorepair's own", group="output", short="-q"),
    Option(
        "verbose",
        number(0),
        0,
        "-v key events, -vv details, -vvv prompts and raw data",
        group="output",
        short="-v",
    ),
    Option("json", FLAG, False, "one event a line on stderr instead of the screen", group="output"),
    Option(
        "color",
        choice("auto", "always", "never"),
        "auto",
        "colour of otorepair's own lines",
        group="output",
        metavar="WHEN",
    ),
)
BY_NAME = {option.name: option for option in OPTIONS}


class Config:
    """The settings of one run, typed. Made by :func:`resolve`."""

    backend: str
    workspace: str
    tty: str
    watch: tuple[str, ...]
    ignore: tuple[str, ...]
    debounce: float
    poll: bool
    prefix_key: str
    keys: bool
    stop_signal: str
    stop_timeout: float
    fix_timeout: float
    attempts: int
    max_attempts_total: int
    agent_command: str
    script: str
    triage_model: str
    fix_model: str
    cursor_triage_model: str
    watch_stdout: bool
    settle: float
    healthy_after: float
    quiet: bool
    verbose: int
    json: bool
    color: str

    def __init__(self, values: Mapping[str, Value], origins: Mapping[str, str]) -> None:
        self.origins = dict(origins)
        for option in OPTIONS:
            setattr(self, option.attribute, values[option.name])


def resolve(given: Mapping[str, str], environ: Mapping[str, str], cwd: str) -> Config:
    """The settings that hold, from every place they can be set.

    Args:
        given: option name to text, from the command line.
        environ: the environment; ``OTOREPAIR_…`` variables are read.
        cwd: where the command line was typed; the project file is looked for here, or in the workspace if that is
            given, and in the folders above up to the repository's root.

    Raises:
        UsageError: a value or a file is not what it should be; names the key, the place and what is allowed.
    """
    values: dict[str, Value] = {option.name: option.default for option in OPTIONS}
    origins = dict.fromkeys(values, "default")
    start = os.path.join(cwd, given.get("workspace") or environ.get("OTOREPAIR_WORKSPACE") or "")
    for path, table in (user_file(environ), project_file(start)):
        for key, value in table.items():
            values[key], origins[key] = _from_file(key, value, path), path
    for option in OPTIONS:
        if option.variable in environ:
            values[option.name] = read(option, environ[option.variable], option.variable)
            origins[option.name] = option.variable
    for name, text in given.items():
        values[name], origins[name] = read(BY_NAME[name], text, f"--{name}"), "command line"
    _check_variables(environ)
    values["workspace"] = _workspace(str(values["workspace"]), origins["workspace"], cwd)
    return Config(values, origins)


def read(option: Option, text: str, place: str) -> Value:
    """``text`` as the value of ``option``.

    Raises:
        UsageError: it is none.
    """
    try:
        value = option.kind.read(text)
    except ValueError:
        value = None
    if value is None or not option.kind.check(value):
        raise UsageError(f"bad value for {place}", f"{text!r}", f"expected {option.kind.expects}")
    return value


def _from_file(key: str, value: object, path: str) -> Value:
    option = BY_NAME.get(key)
    if option is None:
        raise UsageError(
            f"unknown key {key!r} in {path}", _near(key, BY_NAME), "see 'otorepair config' for all keys"
        )
    kind = option.kind
    fits = isinstance(value, kind.types) and (bool in kind.types or not isinstance(value, bool))
    if not fits or not kind.check(value):  # type: ignore[arg-type]
        raise UsageError(f"bad value for {key!r} in {path}", f"{value!r}", f"expected {kind.expects}")
    return tuple(value) if isinstance(value, list) else value  # type: ignore[return-value]


def _near(word: str, known: Sequence[str] | Mapping[str, object]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(word.replace("_", "-"), list(known), 1)
    return f"did you mean {near[0]!r}?" if near else ""


def _check_variables(environ: Mapping[str, str]) -> None:
    """A misspelt twin would otherwise be ignored in silence."""
    known = [option.variable for option in OPTIONS]
    for name in environ:
        if name.startswith("OTOREPAIR_") and name not in known and name not in RESERVED_VARIABLES:
            near = _near(name, [variable.replace("_", "-") for variable in known]).replace("-", "_")
            raise UsageError(
                f"unknown variable {name} in the environment", near, "unset it or correct its name"
            )


RESERVED_VARIABLES = ("OTOREPAIR_TEST_CLAUDE", "OTOREPAIR_REQUIRE_AGENTS", "OTOREPAIR_INJECT_DEFECT")
"""Variables of the project's own tests; they are no settings."""


def _workspace(value: str, origin: str, cwd: str) -> str:
    base = os.path.dirname(origin) if origin.endswith(".toml") else cwd
    path = os.path.realpath(os.path.join(base, os.path.expanduser(value)))
    if not os.path.isdir(path):
        raise UsageError(f"bad workspace ({origin})", f"{path} is not a folder", "name an existing folder")
    return path


def user_file(environ: Mapping[str, str]) -> tuple[str, dict[str, object]]:
    """Path and content of the user's own settings, ``~/.config/otorepair/config.toml``."""
    home = environ.get("XDG_CONFIG_HOME") or os.path.join(
        environ.get("HOME") or os.path.expanduser("~"), ".config"
    )
    path = os.path.join(home, "otorepair", "config.toml")
    return path, _toml(path) if os.path.isfile(path) else {}


def project_file(start: str) -> tuple[str, dict[str, object]]:
    """Path and content of the nearest ``otorepair.toml`` or ``[tool.otorepair]`` from ``start`` upwards.

    The search ends at the root of the repository. In one folder ``otorepair.toml`` goes before ``pyproject.toml``.
    """
    folder = os.path.realpath(start)
    while True:
        path = os.path.join(folder, "otorepair.toml")
        if os.path.isfile(path):
            return path, _toml(path)
        path = os.path.join(folder, "pyproject.toml")
        if os.path.isfile(path) and _mentions_us(path):
            tool = _toml(path).get("tool", {})
            table = tool.get("otorepair") if isinstance(tool, dict) else None
            if isinstance(table, dict):
                return path, table
        parent = os.path.dirname(folder)
        if parent == folder or os.path.exists(os.path.join(folder, ".git")):
            return "", {}
        folder = parent


def _mentions_us(path: str) -> bool:
    """Spares most projects the 10 ms of a TOML parser."""
    try:
        with open(path, "rb") as file:
            return b"otorepair" in file.read()
    except OSError:
        return False


def _toml(path: str) -> dict[str, object]:
    import tomllib

    try:
        with open(path, "rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise UsageError(
            f"cannot read {path}", error.strerror or str(error), "make it readable or remove it"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {path}", str(error), "mend the line") from None
