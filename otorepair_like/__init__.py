"""otorepair: wrap a dev command, see it fail, have it repaired, and prove the repair."""

__version__ = "0.1.0"
