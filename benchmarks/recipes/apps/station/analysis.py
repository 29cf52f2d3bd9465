import collections
from bisect import insort
from functools import cached_property, reduce


class Series:
    """Readings of one station."""

    def __init__(self, readings):
        self.readings = list(readings)

    @cached_property
    def values(self):
        ordered = []
        for reading in self.readings:
            insort(ordered, reading.value)
        return ordered

    @property
    def span(self):
        return self.values[-1] - self.values[0]

    def mean(self):
        return sum(self.values) / len(self.values)

    def median(self):
        middle = len(self.values) // 2
        return self.values[middle]


def daily_means(readings):
    days = collections.OrderedDict()
    for reading in readings:
        days.setdefault(reading.when.strftime("%Y-%m-%d"), []).append(reading.value)
    return {day: reduce(lambda a, b: a + b, values) / len(values) for day, values in days.items()}


def longest_rise(values):
    best = current = 1
    for index in range(1, len(values)):
        if values[index] > values[index - 1]:
            current += 1
            best = max(best, current)
        else:
            current = 1
    return best
