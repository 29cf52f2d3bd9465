"""Ends a run whose command has ended well before the rest of otorepair is loaded: ``otorepair true`` need not wait."""

from __future__ import annotations

import os

from otorepair_like.supervise.messages import Exited, Gone, Output, Started
from otorepair_like.supervise.process.lowlevel import Latch, allocate_lock, start_new_thread

TYPE_CHECKING = False  # importing typing takes longer than forking
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from otorepair_like.config import Config
    from otorepair_like.supervise.mailbox import Mailbox
    from otorepair_like.supervise.messages import Message

OURS, LEFT = ".otorepair", ("unproven", "journal")
"""Our folder in the workspace, and what in it tells of a run that was killed; only a whole run undoes that."""
WORRYING = (b"rror", b"Traceback", b"xception", b"panic", b"atal", b"arning")
"""Words in the output that want to be looked at, whatever the exit status."""


def loaded(load: Callable[[], object], mailbox: Mailbox, config: Config) -> bool:
    """Run ``load``, which imports modules, in a thread; return whether it is done before the command has ended well.

    The command has ended well if it exits 0, nothing of it is left, and it printed nothing that wants to be looked at.
    Nobody must be waiting for our own words then.
    """
    if config.json or config.verbose or _was_killed(config.workspace):
        load()
        return True
    over, once, done = Latch(), allocate_lock(), []

    def release() -> None:
        with once:
            over.release()

    def run() -> None:
        try:  # noqa: SIM105 - importing contextlib takes longer than forking
            load()
        except Exception:  # noqa: BLE001, S110 - whoever imports it again is told
            pass
        done.append(True)
        release()

    def look(pressing: bool) -> None:
        if pressing and ended_well(mailbox.waiting()):
            release()

    start_new_thread(run, ())
    mailbox.attach(look)
    over.wait()
    mailbox.detach()
    return bool(done) or not ended_well(mailbox.waiting())


def ended_well(messages: Sequence[Message]) -> bool:
    """Return whether ``messages`` are the whole story of a command about which there is nothing to say."""
    for message in messages:
        match message:
            case Started() | Exited(status=0) | Gone(left=0):
                continue
            case Output(data=data) if not any(word in data for word in WORRYING):
                continue
        return False
    return any(isinstance(message, Gone) for message in messages)


def remember(messages: Sequence[Message], config: Config, typed: str) -> None:
    """Keep what the command printed when it was well: later repairs are held against it."""
    if config.backend == "none":
        return
    from otorepair_like.repair.proof import health

    printed = b"".join(m.data for m in messages if isinstance(m, Output) and m.stream != "stderr")
    health.remember_output(config.workspace, typed, printed.decode(errors="replace"))


def _was_killed(workspace: str) -> bool:
    return any(os.path.exists(os.path.join(workspace, OURS, name)) for name in LEFT)
