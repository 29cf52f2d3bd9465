"""``Type: message``, the head that many languages print over or under their frames."""

from __future__ import annotations

import re
from typing import Final

_NAMED: Final = (
    r"(?:Error|Exception|Exit|Failure|Defect|Fault|Interrupt|Timeout|Violation|NotFound|Invalid\w*|Abort\w*)"
)
_LEAD: Final = r"""
    (?:(?:Uncaught|Unhandled|Caused\ by:|Unhandled\ exception\.|Error:\ Uncaught|error:|ERROR\b:?|-\ error\b
        |unhandledRejection:|uncaughtException:|\[(?:unhandled|uncaught)\w*\]
        |(?:FATAL\ )?UNHANDLED\ EXCEPTION:|\[cause\]:|⨯|✖|✘|x)\s*(?:\(in\ promise\)\ )?)*"""
_BEFORE: Final = re.compile(_LEAD, re.VERBOSE)
_HEAD: Final = re.compile(
    rf"""
    {_LEAD}
    (?:Exception\ in\ thread\ "[^"]*"\ )?
    (?P<type>(?:[A-Za-z_$][\w$]*(?:\.|::|\\))*[A-Z_$][\w$]{{0,80}}{_NAMED}\w*|Error|Exception
        |(?:[a-z][\w$]*\.)+[A-Z][\w$.]*)
    (?:\ ?\[(?P<code>[\w.\ ]+)\])?
    (?::\ ?(?P<message>.*))?$
    """,
    re.VERBOSE,
)
_WITHIN: Final = re.compile(
    rf"[\s:(\[](?P<type>(?:[A-Za-z_$][\w$]*[.\\])*[A-Z][\w$]{{0,80}}{_NAMED}): (?P<message>.*)$"
)
_OWN_NAME: Final = re.compile(r"(?P<type>[A-Z][a-z0-9]+[A-Z][\w$]*): (?P<message>\S.*)$")
_CLOCK: Final = re.compile(r"\s{2,}\d{1,2}:\d\d:\d\d(?: [AP]M)?$")
_WARNING: Final = re.compile(r"(?:\(node:\d+\)|Trace(?::|$)|\w*Warning\b)")


def typed(text: str) -> tuple[str, str] | None:
    """Type and message of a head; ``None`` where the line is none.

    >>> typed("Exception in thread \\"main\\" java.io.IOException: disk")
    ('java.io.IOException', 'disk')
    """
    found = _HEAD.match(text)
    return None if found is None else (found["type"], _CLOCK.sub("", found["message"] or "").strip())


def told(text: str) -> tuple[str, str] | None:
    """Type and message of a line that is known to head a stack: named later in it, or a name of the program's own.

    >>> told("order 7 failed: TypeError: x is not a function")
    ('TypeError', 'x is not a function')
    >>> told("PaymentDeclined: card 42")
    ('PaymentDeclined', 'card 42')
    """
    found = typed(text)
    ahead = _BEFORE.match(text)
    if found is None and (own := _OWN_NAME.match(text, ahead.end() if ahead else 0)):
        found = own["type"], own["message"].strip()
    if found is None and (within := _WITHIN.search(text)):
        found = within["type"], within["message"].strip()
    return found


def is_warning(text: str) -> bool:
    """Whether a line heads a stack that is printed for information only."""
    return _WARNING.match(text) is not None
