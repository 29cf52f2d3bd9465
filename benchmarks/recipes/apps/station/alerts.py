import json
import os
from pathlib import Path

THRESHOLD = float(os.environ.get("STATION_THRESHOLD", "21"))
STATE = Path("state") / "alerts.json"
seen = 0


def warm(readings):
    return [reading for reading in readings if reading.value >= THRESHOLD]


def messages(readings):
    global seen
    for number, reading in enumerate(readings, 1):
        seen += 1
        yield "#" + str(number) + " " + reading.station + f" {reading.value:.2f} at {reading.when:%H:%M}"


def make_counter():
    count = 0

    def counter():
        nonlocal count
        count += 1
        return count

    return counter


def remember(readings):
    os.makedirs(STATE.parent, exist_ok=True)
    known = json.loads(STATE.read_text()) if STATE.exists() else {"total": 0}
    known["total"] += len(readings)
    STATE.write_text(json.dumps(known))
    return known["total"]
