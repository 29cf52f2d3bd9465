"""One stream's machine: lines in, failures out.

While nothing is open, only the lines the gate lets through are looked at. A line that a grammar opens on starts a
block; from then on every line is shown to the open blocks, each of which sees its own prefix only, so that two
sources in one stream do not disturb each other. A block ends by its structure, else by silence, else by age.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from otorepair_like.detect.bursts import Repeats
from otorepair_like.detect.grammar import BEFORE, Block, Grammar, Step
from otorepair_like.detect.lines import LineCutter, Recent, clean
from otorepair_like.detect.log_prefix import LogLine, Shape, learned, split
from otorepair_like.detect.prefilter import gate
from otorepair_like.detect.server_lines import is_request
from otorepair_like.incident import Incident

REMEMBERED: Final = 100
"""Lines per stream that can be asked for."""

_GRACE: Final = 0.005
"""Seconds of silence after which a block that says enough is over; reads of one write lie closer together."""
_QUIET: Final = (0.075, 0.150)
"""Seconds of silence that end a block without an end mark: at least, and at most on a loaded machine."""
_LONGEST: Final = 1.0
"""Seconds a block may stay open, whatever else is printed."""
_VOICES: Final = (3, 30)
"""Foreign lines in a row that a block outlives: when it says enough, and before."""
_WIDEST: Final = 1 << 14
"""Characters of one line that the grammars see, unless it is a record."""
_BYTES_BEFORE: Final = 8192
_LINES: Final = 2000
"""Lines of one block that are kept."""


@dataclass(frozen=True, slots=True)
class Match:
    """What a block turned out to be: the failures read from it, and where it stood."""

    incidents: list[Incident]
    block: Block
    first_line: int
    last_line: int
    last: float


@dataclass(slots=True)
class _Open:
    """An open block, its prefix and its times."""

    grammar: Grammar
    block: Block
    first_line: int
    last_line: int
    opened: float
    last: float
    margin: int
    shape: Shape | None = None
    shapes: tuple[Shape, ...] = ()
    gap: float = 0.0
    voices: int = 0
    held_numbers: list[int] = field(default_factory=list)

    def own(self, line: LogLine) -> str | None:
        """The line without this block's prefix; ``None`` where it is another source's or another voice."""
        if self.shape is not None:
            text = self.shape.strip(line.text)
            if text is None or (not self.shape.prefix and _is_voice(line)):
                return None
        else:
            text = self._decide(line)
            if text is None:
                return None
        margin = min(self.margin, len(text) - len(text.lstrip(" ")))
        return text[margin:]

    def _decide(self, line: LogLine) -> str | None:
        """The second line shows whether the prefix stands on every line, or a part of it, or on the first only."""
        for shape in self.shapes:
            text = shape.strip(line.text)
            if text is not None and not (shape is not self.shapes[0] and _is_voice(line)):
                self.shape = shape
                return text
        if _is_voice(line) or (line.source and line.source != self.block.line.source):
            return None
        self.shape = Shape("")
        return line.text

    def due(self) -> float:
        if self.block.whole:
            wait = max(_GRACE, min(4 * self.gap, _QUIET[0]))
        else:
            wait = max(_QUIET[0], min(4 * self.gap, _QUIET[1]))
        return min(self.last + wait, self.opened + _LONGEST)


def _is_voice(line: LogLine) -> bool:
    """A line of ordinary log output, which may fall between the lines of a block."""
    return line.level in ("info", "debug") or is_request(line.text)


class Scanner:
    """Reads one stream.

    Args:
        found: called with every block that ended.
    """

    def __init__(self, found: Callable[[Match], None]) -> None:
        self._found = found
        self._cutter = LineCutter()
        self._recent = Recent(REMEMBERED)
        self._open: list[_Open] = []
        self._last_found = self._last_sure = -REMEMBERED
        self._only_sure = False
        self._repeats = Repeats()
        self.lines = 0
        """Whole lines read so far."""
        self.alert = False
        """Whether every line is to be looked at: what follows decides on a message that waits."""

    def feed(self, data: bytes, now: float) -> None:
        """Take a chunk at ``now`` (monotonic seconds)."""
        whole = self._cutter.feed(data)
        if whole:
            self._scan(whole, now)

    def remember(self, data: bytes) -> None:
        """Take a chunk for :meth:`tail` alone."""
        whole = self._cutter.feed(data)
        if whole:
            count = whole.count(b"\n")
            self.lines += count
            self._recent.add(whole, count)

    def tail(self, lines: int) -> tuple[str, ...]:
        """The last lines, at most :data:`REMEMBERED`, the unfinished one included."""
        return self._recent.last(min(lines, REMEMBERED), self._cutter.peek())

    def due(self) -> float | None:
        """When the next block ends by silence or age."""
        return min((one.due() for one in self._open), default=None)

    def tick(self, now: float) -> None:
        """End the blocks that are due."""
        for one in [one for one in self._open if one.due() <= now]:
            if one in self._open:
                self._close(one, now)

    def flush(self, now: float) -> None:
        """The stream ended: take the unfinished line, end every block."""
        rest = self._cutter.flush()
        if rest:
            self._scan(rest + b"\n", now)
        self._close_all(now)
        if self._last_sure <= self.lines - REMEMBERED:
            self._only_sure = self._last_found > self.lines - REMEMBERED
            self._read_again(now)
            self._only_sure = False
            self._close_all(now)

    def _close_all(self, now: float) -> None:
        while self._open:
            self._close(self._open[0], now)

    def _read_again(self, now: float) -> None:
        """Last words: look at every line that is still remembered, the gate's words in it or not."""
        told = self._recent.last(REMEMBERED)
        raw = [text.encode("utf-8", "replace") for text in told]
        for number, text in enumerate(told):
            before = b"".join(one + b"\n" for one in raw[max(0, number - BEFORE) : number])
            self._line(text, self.lines - len(told) + number + 1, now, before)

    def _scan(self, whole: bytes, now: float) -> None:
        at, counted, base = 0, 0, self.lines
        hot_lines = None
        while at < len(whole):
            if not (self._open or self.alert):
                hot_lines = hot_lines or gate(whole)
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
            and self._repeats.count(text, now)
            and not any(one.grammar.sure for one in self._open)
        ):
            return
        if len(text) > _WIDEST and not text.endswith("}"):
            text = text[:_WIDEST]
        line = split(text)
        for one in list(reversed(self._open)):
            if one in self._open and self._offer(one, line, number, now):
                return
        self._begin(line, number, now, before)

    def _offer(self, one: _Open, line: LogLine, number: int, now: float) -> bool:
        """Show a line to an open block; whether the block took it."""
        text = one.own(line)
        step = Step.SKIP if text is None else one.grammar.step(one.block, text)
        if text is None or step is Step.SKIP:
            one.voices += 1
            if one.voices > _VOICES[0 if one.block.whole else 1]:
                self._close(one, now)
            return False
        if step is Step.OUT or _is_interrupted(one, step, line):
            self._close(one, now)
            return False
        one.voices = 0
        one.gap, one.last = max(one.gap, now - one.last), now
        if step is Step.MAYBE:
            one.block.held.append(text)
            one.held_numbers.append(number)
            return True
        self._take(one, text, number, step, now)
        return True

    def _take(self, one: _Open, text: str, number: int, step: Step, now: float) -> None:
        block = one.block
        if block.held:
            block.lines += block.held
            block.held.clear()
            one.held_numbers.clear()
        if len(block.lines) < _LINES:
            block.lines.append(text)
        one.last_line = number
        block.whole = step is not Step.IN
        if step is Step.LAST:
            self._close(one, now)

    def _begin(self, line: LogLine, number: int, now: float, before: bytes) -> None:
        opened = opener(line)
        if opened is None and (known := _by_neighbour(line, before)):
            line, opened = known, opener(known)
            opened = opened if opened and opened[0].sure else None
        if opened is None or (self._only_sure and not opened[0].sure):
            return
        grammar, first = opened
        body = line.body
        margin = len(body) - len(body.lstrip(" ")) if first == body.strip(" ") else 0
        shapes = _shapes(line, first)
        block = Block(line, before, [first], whole=not grammar.sure)
        if not grammar.sure:
            self._repeats.begin(line.text, block, now)
        shape = None if shapes else Shape("")
        self._open.append(_Open(grammar, block, number, number, now, now, margin, shape, shapes))

    def _close(self, one: _Open, now: float) -> None:
        self._open.remove(one)
        block = one.block
        held, numbers = block.held, one.held_numbers
        block.held = []
        kept = 0
        for text in held:
            if not text.strip() or opener(split(text)):
                break
            kept += 1
        block.lines += held[:kept]
        if kept:
            one.last_line = numbers[kept - 1]
        incidents = one.grammar.read(block)
        if incidents:
            self._last_found = one.last_line
            if one.grammar.sure:
                self._last_sure = one.last_line
        self._found(Match(incidents, block, one.first_line, one.last_line, one.last))
        for text, number in zip(held[kept:], numbers[kept:], strict=True):
            self._line(text, number, now, b"")


