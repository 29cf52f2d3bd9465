"""``Type: message``, the head that many languages print over or under their frames."""

from __future__ import annotations

import re
from typing import Final

_NAMED: Final = (
    r"(?:Error|Exception|Exit|Failure|Defect|Fault|Interrupt|Timeout|Violation|NotFound|Invalid\w*|Abort\w*)"
)
_HEAD: Final = re.compile(
    rf"""
    (?:(?:Uncaught|Unhandled|Caused\ by:|Unhandled\ exception\.|Error:\ Uncaught
        |(?:FATAL\ )?UNHANDLED\ EXCEPTION:|\[cause\]:|⨯|✖|✘|x)\ ?(?:\(in\ promise\)\ )?)*
    (?:Exception\ in\ thread\ "[^"]*"\ )?
    (?P<type>(?:[A-Za-z_$][\w$]*(?:\.|::|\\))*[A-Z_$][\w$]{{0,80}}{_NAMED}\w*|Error|Exception|(?:[a-z][\w$]*\.)+[A-Z][\w$.]*)
    (?:\ ?\[(?P<code>[\w.\ ]+)\])?
    (?::\ ?(?P<message>.*))?$
    """,
    re.VERBOSE,
)
_WARNING: Final = re.compile(r"(?:\(node:\d+\)|Trace(?::|$)|\w*Warning\b)")


def typed(text: str) -> tuple[str, str] | None:
    """Type and message of a head; ``None`` where the line is none.

    >>> typed("Exception in thread \\"main\\" java.io.IOException: disk")
    ('java.io.IOException', 'disk')
    """
    found = _HEAD.match(text)
    return None if found is None else (found["type"], (found["message"] or "").strip())


def is_warning(text: str) -> bool:
    """Whether a line heads a stack that is printed for information only."""
    return _WARNING.match(text) is not None
