"""``otorepair COMMAND``: starts the program at once, then everything that supervises it."""

from __future__ import annotations

import gc
import os
import sys

from otorepair_like.kinds import CLIS
from otorepair_like.supervise.child import Child
from otorepair_like.supervise.mailbox import Mailbox
from otorepair_like.supervise.python_probe import PythonProbe
from otorepair_like.supervise.signals import Signals
from otorepair_like.supervise.terminal.output import Screen
from otorepair_like.supervise.terminal.shape import Shape

TYPE_CHECKING = False  # importing typing takes longer than forking
if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from otorepair_like.config import Config
    from otorepair_like.loop.session import RunView
    from otorepair_like.supervise.process.spawner import Spawner
    from otorepair_like.supervise.terminal.terminal import Terminal
    from otorepair_like.supervise.watch.watch import Watch

HEAD_START = 0.02
"""Seconds the program has the machine to itself, unless it prints something earlier."""
PROGRAMLESS = ("auto", "none", "recipes")
"""Backends that need no program on PATH."""
FILES = 1024
"""Open files we allow ourselves; some start with fewer than it takes to import what is needed."""
SWITCH = 0.00005
"""Seconds between thread switches: while modules are imported, every read and write of the relay waits for one."""


def run(
    config: Config,
    argv: list[str],
    typed: Callable[[], str],
    spawner: Spawner,
    closed: Collection[int] = (),
) -> int:
    """Run ``argv`` under supervision and return the exit code.

    Args:
        typed: returns the command as the user typed it.
        spawner: starts the program and the agents.
        closed: the standard streams (0, 1, 2) that were closed at the start.

    Raises:
        CannotRunError: it cannot be run at all.
        UsageError: a setting cannot be honoured here.
    """
    _check_backend(config)
    sys.setswitchinterval(SWITCH)
    signals = Signals()
    mailbox, screen = Mailbox(), Screen()
    shape = Shape(config.tty, closed)
    terminal = _terminal(shape, screen, mailbox, config.keys) if shape.at_terminal else None
    probe = PythonProbe.open() if config.probe == "auto" else None
    env = given_environment()
    env = probe.environment({"PYTHONUNBUFFERED": "1", **env}) if probe else env
    child = Child(
        spawner,
        argv,
        config.workspace,
        env,
        mailbox,
        screen=screen,
        shape=shape,
        terminal=terminal,
        keep_daemons=config.keep_daemons,
    )
    if terminal:
        signals.pass_on(child.signal, stop=not terminal.interactive, divert=terminal.divert)
    else:
        signals.pass_on(child.signal, stop=True)
    leave_early = False
    try:
        child.start()
        gc.enable()
        mailbox.await_output(HEAD_START)
        _raise_limit()
        # Everything heavy is imported from here on, while the program starts.
        watch = begin_watch(config, mailbox) if config.watch else None
        from otorepair_like.cli.early_exit import loaded, remember

        if not loaded(_load, mailbox, config):
            leave_early = True
            remember(mailbox.waiting(), config, typed())
            return 0
        import anyio

        from otorepair_like.loop import session

        launched = session.Launched(
            config,
            typed(),
            spawner,
            child,
            mailbox,
            terminal,
            signals,
            probe,
            os.environ,
            watch=lambda: watch or begin_watch(config, mailbox),
        )
        return anyio.run(session.run, launched, lambda redact: _view(config, screen, redact))
    finally:
        child.close()
        if probe:
            probe.close()
        screen.close()
        if terminal:
            terminal.close()
        if leave_early:
            spawner.close()
            os._exit(0)  # a thread still imports, and the interpreter would wait for it


def _terminal(shape: Shape, screen: Screen, mailbox: Mailbox, keys: str) -> Terminal:
    """Return the child's terminal; not imported by whoever has none."""
    from otorepair_like.supervise.terminal.terminal import Terminal

    return Terminal(shape, screen, mailbox, keys)


def _load() -> object:
    import anyio

    from otorepair_like.loop import session

    return anyio, session


def _raise_limit() -> None:
    """Raise our own limit of open files if it is low; the program, started elsewhere, keeps the limit it was given."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for most in (max(hard, FILES), hard):
        try:
            if soft < FILES:
                resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, FILES), most))
                return
        except (OSError, ValueError):  # only root may have more than the hard limit
            continue


def begin_watch(config: Config, mailbox: Mailbox) -> Watch:
    """Send file changes to ``mailbox``: those below ``--watch``, or anywhere in the workspace."""
    from otorepair_like.supervise.watch.watch import Watch

    paths = [os.path.join(config.workspace, path) for path in config.watch or ("",)]
    return Watch(paths, mailbox, ignore=config.ignore, quiet=config.debounce, poll=config.poll)


def given_environment() -> dict[str, str]:
    """Return our environment without what Python added to it: in the C locale it sets ``LC_CTYPE`` (PEP 538)."""
    env = {**os.environ}
    if env.get("LC_CTYPE") in ("C.UTF-8", "C.utf8", "UTF-8"):
        try:
            with open("/proc/self/environ", "rb") as file:
                if b"\0LC_CTYPE=" not in b"\0" + file.read():
                    del env["LC_CTYPE"]
        except OSError:
            pass  # not Linux: there is no way to find out who set it
    return env


def _check_backend(config: Config) -> None:
    """Refuse a backend that is not installed, before anything is started.

    Finding out if it is logged in takes a process; that happens while the program starts.

    Raises:
        UsageError: it is not installed.
    """
    name = config.backend
    if name in PROGRAMLESS or (name in CLIS and _on_path(name)):
        return  # nearly always, without importing anything
    from otorepair_like.repair.agent_pool import refuse_missing

    refuse_missing(name, config, os.environ)


def _on_path(program: str) -> bool:
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return any(
        os.path.isabs(folder) and os.access(os.path.join(folder, program), os.X_OK) for folder in folders
    )


def _view(config: Config, screen: Screen, redact: Callable[[str], str]) -> RunView:
    from otorepair_like.loop.session import RunView

    interactive = sys.stdin.isatty() and sys.stderr.isatty()
    if config.json:
        from otorepair_like.ui.jsonlines import JsonLines

        return RunView([JsonLines(screen.write_own, redact)], lambda _: None, interactive=False)
    from otorepair_like.ui.style import decide
    from otorepair_like.ui.terminal import TerminalView

    style = decide(config.color, sys.stderr.isatty(), os.environ, sys.stderr.encoding)
    terminal = TerminalView(
        lambda text: screen.write_own(redact(text)),
        screen.set_status,
        color=style.color,
        symbols=style.symbols,
        interactive=style.interactive,
        verbosity=config.verbose,
        quiet=config.quiet,
    )
    titled = style.interactive and not config.quiet
    return RunView([terminal], terminal.tick, interactive, screen.set_title if titled else None)
