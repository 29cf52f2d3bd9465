"""Every setting, in one table.

The table :data:`OPTIONS` is read by the command line, by ``config``, by ``otorepair config`` and by the reference in
the documents, so that no setting can exist in one of them only. Plain classes, and no heavy import: this module is on
the path to the child's first instruction.
"""

from __future__ import annotations

TYPE_CHECKING = False  # importing typing takes longer than forking
if TYPE_CHECKING:
    from collections.abc import Callable

Value = str | int | float | bool | tuple[str, ...] | None
TRUE, FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off", "")


class ValueKind:
    """How a setting is read: from text (command line, environment) and from TOML.

    Args:
        expects: what is allowed, in words.
        read: text to value; raises ValueError.
        types: the TOML types taken as they are.
        check: whether a value is in range.
        metavar: what stands for it in the help.
        separator: of a list, what stands between its parts in text.
    """

    def __init__(
        self,
        expects: str,
        read: Callable[[str], Value],
        types: tuple[type, ...],
        check: Callable[[Value], bool] = lambda _: True,
        metavar: str = "",
        separator: str = "",
    ) -> None:
        self.expects, self.read, self.types, self.check, self.metavar = expects, read, types, check, metavar
        self.separator = separator


def _flag(text: str) -> bool:
    if text.lower() in TRUE:
        return True
    if text.lower() in FALSE:
        return False
    raise ValueError(text)


def choice(*names: str, metavar: str = "NAME") -> ValueKind:
    """One of ``names``."""
    return ValueKind("one of " + ", ".join(names), str, (str,), lambda value: value in names, metavar)


def number(least: int) -> ValueKind:
    """A whole number of at least ``least``."""
    return ValueKind(
        f"a whole number of at least {least}", int, (int,), lambda v: isinstance(v, int) and v >= least, "N"
    )


def text(metavar: str) -> ValueKind:
    """Any text."""
    return ValueKind("text", str, (str,), metavar=metavar)


RULES = (
    "blocked-path", "too-many-files", "too-many-lines", "link", "read-only", "mode", "binary", "too-large", "long-line",
    "test", "test-hook", "test-config", "test-aware", "shadow",
    "marker", "invisible", "line-ends", "syntax", "lost-definitions", "static",
    "broad-except", "silent-except", "hook", "swallowed", "deleted-statement", "check-removed", "early-exit",
    "dead-condition", "lower-level", "lower-status", "suppression", "secret-optional",
    "tls", "runs-program", "runs-code", "network", "dependency",
)  # fmt: skip
"""Rules of the guard that a setting can lift."""


def several(metavar: str, separator: str = ":", between: str = "names with ':' between them") -> ValueKind:
    """A list: given again and again on the command line, with ``separator`` between in a variable."""
    return ValueKind(
        between,
        lambda given: tuple(part for part in given.split(separator) if part),
        (list,),
        lambda v: isinstance(v, list | tuple) and all(isinstance(part, str) for part in v),
        metavar,
        separator,
    )


def some_of(names: tuple[str, ...], metavar: str) -> ValueKind:
    """A list of some of ``names``."""
    kind = several(metavar)
    return ValueKind(
        "some of " + ", ".join(names),
        kind.read,
        kind.types,
        lambda v: isinstance(v, list | tuple) and all(part in names for part in v),
        metavar,
        kind.separator,
    )


FLAG = ValueKind("true or false", _flag, (bool,))
WHEN = choice("auto", "always", "never", metavar="WHEN")
SECONDS = ValueKind(
    "a number of seconds above 0",
    float,
    (int, float),
    lambda v: isinstance(v, int | float) and 0 < v < float("inf"),
    "SECONDS",
)
COMMANDS = several("COMMAND", "\n", "commands, one a line")
SHARE = ValueKind(
    "a number from 0 to 1", float, (int, float), lambda v: isinstance(v, int | float) and 0 <= v <= 1, "SHARE"
)
KEY = ValueKind(
    "ctrl- and a letter, such as ctrl-t",
    str.lower,
    (str,),
    lambda v: isinstance(v, str) and len(v) == 6 and v.startswith("ctrl-") and "a" <= v[-1].lower() <= "z",
    "KEY",
)


def _is_pattern(value: Value) -> bool:
    import re

    try:
        return bool(re.compile(str(value)))
    except re.error:
        return False


PATTERN = ValueKind("a regular expression", str, (str,), _is_pattern, "REGEX")


