import asyncio
from collections import deque


class Journal:
    def __init__(self, size: int = 10) -> None:
        self._lines: deque[str] = deque(maxlen=size)
        self._changed = asyncio.Event()

    async def write(self, line: str) -> None:
        self._lines.append(line)

    async def tail(self, count: int) -> list[str]:
        await asyncio.sleep(0)
        return list(self._lines)[-count:]


journal = Journal()
