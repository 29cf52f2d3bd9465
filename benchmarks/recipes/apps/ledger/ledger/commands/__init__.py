from .root import cli

__all__ = ["cli"]
