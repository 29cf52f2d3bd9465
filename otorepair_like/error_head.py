"""Read ``Type: message``, the line that many languages print above or below the frames of an error. Pure."""

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
_LEAD_ONLY: Final = re.compile(_LEAD, re.VERBOSE)
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


def parse_head(text: str) -> tuple[str, str] | None:
    """Return type and message of a line that is a head; ``None`` if it is not.

    >>> parse_head("Exception in thread \\"main\\" java.io.IOException: disk")
    ('java.io.IOException', 'disk')
    """
    match = _HEAD.match(text)
    return None if match is None else (match["type"], _CLOCK.sub("", match["message"] or "").strip())


def find_head(text: str) -> tuple[str, str] | None:
    """Return type and message of the line above a stack, where they may stand later in the line; ``None`` if not there.

    >>> find_head("order 7 failed: TypeError: x is not a function")
    ('TypeError', 'x is not a function')
    >>> find_head("PaymentDeclined: card 42")
    ('PaymentDeclined', 'card 42')
    """
    if head := parse_head(text):
        return head
    lead = _LEAD_ONLY.match(text)
    match = _OWN_NAME.match(text, lead.end() if lead else 0) or _WITHIN.search(text)
    return (match["type"], match["message"].strip()) if match else None


def is_warning(text: str) -> bool:
    """Return whether a line is the head of a stack that is printed for information only."""
    return _WARNING.match(text) is not None
