"""Settings, from the environment."""

import os
from pathlib import Path

DATA = Path(os.environ.get("INVENTORY_DATA", "data"))
CURRENCY = os.environ.get("INVENTORY_CURRENCY", "EUR")
LIMIT = int(os.environ.get("INVENTORY_LIMIT", "3"))
