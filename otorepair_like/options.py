"""Every setting, declared once.

The classes below are read by the command line, by ``config``, by ``otorepair config`` and by the reference pages, so
no setting can exist in only one of them. Plain classes and no heavy import: this module is on the path to the program's
first instruction.
"""

from __future__ import annotations

from otorepair_like.kinds import (
    BACKEND,
    CHAIN,
    COMMANDS,
    EVERYDAY,
    FILE,
    FLAG,
    KEY,
    NO_KEYS,
    PATHS,
    PATTERN,
    PATTERNS,
    SECONDS,
    SHARE,
    WHEN,
    Option,
    amount,
    choice,
    model,
    number,
    options_of,
    some_of,
    text,
)

TYPE_CHECKING = False  # importing typing takes longer than forking
if TYPE_CHECKING:
    from typing import Any

RULES = (
    "blocked-path", "too-many-files", "too-many-lines", "link", "read-only", "mode", "binary", "too-large", "long-line",
    "test", "test-hook", "test-config", "test-aware", "shadow",
    "marker", "invisible", "line-ends", "syntax", "lost-definitions", "static",
    "broad-except", "silent-except", "hook", "swallowed", "deleted-statement", "check-removed", "early-exit",
    "dead-condition", "lower-level", "lower-status", "suppression", "secret-optional",
    "tls", "runs-program", "runs-code", "network", "dependency",
    "handler", "gate", "default", "dropped", "constant", "value", "patched", "command", "data",
    "confusable", "deadline",
)  # fmt: skip
"""The guard rules that a setting can switch off."""
SIGNALS = ("received", "INT", "TERM", "HUP", "QUIT", "USR1", "USR2")
FIXES = ("folders", "ports", "migrations")
"""The repairs of the environment that a setting can switch on."""


class Run:
    """Running the program."""

    workspace = Option(
        text("DIR"),
        "",
        "project folder: the program runs and is repaired there (default: here)",
        place=EVERYDAY,
    )
    watch = Option(
        PATHS, (), "restart the program when a file under PATH changes; repeatable", place=EVERYDAY
    )
    ignore = Option(PATTERNS, (), "ignore changes to files that match PATTERN, as in .gitignore; repeatable")
    debounce = Option(
        SECONDS, 0.15, "wait this long after the last file change before restarting", place=FILE
    )
    poll = Option(FLAG, False, "poll for file changes instead of using OS notifications")
    tty = Option(WHEN, "auto", "give the program its own terminal; auto: if otorepair has one")
    keys = Option(KEY, "ctrl-t", "prefix for otorepair's keys at the terminal; none, or --no-keys: no keys")
    ready_url = Option(text("URL"), "", "the program is up once this URL answers with a status below 500")
    ready_port = Option(
        number(0, "PORT"), 0, "the program is up once this local port accepts connections; 0: do not check"
    )
    ready_log = Option(PATTERN, "", "the program is up once a line of its output matches")
    keep_daemons = Option(FLAG, False, "let daemons that the program started outlive it")
    stop_timeout = Option(
        SECONDS, 5.0, "seconds to wait after the first stop signal before killing the program"
    )
    stop_signal = Option(
        choice(*SIGNALS),
        "received",
        "first signal sent to stop the program; received: the one otorepair got, otherwise TERM",
        place=FILE,
    )


class DetectSettings:
    """Seeing failures."""

    watch_stdout = Option(FLAG, False, "look for errors on stdout too, if it is not the same as stderr")
    probe = Option(
        choice("auto", "never", metavar="WHEN"),
        "auto",
        "let Python programs report their exceptions themselves; never: only read what they print",
    )
    triage = Option(
        WHEN, "auto", "ask a cheap model whether an error is real; auto: only where rules cannot tell"
    )
    triage_model = Option(
        model(), "", "model for triage; AGENT:MODEL, such as cursor:MODEL, is for that agent only"
    )
    settle = Option(
        SECONDS,
        0.3,
        "how long the output must be silent before an unfinished error counts as complete (max 1 s)",
        place=FILE,
    )


