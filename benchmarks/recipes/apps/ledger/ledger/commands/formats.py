import textwrap
from typing import Sequence


def as_table(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    widths = [len(header) for header in headers]
    for row in rows:
        for index, cell in enumerate(row):
            widths[index] = max(widths[index], len(str(cell)))
    lines = [" | ".join(header.ljust(width) for header, width in zip(headers, widths))]
    for row in rows:
        lines.append(" | ".join(str(cell).ljust(width) for cell, width in zip(row, widths)))
    return textwrap.indent("\n".join(lines), "  ")


def numbered(lines):
    return [f"{number:>2}) {line}" for number, line in enumerate(lines, start=1)]
