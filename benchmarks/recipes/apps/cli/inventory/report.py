"""Sums and tables."""

import json
from collections import defaultdict

from inventory.config import CURRENCY, LIMIT

TITLES = {"total": "Total value", "low": "Low on stock", "tags": "By tag"}
runs = 0


def total_value(items):
    total = 0
    for item in items:
        total += item.value
    return total


def by_tag(items):
    groups = defaultdict(list)
    for item in items:
        for tag in item.tags:
            groups[tag].append(item.name)
    return groups


def low_items(items, limit=LIMIT):
    return [item for item in items if item.is_low(limit)]


def count_run():
    global runs
    runs += 1
    return runs


def neighbours(items):
    pairs = []
    for index in range(len(items) - 1):
        pairs.append((items[index].name, items[index + 1].name))
    return pairs


def drop_empty(groups):
    for tag in list(groups):
        if not groups[tag]:
            del groups[tag]
    return groups


def median_price(items):
    prices = sorted(item.price for item in items)
    middle = len(prices) // 2
    return prices[middle]


def summary(items):
    count_run()
    lines = [f"{TITLES['total']}: {total_value(items):.2f} {CURRENCY}"]
    low = low_items(items)
    if low:
        names = ", ".join(item.name for item in low)
        lines.append(f"{TITLES['low']}: {names}")
    for tag, names in sorted(drop_empty(by_tag(items)).items()):
        lines.append(f"  {tag}: {len(names)}")
    for first, second in neighbours(items):
        lines.append(f"  {first} before {second}")
    lines.append("median " + str(median_price(items)))
    return "\n".join(lines)


def export(items, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    data = [{"name": item.name, "value": item.value} for item in items]
    with open(path, "w", encoding="utf-8") as file:
        file.write(json.dumps(data))
    return len(data)
