"""The errors of otorepair, and its exit codes.

The tree::

    OtorepairError                  one line for a person: what failed, why, what to do
    ├── UsageError          2       an option, a setting or a file is invalid
    ├── CannotRunError      126/127 the command cannot be executed / is not found
    ├── AgentError          -       an agent could not work (carries the reason)
    ├── StoreError          2       the history cannot be read or written; a run continues without it
    └── ApplyError          2       a change set could not be applied or undone; the files are unchanged

Exit codes of ``otorepair``:

====  =====================================================================================
code  meaning
====  =====================================================================================
n     the program's own code when it ended the run (128 + n: signal n ended it); 0 after the key `q`
2     usage: an option, a setting or a file is invalid
3     a defect of otorepair; the last line names a report file to paste
4     gave up: the crash could not be repaired (also when `q` ends the wait)
126   the command was found but cannot be executed
127   the command was not found
130   interrupted (Ctrl-C)
143   terminated (SIGTERM)
====  =====================================================================================
"""

from __future__ import annotations

TYPE_CHECKING = False  # importing typing takes longer than forking
if TYPE_CHECKING:
    from collections.abc import Iterable

USAGE = 2
DEFECT = 3
GAVE_UP = 4
CANNOT_EXECUTE = 126
NOT_FOUND = 127
INTERRUPTED = 130
TERMINATED = 143


class OtorepairError(Exception):
    """An error that a person can act on, described in one line.

    Args:
        what: what failed, such as ``cannot read otorepair.toml``.
        why: the reason, such as ``line 3: expected a value``.
        remedy: what to do, such as ``correct the line or remove the file``.
    """

    code = DEFECT

    def __init__(self, what: str, why: str = "", remedy: str = "") -> None:
        self.what, self.why, self.remedy = what, why, remedy
        super().__init__(what, why, remedy)

    def __str__(self) -> str:
        problem = ": ".join(part for part in (self.what, self.why) if part)
        return " ".join("; ".join(part for part in (problem, self.remedy) if part).split())


class UsageError(OtorepairError):
    """An option, a setting or a file is invalid."""

    code = USAGE


class CannotRunError(OtorepairError):
    """The command cannot be run at all; there is nothing to repair.

    Args:
        found: whether the command exists (exit 126) or not (exit 127).
    """

    def __init__(self, what: str, why: str = "", remedy: str = "", *, found: bool = False) -> None:
        super().__init__(what, why, remedy)
        self.code = CANNOT_EXECUTE if found else NOT_FOUND


class AgentError(OtorepairError):
    """An agent could not work.

    Args:
        reason: one of the words of :class:`otorepair_like.agents.protocol.Reason`.
    """

    def __init__(self, reason: str, what: str, why: str = "", remedy: str = "") -> None:
        super().__init__(what, why, remedy)
        self.reason = reason


class ApplyError(OtorepairError):
    """A change set could not be applied or undone; nothing was changed."""

    code = USAGE


class StoreError(OtorepairError):
    """The history cannot be read or written. A run reports this once and continues without it."""

    code = USAGE


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known name that ``word`` is most likely a misspelling of, or ``""``."""
    from rapidfuzz.distance import OSA

    distances = {name: OSA.distance(word, name) for name in known}
    best = min(distances, key=lambda name: distances[name], default="")
    return best if best and distances[best] <= len(word) // 3 else ""
