"""Scan the lines of one stream for failures.

While nothing is open, only lines that pass the prefilter are examined. A line that a grammar recognises as the first of
a failure opens a block; from then on every line is offered to the open blocks. Each block takes only lines with its own
prefix, so that two sources in one stream do not disturb each other. A block ends by its structure, else by silence,
else by age.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from otorepair_like.detect.bursts import BurstCounter
from otorepair_like.detect.grammar import BEFORE, Block, Grammar, Step
from otorepair_like.detect.lines import LineCutter, Recent, clean
from otorepair_like.detect.log_prefix import LogLine, LogShape, split, split_by_neighbour
from otorepair_like.detect.prefilter import line_filter
from otorepair_like.detect.server_lines import is_request
from otorepair_like.incident import Incident

REMEMBERED: Final = 100
"""Lines of a stream that :meth:`Scanner.tail` can return."""

_GRACE: Final = 0.005
"""Seconds of silence that end a complete block; the reads of one write are closer together."""
_QUIET: Final = (0.075, 0.150)
"""Seconds of silence that end an incomplete block: at least, and at most on a loaded machine."""
_LONGEST: Final = 1.0
"""Seconds a block may stay open, whatever else is printed."""
_FOREIGN: Final = (3, 30)
"""Foreign lines in a row that a block survives: when it is complete, and before that."""
_WIDEST: Final = 1 << 14
"""Characters of one line that the grammars see, unless it is a JSON record."""
_BYTES_BEFORE: Final = 8192
_LINES: Final = 2000
"""Lines of one block that are kept."""


@dataclass(frozen=True, slots=True)
class Match:
    """A finished block: its place in the stream and the failures in it, if any."""

    incidents: list[Incident]
    block: Block
    first_line: int
    last_line: int
    last: float


@dataclass(slots=True)
class _OpenBlock:
    """An open block, with its prefix and its times."""

    grammar: Grammar
    block: Block
    first_line: int
    last_line: int
    opened: float
    last: float
    margin: int
    shape: LogShape | None = None
    shapes: tuple[LogShape, ...] = ()
    gap: float = 0.0
    foreign: int = 0
    held_numbers: list[int] = field(default_factory=list)

    def strip_prefix(self, line: LogLine) -> str | None:
        """Return the line without this block's prefix; ``None`` if it comes from another source."""
        if self.shape is not None:
            text = self.shape.strip(line.text)
            if text is None or (not self.shape.prefix and _is_ordinary(line)):
                return None
        else:
            text = self._decide_prefix(line)
            if text is None:
                return None
        margin = min(self.margin, len(text) - len(text.lstrip(" ")))
        return text[margin:]

    def _decide_prefix(self, line: LogLine) -> str | None:
        """Decide by the second line whether every line has the prefix, or a part of it, or only the first."""
        for shape in self.shapes:
            text = shape.strip(line.text)
            if text is not None and not (shape is not self.shapes[0] and _is_ordinary(line)):
                self.shape = shape
                return text
        if _is_ordinary(line) or (line.source and line.source != self.block.line.source):
            return None
        self.shape = LogShape("")
        return line.text

    def due(self) -> float:
        """Return when the block ends by silence or age."""
        if self.block.complete:
            wait = max(_GRACE, min(4 * self.gap, _QUIET[0]))
        else:
            wait = max(_QUIET[0], min(4 * self.gap, _QUIET[1]))
        return min(self.last + wait, self.opened + _LONGEST)


def _is_ordinary(line: LogLine) -> bool:
    """Return whether a line is ordinary log output, which may appear between the lines of a block."""
    return line.level in ("info", "debug") or is_request(line.text)


