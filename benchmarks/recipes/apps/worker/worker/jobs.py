"""What can be done."""

import asyncio
import hashlib
import math
from dataclasses import dataclass


@dataclass
class Job:
    kind: str
    payload: dict
    attempts: int = 0


class Failed(Exception):
    pass


async def checksum(payload):
    await asyncio.sleep(0)
    return hashlib.sha256(payload["text"].encode()).hexdigest()[:8]


async def area(payload):
    return round(math.pi * payload["radius"] ** 2, 2)


async def average(payload):
    values = payload["values"]
    if not values:
        raise Failed("no values")
    return sum(values) / len(values)


async def chunks(payload):
    text, size = payload["text"], payload["size"]
    return [text[start : start + size] for start in range(0, len(text), size)]


HANDLERS = {"checksum": checksum, "area": area, "average": average, "chunks": chunks}
