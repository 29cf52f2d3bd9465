"""The door: every way in goes through here, and every error goes out as one line and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from otorepair_like.cli.names import SUB_COMMANDS
from otorepair_like.cli.parse import Parsed, help_text, parse, version_text
from otorepair_like.errors import DEFECT, INTERRUPTED, OtorepairError, UsageError


def run(args: Sequence[str]) -> int:
    """Do what ``args`` say and return the exit code. Nothing but the code leaves this function."""
    try:
        return _dispatch(args)
    except OtorepairError as error:
        _say(str(error))
        return error.code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has left; nothing more can be said, also not by the interpreter on its way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except Exception as error:  # noqa: BLE001 - the one boundary
        return defect(error)


def _dispatch(args: Sequence[str]) -> int:
    parsed = parse(args)
    name = parsed.words[0] if parsed.words and parsed.argv is None else ""
    if name in SUB_COMMANDS:
        from otorepair_like.cli.app import call

        return call(_name_first(args, name))
    if parsed.wants:
        print(help_text() if parsed.wants == "help" else version_text())
        return 0
    return _wrap(parsed)


def _wrap(parsed: Parsed) -> int:
    if sys.platform not in ("linux", "darwin"):
        raise UsageError(f"otorepair does not run on {sys.platform}", "", "use Linux, macOS or WSL")
    from otorepair_like.cli.run import run as wrap
    from otorepair_like.config import resolve

    argv, typed = parsed.command()
    config = resolve(parsed.given, os.environ, os.getcwd())
    return wrap(config, argv, typed)


def _name_first(args: Sequence[str], name: str) -> list[str]:
    """``otorepair --json history`` means ``otorepair history --json``."""
    place = list(args).index(name)
    return [name, *args[:place], *args[place + 1 :]]


def _say(line: str) -> None:
    try:
        sys.stderr.write(f"otorepair: {line}\n")
        sys.stderr.flush()
    except OSError:
        pass  # nobody reads; the exit code still tells


def defect(error: BaseException) -> int:
    """Write a report of a defect of ours, name it in one line, and return the exit code for it."""
    from otorepair_like.cli.report import write_report

    _say(f"a defect of otorepair: {type(error).__name__}; please report it with {write_report(error)}")
    return DEFECT
