"""Language modules: each knows how one family of programs prints its failures (see :mod:`.grammar`)."""

from __future__ import annotations

from typing import Final

from otorepair_like.detect.traces.grammar import Grammar
from otorepair_like.detect.traces.message import Message
from otorepair_like.detect.traces.python import Python

GRAMMARS: Final[tuple[Grammar, ...]] = (Python(), Message())
"""In the order asked: the more a first line must say, the earlier."""
