"""python -m worker"""

import asyncio
import os

from worker import pool, state
from worker.jobs import Job

SLOTS = int(os.environ.get("WORKER_SLOTS", "2"))
JOBS = [
    Job("checksum", {"text": "hello"}),
    Job("area", {"radius": 2}),
    Job("average", {"values": [1, 2, 6]}),
    Job("average", {"values": []}),
    Job("chunks", {"text": "abcdefg", "size": 3}),
]


def report(results, workers):
    lines = [f"{number}. {result}" for number, result in enumerate(results, start=1)]
    lines.append("done: " + str(pool.finished))
    for kind, message, attempts in workers.failures:
        lines.append(f"{kind} failed: {message} after {attempts}")
    lines.append(", ".join(f"{kind}={count}" for kind, count in sorted(workers.history.counts().items())))
    return "\n".join(lines)


async def main():
    workers = pool.Pool(slots=SLOTS)
    for job in JOBS:
        await workers.put(job)
    results = await workers.run()
    known = state.load()
    known["runs"] = known.get("runs", 0) + 1
    known["latest"] = workers.history.latest
    state.save(known)
    print(report(results, workers))
    print(state.load()["runs"], state.load()["latest"])


if __name__ == "__main__":
    asyncio.run(main())
