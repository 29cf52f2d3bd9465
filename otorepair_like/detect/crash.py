"""Make an incident of a non-zero exit that no recognised failure explains."""

from __future__ import annotations

import re
import signal
from collections.abc import Sequence
from typing import Final

from otorepair_like.incident import Incident

EVIDENCE: Final = 80
"""Last lines that are kept as evidence of a crash."""

_ERROR_WORD: Final = re.compile(
    r"error|exception|fatal|fail|cannot|could not|can't|unable|invalid|missing|unknown|not found"
    r"|no such|denied|refused|panic",
    re.IGNORECASE,
)
_ASIDE: Final = re.compile(
    r"^\s*(?:\^|~|at |note:|hint:|help:|For more information|A complete log|usage:|Try )|^\W*$", re.IGNORECASE
)


def from_tail(lines: Sequence[str], status: int) -> Incident:
    """Return an incident made from the last lines.

    Args:
        lines: the last lines, oldest first.
        status: the exit status; negative: the signal that ended the program.
    """
    candidates = [line.strip() for line in lines if not _ASIDE.match(line)]
    errors = [line for line in candidates if _ERROR_WORD.search(line)]
    message = (errors or candidates or [""])[-1]
    # Without a message the exit itself is the type, so that different exits are different failures.
    kind = "" if message else describe_exit(status)
    return Incident(kind, message[:1000], severity="fatal", evidence=tuple(lines), exit_status=status)


def describe_exit(status: int) -> str:
    """Describe an exit status in words, such as ``exit status 3`` or ``killed by SIGSEGV``."""
    if status >= 0:
        return f"exit status {status}"
    try:
        return f"killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"killed by signal {-status}"
