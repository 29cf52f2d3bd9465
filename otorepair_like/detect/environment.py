"""Recognise failures that no change of the source can repair, by their message."""

from __future__ import annotations

import re
from typing import Final

from otorepair_like.incident import Incident

_MESSAGE: Final = re.compile(
    r"""
      (?P<port_in_use>address\ (?:is\ )?already\ in\ use|EADDRINUSE
        |port\ (?:\d+\ )?(?:is|was)\ (?:already\ )?(?:in\ use|allocated|taken))
    | (?P<no_space>no\ space\ left\ on\ device|ENOSPC|disk\ (?:quota\ exceeded|is\ full))
    | (?P<connection_refused>connection\ refused|ECONNREFUSED|actively\ refused|connect\ call\ failed)
    | (?P<permission>permission\ denied|EACCES|EPERM|operation\ not\ permitted)
    | (?P<missing_binary>command\ not\ found|executable\ file\ not\ found|spawn\ \S+\ ENOENT|not\ found\ in\ \$?PATH)
    | (?P<missing_variable>(?:environment\ variable|env\ var)\b.{0,60}(?:not\ set|missing|required|undefined|unset)
        |missing\ (?:required\ )?environment\ variable)
    | (?P<missing_module>no\ module\ named\ '?(?!\.)|cannot\ find\ (?:module|package)\ ['"](?![./])
        |no\ matching\ distribution\ found|cannot\ load\ such\ file\ --\ (?![./]))
    """,
    re.VERBOSE | re.IGNORECASE,
)
_MISSING: Final = re.compile(r"'(?P<name>[\w.-]+)'$")


def kind(incident: Incident) -> str:
    """Return the kind of an incident: one of :data:`otorepair_like.incident.ENVIRONMENT_KINDS`, or ``""``."""
    for text in (incident.message, incident.root_message):
        if match := _MESSAGE.search(text):
            return match.lastgroup or ""
    inner = incident.frames[-1].file if incident.frames else ""
    if (
        incident.type == "FileNotFoundError"
        and inner.endswith("subprocess.py")
        and _MISSING.search(incident.message)
    ):
        return "missing_binary"
    return ""
