"""Takes jobs from a queue, a few at a time."""

import asyncio

from worker.jobs import HANDLERS, Failed
from worker.state import History

finished = 0


class Pool:
    def __init__(self, slots, retries=2):
        self.slots = slots
        self.retries = retries
        self.queue = asyncio.Queue()
        self.history = History()
        self.failures = []

    async def put(self, job):
        await self.queue.put(job)

    async def work(self, job):
        handler = HANDLERS[job.kind]
        result = await handler(job.payload)
        self.history.add(job.kind, result)
        return result

    async def guarded(self, job):
        global finished
        while True:
            job.attempts += 1
            try:
                result = await self.work(job)
            except Failed as error:
                if job.attempts <= self.retries:
                    continue
                self.failures.append((job.kind, str(error), job.attempts))
                return None
            finished += 1
            return result

    async def run(self):
        results = []
        while not self.queue.empty():
            batch = []
            while len(batch) < self.slots and not self.queue.empty():
                batch.append(await self.queue.get())
            results.extend(await asyncio.gather(*(self.guarded(job) for job in batch)))
        return results
