import asyncio
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "src"))

from backup import Plan
from backup.jobs import files
from backup.jobs.runner import Runner
from backup.stores import STORES

STATUS = HERE / "var" / "status.json"


def save_status(done, store):
    STATUS.parent.mkdir(parents=True, exist_ok=True)
    status = {"done": done, "store": store.name, "written": store.written}
    STATUS.write_text(json.dumps(status, sort_keys=True), encoding="utf-8")
    return status


async def main(kind):
    plan = Plan.read(HERE / "backup.ini").without("b.md")
    make = STORES[kind]
    store = make(str(HERE / "var" / "store")) if kind == "folder" else make()
    runner = Runner(plan, store)
    paths = list(files.walk(HERE / "data"))
    done = await runner.run(paths)
    print(kind, done, *runner.report(), sep="\n")
    print(files.newest(paths), store.get_text(done[0]).strip(), len(store.keys()))
    if kind == "memory":
        store.prune(keep=1)
        print(store.keys())
    else:
        store.wipe()
    print(save_status(done, store)["written"])


if __name__ == "__main__":
    for kind in sorted(STORES):
        asyncio.run(main(kind))
