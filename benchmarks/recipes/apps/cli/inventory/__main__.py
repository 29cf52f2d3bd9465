"""python -m inventory add|list|report|export"""

import argparse
import sys
from datetime import date
from pathlib import Path

from inventory import report
from inventory.config import CURRENCY
from inventory.models import Item, Movement
from inventory.store import Store


def add(store, options):
    tags = options.tags.split(",") if options.tags else []
    item = Item(name=options.name, price=options.price, quantity=options.quantity, tags=tags)
    store.add(item)
    movement = Movement(options.name, options.quantity, date(2024, 5, 1))
    print(movement.line())


def show(store, options):
    for number, item in enumerate(store.all(), start=1):
        print(number, item.describe(CURRENCY))


def make_report(store, options):
    print(report.summary(store.all()))


def export(store, options):
    count = report.export(store.all(), Path(options.path))
    print(f"exported {count}")


def parse(arguments):
    parser = argparse.ArgumentParser(prog="inventory")
    commands = parser.add_subparsers(required=True)
    adding = commands.add_parser("add")
    adding.add_argument("name")
    adding.add_argument("price", type=float)
    adding.add_argument("quantity", type=int)
    adding.add_argument("--tags")
    adding.set_defaults(run=add)
    commands.add_parser("list").set_defaults(run=show)
    commands.add_parser("report").set_defaults(run=make_report)
    exporting = commands.add_parser("export")
    exporting.add_argument("path")
    exporting.set_defaults(run=export)
    return parser.parse_args(arguments)


def main(arguments):
    options = parse(arguments)
    store = Store()
    try:
        options.run(store, options)
    finally:
        store.close()


if __name__ == "__main__":
    main(sys.argv[1:])
