"""The entry point: every command comes in here, and every error goes out as one line and an exit code."""

from __future__ import annotations

import errno
import gc
import os
import sys

from otorepair_like.cli.names import SUB_COMMANDS
from otorepair_like.errors import DEFECT, USAGE, OtorepairError, UsageError
from otorepair_like.supervise.process.spawner import Spawner

TYPE_CHECKING = False  # importing typing takes longer than forking
if TYPE_CHECKING:
    from collections.abc import Sequence

    from otorepair_like.cli.parse import Parsed

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EIO)
REMEDIES = dict.fromkeys(FULL, "make room") | {
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
    errno.ENFILE: "close other programs",
    errno.ENOMEM: "close other programs",
    errno.EAGAIN: "raise the limit of processes (ulimit -u)",
    errno.EACCES: "check its permissions",
    errno.EROFS: "make it writable",
}
"""What to do when the system refuses something."""
ABOUT = ("-h", "--help", "--help-all", "--version")


def run(args: Sequence[str]) -> int:
    """Run the command line ``args`` and return the exit code, or the negative number of a signal to die of."""
    closed = _fill_streams()
    # The spawner starts up while we read the command line; nothing heavy is in its memory.
    spawner = None if _is_for_us(args) else Spawner.fork()
    if spawner:
        gc.disable()  # there is nothing to collect before the program runs
    try:
        code = _dispatch(args, spawner, closed)
        sys.stdout.flush()
        return code
    except OtorepairError as error:
        _say(str(error))
        return error.code
    except KeyboardInterrupt:
        return -2  # SIGINT
    except BrokenPipeError:
        # The reader has left: nothing more can be written, not even by the interpreter at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except OSError as error:
        return _cannot_go_on(error)
    except Exception as error:  # noqa: BLE001 - the one boundary
        ordinary = _ordinary(error)
        return _cannot_go_on(ordinary) if ordinary else defect(error)
    finally:
        if spawner:
            spawner.close()


def _ordinary(error: BaseException) -> OSError | None:
    """Return the system error in ``error``: itself, or the first of a group that holds nothing else."""
    if isinstance(error, OSError):
        return error
    if not isinstance(error, BaseExceptionGroup):
        return None
    errors = [_ordinary(each) for each in error.exceptions]
    return errors[0] if all(errors) else None


def _cannot_go_on(error: OSError) -> int:
    """Print in one line what the system refused, and return the exit code for it."""
    if error.errno in FULL:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    where = f" ({error.filename})" if error.filename else ""
    remedy = REMEDIES.get(error.errno or 0, "see the system's message")
    _say(f"cannot go on: {error.strerror or error}{where}; {remedy}")
    return USAGE


def _fill_streams() -> list[int]:
    """Open those of the three standard streams that were closed at the start, and return their numbers."""
    closed = []
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            closed.append(number)
            descriptor = os.open(os.devnull, os.O_RDWR)
            if descriptor != number:
                os.dup2(descriptor, number)
                os.close(descriptor)
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115
    return closed


def _is_for_us(args: Sequence[str]) -> bool:
    """Return whether ``args`` may name a sub-command or a help page instead of a command to run."""
    words = args[: args.index("--")] if "--" in args else args
    return not args or any(word in SUB_COMMANDS or word in ABOUT for word in words)


def _dispatch(args: Sequence[str], spawner: Spawner | None, closed: Sequence[int]) -> int:
    from otorepair_like.cli.parse import RUN

    place = RUN.word_of(args)
    name = args[place] if place is not None else ""
    if name in SUB_COMMANDS:  # options before its name belong to it as well
        args = [word for position, word in enumerate(args) if position != place]
    if name in SUB_COMMANDS and name != "run":
        from otorepair_like.cli.subcommands import call

        return call(name, args)
    parsed = RUN.parse(args)
    if parsed.wants:
        print(_page(parsed.wants, of_run=name == "run"))
        return 0
    return _wrap(parsed, spawner or Spawner.fork(), closed)


def _page(wants: str, *, of_run: bool) -> str:
    from otorepair_like.cli.help import general_page, run_page, version_text

    if wants == "version":
        return version_text()
    page = run_page if of_run else general_page
    return page(everything=wants == "help-all").rstrip()


def _wrap(parsed: Parsed, spawner: Spawner, closed: Sequence[int]) -> int:
    if sys.platform not in ("linux", "darwin"):
        raise UsageError(f"otorepair does not run on {sys.platform}", "", "use Linux, macOS or WSL")
    from otorepair_like.cli.program import argv_of, typed
    from otorepair_like.cli.run import run as wrap
    from otorepair_like.config import here, resolve

    argv = argv_of(parsed)
    config = resolve(parsed.given, os.environ, here())
    if config.project:
        from otorepair_like.cli.commands.trust import ask_at_first_start

        config = ask_at_first_start(config, lambda: resolve(parsed.given, os.environ, here()))
    if config.quiet and config.json:
        raise UsageError("--quiet and --json", "one prints nothing, the other everything", "give one of them")
    return wrap(config, argv, lambda: typed(parsed), spawner, closed)


def _say(line: str) -> None:
    from otorepair_like.ui.text import safe

    try:
        sys.stderr.write(f"otorepair: {safe(line)}\n")
        sys.stderr.flush()
    except OSError:
        pass  # nobody reads it; the exit code still tells


def defect(error: BaseException) -> int:
    """Write a report of a defect of otorepair, name the file in one line, and return the exit code."""
    from otorepair_like.cli.report import write_report

    _say(f"internal error: {type(error).__name__}; please report it with {write_report(error)}")
    return DEFECT