def _is_backend(value: Value) -> bool:
    """Whether ``value`` is one of ours or a repairer that an installed package brings."""
    if value in BACKENDS:
        return True
    from importlib.metadata import entry_points

    return bool(entry_points(group="otorepair.agents", name=str(value)))


CLIS = ("claude", "codex", "gemini", "opencode", "aider", "cursor")
"""The agent CLIs: each is a class in the module of its name in ``agents``."""
BACKENDS = ("auto", "none", "recipes", *CLIS, "command", "scripted")
BACKEND = ValueKind(
    "one of " + ", ".join(BACKENDS),
    str,
    (str,),
    _is_backend,
    "NAME",
)
CHAIN = several("AGENT[:MODEL]", ",", "agent:model pairs with ',' between them")
AMOUNT = ValueKind(
    "a number of at least 0",
    float,
    (int, float),
    lambda v: isinstance(v, int | float) and 0 <= v < float("inf"),
    "N",
)
SIGNAL = choice("received", "INT", "TERM", "HUP", "QUIT", "USR1", "USR2")
MODEL = text("MODEL")


class Option:
    """One setting: ``--name``, ``OTOREPAIR_NAME``, ``name`` in a file.

    Args:
        help: what it does, for the help and the reference.
        short: its one-letter form.
    """

    __slots__ = ("default", "help", "kind", "name", "short")

    def __init__(self, name: str, kind: ValueKind, default: Value, help: str, short: str = "") -> None:  # noqa: A002
        self.name, self.kind, self.default, self.help, self.short = name, kind, default, help, short

    @property
    def attribute(self) -> str:
        """Its name in :class:`~otorepair_like.config.Config`."""
        return self.name.replace("-", "_")

    @property
    def variable(self) -> str:
        """Its twin in the environment."""
        return "OTOREPAIR_" + self.attribute.upper()