class Scanner:
    """Scans one stream.

    Args:
        on_match: called with every finished block.
    """

    def __init__(self, on_match: Callable[[Match], None]) -> None:
        self._on_match = on_match
        self._cutter = LineCutter()
        self._recent = Recent(REMEMBERED)
        self._open: list[_OpenBlock] = []
        self._last_match = self._last_sure = -REMEMBERED
        self._only_sure = False
        self._bursts = BurstCounter()
        self.lines = 0
        """Complete lines read so far."""
        self.alert = False
        """Whether every line must be examined, because a pending message depends on the lines after it."""

    def feed(self, data: bytes, now: float) -> None:
        """Take a chunk at ``now`` (monotonic seconds)."""
        whole = self._cutter.feed(data)
        if whole:
            self._scan(whole, now)

    def remember(self, data: bytes) -> None:
        """Take a chunk without scanning it, for :meth:`tail`."""
        whole = self._cutter.feed(data)
        if whole:
            count = whole.count(b"\n")
            self.lines += count
            self._recent.add(whole, count)

    def tail(self, lines: int) -> tuple[str, ...]:
        """Return the last lines, at most :data:`REMEMBERED`, including the unfinished one."""
        return self._recent.last(min(lines, REMEMBERED), self._cutter.peek())

    def due(self) -> float | None:
        """Return when the next block ends by silence or age."""
        return min((entry.due() for entry in self._open), default=None)

    def tick(self, now: float) -> None:
        """Close the blocks that are due."""
        for entry in [entry for entry in self._open if entry.due() <= now]:
            if entry in self._open:
                self._close(entry, now)

    def flush(self, now: float) -> None:
        """Scan the unfinished line and close every block, since the stream ended."""
        rest = self._cutter.flush()
        if rest:
            self._scan(rest + b"\n", now)
        self._close_all(now)
        if self._last_sure <= self.lines - REMEMBERED:
            self._only_sure = self._last_match > self.lines - REMEMBERED
            self._rescan(now)
            self._only_sure = False
            self._close_all(now)

    def _close_all(self, now: float) -> None:
        while self._open:
            self._close(self._open[0], now)

    def _rescan(self, now: float) -> None:
        """Examine every remembered line, even those that did not pass the prefilter."""
        lines = self._recent.last(REMEMBERED)
        raw = [text.encode("utf-8", "replace") for text in lines]
        for number, text in enumerate(lines):
            before = b"".join(line + b"\n" for line in raw[max(0, number - BEFORE) : number])
            self._line(text, self.lines - len(lines) + number + 1, now, before)

    def _scan(self, whole: bytes, now: float) -> None:
        at, counted, base = 0, 0, self.lines
        hot_lines = None
        while at < len(whole):
            if not (self._open or self.alert):
                hot_lines = hot_lines or line_filter(whole)
                hot = hot_lines.next(at)
                if hot < 0:
                    break
                base += whole.count(b"\n", counted, hot)
                at = counted = hot
            end = whole.index(b"\n", at)
            base += 1
            self._line(clean(whole[at:end]), base, now, self._bytes_before(whole, at))
            at = counted = end + 1
        count = base - self.lines + whole.count(b"\n", counted)
        self.lines += count
        self._recent.add(whole, count)

    def _bytes_before(self, whole: bytes, at: int) -> bytes:
        if at >= _BYTES_BEFORE:
            return whole[at - _BYTES_BEFORE : at]
        return self._recent.end(_BYTES_BEFORE - at) + whole[:at]

    def _line(self, text: str, number: int, now: float, before: bytes) -> None:
        if (
            not self._only_sure
            and self._bursts.count(text, now)
            and not any(entry.grammar.sure for entry in self._open)
        ):
            return
        if len(text) > _WIDEST and not text.endswith("}"):
            text = text[:_WIDEST]
        line = split(text)
        for entry in list(reversed(self._open)):
            if entry in self._open and self._offer(entry, line, number, now):
                return
        self._begin(line, number, now, before)

    def _offer(self, entry: _OpenBlock, line: LogLine, number: int, now: float) -> bool:
        """Offer a line to an open block; return whether the block took it."""
        text = entry.strip_prefix(line)
        step = Step.SKIP if text is None else entry.grammar.step(entry.block, text)
        if text is None or step is Step.SKIP:
            entry.foreign += 1
            if entry.foreign > _FOREIGN[0 if entry.block.complete else 1]:
                self._close(entry, now)
            return False
        if step is Step.OUT or _is_interrupted(entry, step, line):
            self._close(entry, now)
            return False
        entry.foreign = 0
        entry.gap, entry.last = max(entry.gap, now - entry.last), now
        if step is Step.MAYBE:
            entry.block.held.append(text)
            entry.held_numbers.append(number)
            return True
        self._take(entry, text, number, step, now)
        return True

    def _take(self, entry: _OpenBlock, text: str, number: int, step: Step, now: float) -> None:
        block = entry.block
        if block.held:
            block.lines += block.held
            block.held.clear()
            entry.held_numbers.clear()
        if len(block.lines) < _LINES:
            block.lines.append(text)
        entry.last_line = number
        block.complete = step is not Step.IN
        if step is Step.LAST:
            self._close(entry, now)

    def _begin(self, line: LogLine, number: int, now: float, before: bytes) -> None:
        opened = opener(line)
        if opened is None and (relative := _split_by_neighbour(line, before)):
            line, opened = relative, opener(relative)
            opened = opened if opened and opened[0].sure else None
        if opened is None or (self._only_sure and not opened[0].sure):
            return
        grammar, first = opened
        body = line.body
        margin = len(body) - len(body.lstrip(" ")) if first == body.strip(" ") else 0
        shapes = _shapes(line, first)
        block = Block(line, before, [first], complete=not grammar.sure)
        if not grammar.sure:
            self._bursts.begin(line.text, block, now)
        shape = None if shapes else LogShape("")
        self._open.append(_OpenBlock(grammar, block, number, number, now, now, margin, shape, shapes))

    def _close(self, entry: _OpenBlock, now: float) -> None:
        self._open.remove(entry)
        block = entry.block
        held, numbers = block.held, entry.held_numbers
        block.held = []
        kept = 0
        for text in held:
            if not text.strip() or opener(split(text)):
                break
            kept += 1
        block.lines += held[:kept]
        if kept:
            entry.last_line = numbers[kept - 1]
        incidents = entry.grammar.read(block)
        if incidents:
            self._last_match = entry.last_line
            if entry.grammar.sure:
                self._last_sure = entry.last_line
        self._on_match(Match(incidents, block, entry.first_line, entry.last_line, entry.last))
        for text, number in zip(held[kept:], numbers[kept:], strict=True):
            self._line(text, number, now, b"")


