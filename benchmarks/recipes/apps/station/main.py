#!/usr/bin/env python3
"""Weather of two stations: python main.py"""

import asyncio
import json
import sys
from pathlib import Path

import alerts
import formatting
import parsing
from analysis import Series, daily_means, longest_rise
from pipeline import Pipeline

FOLDER = Path(__file__).parent


def load_stations():
    with open(FOLDER / "stations.json", encoding="utf-8") as file:
        return json.load(file)


async def collect(paths):
    results = await asyncio.gather(*[parsing.read_async(path) for path in paths])
    return [reading for readings in results for reading in readings]


def show(readings, stations):
    for name in sorted(stations):
        own = [reading for reading in readings if reading.station == name]
        series = Series(own)
        print(formatting.heading(name, stations[name]["height"]))
        print(formatting.row("mean", series.mean(), unit="C"))
        print(formatting.row("span", series.span, unit="C"))
        for day, value in daily_means(own).items():
            print(formatting.row(day, value))
        print("rise", longest_rise([reading.value for reading in own]))


def main(argv=None):
    argv = sys.argv[1:] if argv is None else argv
    paths = sorted((FOLDER / "readings").glob("*.csv"))
    readings = asyncio.run(collect(paths))
    show(readings, load_stations())
    warm = alerts.warm(readings)
    for line in alerts.messages(warm):
        print(line)
    pipeline = Pipeline() | str.strip | str.upper | formatting.shorten
    print(pipeline("  a rather long remark about the weather "))
    counter = alerts.make_counter()
    print(counter(), counter(), alerts.seen)
    if "--state" in argv:
        print(alerts.remember(warm))
    return 0


if __name__ == "__main__":
    sys.exit(main())
