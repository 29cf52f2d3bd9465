"""Results, kept between runs."""

import json
import os

PATH = os.path.join("var", "state.json")


def load(path=PATH):
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def save(results, path=PATH):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(results, file, sort_keys=True)


class History:
    def __init__(self, limit=10):
        self.limit = limit
        self.entries = []

    def add(self, kind, result):
        self.entries.append((kind, result))
        self.trim()

    def trim(self):
        while len(self.entries) > self.limit:
            self.entries.pop(0)

    @property
    def latest(self):
        return self.entries[-1] if self.entries else None

    def counts(self):
        totals = {}
        for kind, _ in self.entries:
            totals[kind] = totals.get(kind, 0) + 1
        return totals