class Repair:
    """Agents and their attempts."""

    backend = Option(
        BACKEND,
        "auto",
        "who repairs; auto: recipes first, then the first agent CLI that is logged in; none: only report",
        place=EVERYDAY,
    )
    fix_model = Option(model(), "", "model that the agent uses for repairs", place=EVERYDAY)
    agent_command = Option(
        text("COMMAND"),
        "",
        "your own agent, for --backend command; the prompt is on stdin or in {prompt_file}",
        place=EVERYDAY,
    )
    attempts = Option(number(1), 3, "give up on a failure after this many attempts", place=EVERYDAY)
    fix_timeout = Option(SECONDS, 120.0, "stop an attempt after this long")
    healthy_after = Option(
        SECONDS, 3.0, "how long the program must run without the failure to verify a repair"
    )
    agent_shell = Option(FLAG, False, "let agents run commands, in their own sandbox where they have one")
    script = Option(text("FILE"), "", "file of edits to play back, for --backend scripted")
    resident = Option(FLAG, True, "keep Claude Code running between questions and attempts", place=FILE)
    analysis = Option(
        FLAG, True, "let the agent's cheap model judge cause and risk while the agent works", place=FILE
    )
    chains_minimal = Option(
        CHAIN, (), "agents for minimal repairs, weakest first", place=FILE, table="chains"
    )
    chains_simple = Option(CHAIN, (), "agents for simple repairs, weakest first", place=FILE, table="chains")
    chains_standard = Option(
        CHAIN, (), "agents for standard repairs, weakest first", place=FILE, table="chains"
    )
    chains_complex = Option(
        CHAIN, (), "agents for complex repairs, weakest first", place=FILE, table="chains"
    )


class Trust:
    """Limits of a repair, and its approval."""

    approve = Option(
        choice("auto", "ask", "never", metavar="WHO"),
        "auto",
        "auto: apply small, harmless repairs, ask about the rest; ask: ask about all; never: only show them",
        place=EVERYDAY,
    )
    yes = Option(
        FLAG, False, "answer yes to approval questions when there is no terminal", "-y", place=EVERYDAY
    )
    verify = Option(
        COMMANDS,
        (),
        "keep a repair only if this command succeeds, such as 'pytest -q tests/unit'; repeatable",
        place=EVERYDAY,
    )
    verify_timeout = Option(SECONDS, 120.0, "stop a --verify command after this long", place=FILE)
    sandbox = Option(
        WHEN,
        "auto",
        "let agents see and write only what a repair needs; auto: if this machine can",
        place=EVERYDAY,
    )
    agent_network = Option(FLAG, False, "let --agent-command use the network inside the sandbox")
    allowed_paths = Option(PATTERNS, (), "the only files a repair may change; repeatable")
    blocked_paths = Option(
        PATTERNS, (), "extra files no repair may change; !PATTERN re-allows one; repeatable"
    )
    max_files = Option(number(1), 8, "most files one repair may change")
    max_lines = Option(number(1), 400, "most lines one repair may add and remove")
    allow = Option(some_of(RULES, "RULE"), (), "guard rules to switch off; repeatable")
    fix_environment = Option(
        some_of(FIXES, ",".join(FIXES)),
        (),
        "also make missing folders, end an earlier otorepair's process on the port, run Django's migrations",
    )
    require = Option(
        choice("nothing", "proof", metavar="WHAT"),
        "nothing",
        "proof: undo a repair whose verdict is unproven; nothing: let it stay",
    )
    replay = Option(
        choice("safe", "all", metavar="WHICH"),
        "safe",
        "which failed HTTP requests are re-sent to verify a repair (safe: GET and HEAD only)",
        place=FILE,
    )
    auto_complexity = Option(
        choice("minimal", "simple", "standard", "complex", metavar="LEVEL"),
        "simple",
        "with --approve auto: highest complexity applied without asking",
        place=FILE,
        table="auto",
    )
    auto_security = Option(
        choice("none", "low", "medium", "high", metavar="LEVEL"),
        "low",
        "with --approve auto: highest security risk applied without asking",
        place=FILE,
        table="auto",
    )
    auto_blast = Option(
        choice("isolated", "moderate", "wide", metavar="LEVEL"),
        "isolated",
        "with --approve auto: widest blast radius (modules that use what changes) applied without asking",
        place=FILE,
        table="auto",
    )
    auto_confidence = Option(
        SHARE,
        0.8,
        "with --approve auto: ask if the agent's confidence is below this",
        place=FILE,
        table="auto",
    )
    auto_files = Option(
        number(1), 1, "with --approve auto: most files changed without asking", place=FILE, table="auto"
    )