def _is_interrupted(one: _Open, step: Step, line: LogLine) -> bool:
    """Whether a line that only may belong to a block begins another one."""
    if one.grammar.sure and step is not Step.MAYBE:
        return False
    opened = opener(line)
    return opened is not None and (step is Step.MAYBE or opened[0].sure)


def _by_neighbour(line: LogLine, before: bytes) -> LogLine | None:
    """The line with the source that the line above shows it to have."""
    if line.source or line.level in ("info", "debug"):
        return None
    over = before.removesuffix(b"\n").rpartition(b"\n")[2]
    return learned(line.text, clean(over)) if over else None


def _shapes(line: LogLine, first: str) -> tuple[Shape, ...]:
    """The prefixes that the following lines may carry, the longest first: all before it, the log head, the source."""
    lead = line.text[: max(0, line.text.find(first))]
    unknown = (Shape(lead, len(lead)),) if len(lead) > len(line.head) and lead.strip() else ()
    known = dict.fromkeys(prefix for prefix in (line.head, line.source) if prefix)
    return (*unknown, *(Shape(prefix, len(line.source)) for prefix in known))


def opener(line: LogLine) -> tuple[Grammar, str] | None:
    """See :func:`otorepair_like.detect.traces.opener`; its patterns are compiled when the first line needs them."""
    from otorepair_like.detect import traces

    return traces.opener(line)