GROUPS: dict[str, tuple[Option, ...]] = {
    "run": (
        Option("workspace", text("DIR"), "", "folder of the child and of the repair"),
        Option("tty", WHEN, "auto", "give the child a terminal of its own; auto: where ours is one"),
        Option("watch", several("PATH"), (), "restart the child when a file below PATH changes; repeatable"),
        Option("ignore", several("PATTERN"), (), "files that do not count, as in .gitignore; repeatable"),
        Option("debounce", SECONDS, 0.15, "quiet after a change that makes it complete"),
        Option("poll", FLAG, False, "look at the files again and again instead of asking the kernel"),
        Option("stop-signal", SIGNAL, "received", "first signal to end the child; received: ours, else TERM"),
        Option("stop-timeout", SECONDS, 5.0, "how long the child may take to end after that"),
        Option("ready-url", text("URL"), "", "the child is up when this answers below 500"),
        Option(
            "ready-port", number(0), 0, "the child is up when this port of this machine accepts; 0: not asked"
        ),
        Option("ready-log", PATTERN, "", "the child is up when a line of its output matches"),
        Option("keys", FLAG, True, "listen for keys at the terminal"),
        Option("prefix-key", KEY, "ctrl-t", "the key before each of otorepair's keys"),
    ),
    "detect": (
        Option(
            "watch-stdout", FLAG, False, "look for errors on stdout too, where it is not the same as stderr"
        ),
        Option(
            "settle", SECONDS, 0.3, "silence that ends an error without a clear end; at most 1 s is waited"
        ),
        Option(
            "probe",
            choice("auto", "off", metavar="WHEN"),
            "auto",
            "have Python children tell of their exceptions themselves; off: read only what they print",
        ),
        Option(
            "triage",
            WHEN,
            "auto",
            "ask a cheap model first; auto: where rules cannot tell an error from chatter",
        ),
    ),
    "repair": (
        Option(
            "backend",
            BACKEND,
            "auto",
            "who repairs; auto: recipes first, then the first agent CLI that is logged in; none: only report",
        ),
        Option("fix-timeout", SECONDS, 120.0, "how long one attempt may take"),
        Option("attempts", number(1), 3, "attempts at one failure before its breaker trips"),
        Option("healthy-after", SECONDS, 3.0, "how long health must last to prove a repair"),
        Option(
            "agent-command",
            text("COMMAND"),
            "",
            "command line of the agent for --backend command; prompt on stdin or in {prompt_file}",
        ),
        Option("script", text("FILE"), "", "file of edits for --backend scripted"),
        Option("triage-model", MODEL, "", "model that judges doubtful output"),
        Option("cursor-triage-model", MODEL, "", "the same, when Cursor does it"),
        Option("fix-model", MODEL, "", "model that repairs"),
    ),
    "trust": (
        Option(
            "approve",
            choice("auto", "ask", "never", metavar="WHO"),
            "auto",
            "auto: small, harmless repairs are applied and others asked about; ask: all; never: report only",
        ),
        Option("yes", FLAG, False, "without a terminal, say yes to what would be asked", "-y"),
        Option(
            "auto-complexity",
            choice("minimal", "simple", "standard", "complex", metavar="LEVEL"),
            "simple",
            "up to here auto asks nobody",
        ),
        Option(
            "auto-security",
            choice("none", "low", "medium", "high", metavar="LEVEL"),
            "low",
            "up to here auto asks nobody",
        ),
        Option(
            "auto-blast",
            choice("isolated", "moderate", "wide", metavar="LEVEL"),
            "isolated",
            "blast radius (modules that use what changes) up to which auto asks nobody",
        ),
        Option("auto-confidence", SHARE, 0.8, "an agent less sure than this is asked about"),
        Option("auto-files", number(1), 1, "most files a repair may change without a question"),
        Option("allowed-paths", several("PATTERN"), (), "only files that match may be changed; repeatable"),
        Option(
            "blocked-paths",
            several("PATTERN"),
            (),
            "files that no repair may touch, besides those that never are; !PATTERN lets one be touched",
        ),
        Option("max-files", number(1), 8, "most files a repair may change at all"),
        Option("max-lines", number(1), 400, "most lines a repair may add and remove"),
        Option("allow", some_of(RULES, "RULE"), (), "rules of the guard that do not hold here; repeatable"),
        Option(
            "verify",
            COMMANDS,
            (),
            "command that must succeed before a repair is kept, such as 'pytest -q tests/unit'; repeatable",
        ),
        Option("verify-timeout", SECONDS, 120.0, "how long each of them may take"),
        Option(
            "replay",
            choice("safe", "all", metavar="WHICH"),
            "safe",
            "requests asked again for the proof; safe: GET and HEAD",
        ),
        Option(
            "fix-environment",
            FLAG,
            False,
            "make a missing folder; end what an earlier otorepair left on the port",
        ),
        Option("fix-migrations", FLAG, False, "run Django's migrations when the database lacks a table"),
        Option("sandbox", FLAG, False, "agents may write to the private copy only (Linux, bubblewrap)"),
    ),
    "agents": (
        Option(
            "agent-shell", FLAG, False, "agents may run commands, in their own sandbox where they have one"
        ),
        Option("resident", FLAG, True, "keep Claude Code running between questions and attempts"),
        Option("analysis", FLAG, True, "have the cheap model judge cause and risk while an agent CLI works"),
        *(
            Option(
                f"chain-{level}", CHAIN, (), f"who repairs what is {level}, strongest last; ',' between them"
            )
            for level in ("minimal", "simple", "standard", "complex")
        ),
    ),
    "budget": (
        Option("max-attempts-total", number(1), 25, "attempts in one run"),
        Option("max-attempts-hour", number(1), 10, "attempts of agents within an hour"),
        Option("max-agent-seconds", AMOUNT, 3600.0, "how long agents may work in one run; 0: no limit"),
        Option("max-tokens", number(0), 0, "tokens that agents may use in one run; 0: no limit"),
        Option(
            "max-cost",
            AMOUNT,
            0.0,
            "dollars that agents may spend in one run, by their own figures; 0: no limit",
        ),
        Option("max-provider-errors", number(1), 10, "errors of model providers in one run"),
        Option(
            "max-apply-failures",
            number(1),
            15,
            "changes in one run that were refused or could not be applied",
        ),
    ),
    "output": (
        Option("quiet", FLAG, False, "print nothing of otorepair's own", "-q"),
        Option("verbose", number(0), 0, "-v key events, -vv details, -vvv prompts and raw data", "-v"),
        Option("json", FLAG, False, "one event a line on stderr instead of the screen"),
        Option("color", WHEN, "auto", "colour of otorepair's own lines"),
    ),
}
"""The settings, as they are grouped in the help."""

OPTIONS = tuple(option for group in GROUPS.values() for option in group)
BY_NAME = {option.name: option for option in OPTIONS}