class BudgetSettings:
    """Limits of a run."""

    max_cost = Option(
        amount("DOLLARS"),
        0.0,
        "stop agents once they report this much spent in one run; 0: no limit",
        place=EVERYDAY,
    )
    max_tokens = Option(number(0), 0, "stop agents once they report this many tokens in one run; 0: no limit")
    max_agent_seconds = Option(
        amount("SECONDS"), 3600.0, "stop agents after this much working time in one run; 0: no limit"
    )
    max_attempts_total = Option(number(1), 25, "stop after this many attempts in one run")
    max_attempts_hour = Option(number(1), 10, "most attempts by agents in any hour", place=FILE)
    max_provider_errors = Option(
        number(1), 10, "stop asking agents after this many provider errors in one run", place=FILE
    )
    max_apply_failures = Option(
        number(1),
        15,
        "stop after this many refused changes in one run",
        place=FILE,
    )


class OutputSettings:
    """Our own output."""

    verbose = Option(
        number(0), 0, "show more: -v key events, -vv triage, -vvv prompts and raw data", "-v", place=EVERYDAY
    )
    quiet = Option(FLAG, False, "print nothing but the program's output", "-q", place=EVERYDAY)
    json = Option(FLAG, False, "print events as JSON lines on stderr instead", place=EVERYDAY)
    color = Option(WHEN, "auto", "colour otorepair's own lines")


class Settings(Run, DetectSettings, Repair, Trust, BudgetSettings, OutputSettings):
    """Every setting of a run."""


GROUPS = {group.__name__.lower(): options_of(group) for group in Settings.__bases__}
"""The settings, as they are grouped in the help."""
OPTIONS = tuple(option for group in GROUPS.values() for option in group)
BY_NAME = {option.name: option for option in OPTIONS}
AS_TYPED = {option.attribute.replace("_", "-"): option for option in OPTIONS}
"""The settings by what one would type on the command line, also those that are not offered there."""
DROPPED = {
    "prefix-key": ("keys", ""),
    "no-keys": ("keys", NO_KEYS),
    "no-sandbox": ("sandbox", "never"),
    "cursor-triage-model": ("triage-model", "cursor:MODEL"),
    "fix-migrations": ("fix-environment", "migrations"),
    "chain-minimal": ("chains.minimal", ""),
    "chain-simple": ("chains.simple", ""),
    "chain-standard": ("chains.standard", ""),
    "chain-complex": ("chains.complex", ""),
}
"""Names of earlier versions: the setting that took their place, and the value to give it."""


def successor(name: str) -> tuple[Option[Any], str] | None:
    """Return the setting that took the place of ``name``, written with dashes, and the value to give it."""
    if name in DROPPED:
        new, value = DROPPED[name]
        return BY_NAME[new], value
    option = AS_TYPED.get(name.removeprefix("no-"))
    if option is None or (name.startswith("no-") and option.kind is not FLAG):
        return None
    return option, "false" if name.startswith("no-") else ""
