"""The lines of a Python traceback that test runners print, too."""

from __future__ import annotations

import re
from typing import Final

FRAME: Final = re.compile(r'  File "(?P<file>[^"]+)", line (?P<line>\d+), in (?P<function>.+)$')
TYPED: Final = re.compile(r"(?P<type>[A-Za-z_][\w.]*)(?:: (?P<message>.*))?$")
"""Any ``type: message``, or a type alone."""
RAISED: Final = re.compile(
    r"(?P<type>[A-Za-z_][\w.]{0,120}(?:Error|Exception|Exit|Warning|Interrupt|Failed|Skipped)\w*)(?:: "
    r"(?P<message>.*))?$"
)
"""The same where the type's name tells that it is an exception."""
