import asyncio
import datetime as dt
import re
from typing import NamedTuple

LINE = re.compile(r"^(?P<when>[\dT:-]+),(?P<station>\w+),(?P<value>[\d.]+)$")


class Reading(NamedTuple):
    when: dt.datetime
    station: str
    value: float


class BadLine(ValueError):
    pass


def parse_line(line):
    match = LINE.match(line)
    if match is None:
        raise BadLine(line)
    return Reading(dt.datetime.fromisoformat(match["when"]), match.group("station"), float(match.group("value")))


def parse_lines(lines):
    for line in lines:
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        yield parse_line(line)


async def read_async(path):
    text = await asyncio.to_thread(path.read_text, encoding="utf-8")
    return list(parse_lines(text.splitlines()))
