"""What a non-zero exit stands for when no failure was recognised before it."""

from __future__ import annotations

import re
import signal
from collections.abc import Sequence
from typing import Final

from otorepair_like.incident import Incident

EVIDENCE: Final = 80
"""Last lines of stderr that are kept as evidence of a crash."""

_TELLING: Final = re.compile(
    r"error|exception|fatal|fail|cannot|could not|can't|unable|invalid|missing|unknown|not found"
    r"|no such|denied|refused|panic",
    re.IGNORECASE,
)
_ASIDE: Final = re.compile(
    r"^\s*(?:\^|~|at |note:|hint:|help:|For more information|A complete log|usage:|Try )|^\W*$", re.IGNORECASE
)


def from_tail(lines: Sequence[str], status: int) -> Incident:
    """The incident made from the last lines of stderr.

    Args:
        lines: the last lines, oldest first.
        status: the exit status; negative: the signal that ended the child.
    """
    spoken = [line.strip() for line in lines if not _ASIDE.match(line)]
    telling = [line for line in spoken if _TELLING.search(line)]
    message = (telling or spoken or [""])[-1]
    # Nothing was said: how it died is what it is, so two ways to die are two failures.
    kind = "" if message else died_of(status)
    return Incident(kind, message[:1000], severity="fatal", evidence=tuple(lines), exit_status=status)


def died_of(status: int) -> str:
    """``exit status 3`` or ``killed by SIGSEGV``."""
    if status >= 0:
        return f"exit status {status}"
    try:
        return f"killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"killed by signal {-status}"
