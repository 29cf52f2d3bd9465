import math
import statistics

from ..registry import task
from .parcels import read_parcels


@task("reports.weights", priority=8)
def weights(path):
    values = [parcel.weight for parcel in read_parcels(path)]
    mean = statistics.fmean(values)
    spread = math.sqrt(sum((value - mean) ** 2 for value in values) / len(values))
    return {"mean": round(mean, 3), "spread": round(spread, 3), "heaviest": max(values)}


@task("reports.cities", priority=8)
def cities(path):
    groups = {}
    for parcel in read_parcels(path):
        groups.setdefault(parcel.city, []).append(parcel.name)
    for city in list(groups):
        if len(groups[city]) < 2:
            del groups[city]
    return groups
