"""The gate: which lines of a chunk are worth a look while no block is open.

Ordinary output passes at the speed of a byte search. Every first line of a block must hold one of these words;
a language module that opens on another one adds it here.
"""

from __future__ import annotations

import re
from typing import Final

WORDS: Final = (
    b"rror", b"RROR", b"xception", b"raceback", b"atal", b"ATAL", b"anic", b"RITICAL", b"ailed", b"FAIL",
    b"nhandled", b'File "', b"File \x1b", b" not found", b"nable to", b"annot ", b"ould not", b"already in use",
    b"enied", b"nknown ", b"fault", b"  at ", b"\tat ", b":in `", b":in '", b" line ", b"** (", b"Node.js v",
    b"CallStack", b"#<", b"== ", b".go:", b"undefined ", b"***", b"not ok", b"Sanitizer", b"thread '", b"Timeout (",
    b"ssertion", b"verflow", b"Abort", b"Traceback", b".nim(", b".cr:", b".scm:", b".lua:", b"npm ", b"an't ", b", 0 failure", b" passed", b" passing", b"tacktrace:", b"terminate", b"\xe2\xa8\xaf", b"\xe2\x9c\x98",
)  # fmt: skip

_HOT: Final = re.compile(b"|".join(re.escape(word) for word in WORDS))


def first_hot(whole: bytes, start: int) -> int:
    """Where the first line worth a look begins, from ``start``; -1 if there is none."""
    found = _HOT.search(whole, start)
    return -1 if found is None else max(whole.rfind(b"\n", start, found.start()) + 1, start)
