import asyncio
import logging
from collections import defaultdict
from time import monotonic

from ..plan import chunked
from .files import read_text

log = logging.getLogger("backup.runner")
BATCH = 2


class Runner:
    def __init__(self, plan, store):
        self.plan = plan
        self.store = store
        self.sizes = defaultdict(int)
        self.limit = asyncio.Semaphore(BATCH)

    async def one(self, path):
        async with self.limit:
            text = await asyncio.to_thread(read_text, path)
            self.store.put_text(path.name, text)
            self.sizes[path.suffix] += len(text)
            return path.name

    async def run(self, paths):
        started = monotonic()
        done = []
        for batch in chunked([path for path in paths if self.plan.wants(path)], BATCH):
            done += await asyncio.gather(*map(self.one, batch))
        log.debug("took %.1f s", monotonic() - started)
        return sorted(done)

    def report(self):
        for suffix, size in sorted(self.sizes.items()):
            yield f"{suffix}: {size}"
        yield "total: " + str(sum(self.sizes.values()))