def _is_interrupted(entry: _OpenBlock, step: Step, line: LogLine) -> bool:
    """Return whether a line that only may belong to a block begins another one."""
    if entry.grammar.sure and step is not Step.MAYBE:
        return False
    opened = opener(line)
    return opened is not None and (step is Step.MAYBE or opened[0].sure)


def _split_by_neighbour(line: LogLine, before: bytes) -> LogLine | None:
    """Return the line with the source that it has in common with the line above it."""
    if line.source or line.level in ("info", "debug"):
        return None
    above = before.removesuffix(b"\n").rpartition(b"\n")[2]
    return split_by_neighbour(line.text, clean(above)) if above else None


def _shapes(line: LogLine, first: str) -> tuple[LogShape, ...]:
    """Return the prefixes that the following lines may have, longest first: all before it, the log head, the source."""
    lead = line.text[: max(0, line.text.find(first))]
    unknown = (LogShape(lead, len(lead)),) if len(lead) > len(line.head) and lead.strip() else ()
    prefixes = dict.fromkeys(prefix for prefix in (line.head, line.source) if prefix)
    return (*unknown, *(LogShape(prefix, len(line.source)) for prefix in prefixes))


def opener(line: LogLine) -> tuple[Grammar, str] | None:
    """Call :func:`otorepair_like.detect.traces.opener`; patterns are compiled when the first line needs them."""
    from otorepair_like.detect import traces

    return traces.opener(line)
