import argparse
import logging
from pathlib import Path

from courier import Courier, tasks
from courier.registry import registered
from courier.settings import Settings

log = logging.getLogger("courier")


def build_parser():
    parser = argparse.ArgumentParser(prog="courier")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run")
    run.add_argument("--config", type=Path, default=Path("config/courier.toml"))
    run.add_argument("--data-file", default="data/parcels.csv")
    run.add_argument("--dump", type=Path)
    commands.add_parser("tasks")
    return parser


def run(arguments):
    settings = Settings.load(arguments.config)
    courier = Courier(settings)
    for parcel in tasks.parcels.read_parcels(arguments.data_file):
        courier.send("parcels.price", parcel)
        courier.send("parcels.label", parcel)
        courier.send("mail.notify", parcel.name, parcel.weight, greeting=settings.mail.greeting)
    for name in ("parcels.flaky", "parcels.lost", "mail.digest"):
        courier.send(name)
    for name in ("reports.weights", "reports.cities"):
        courier.send(name, arguments.data_file)
    store = courier.drain()
    for result in store:
        print(f"{result.task:<16} {result.state.value:<7} {result.value if not result.error else result.error}")
    print(dict(courier.counts), list(courier.recent), len(store.of("parcels.price")))
    if arguments.dump:
        log.info("writing %s", arguments.dump)
        print(store.dump(arguments.dump), "results kept")


def main():
    logging.basicConfig(level=logging.WARNING)
    arguments = build_parser().parse_args()
    if arguments.command == "tasks":
        print("\n".join(registered()))
    else:
        run(arguments)


if __name__ == "__main__":
    main()
