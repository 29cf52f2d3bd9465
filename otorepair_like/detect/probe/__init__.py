"""The program's own account of a failure: read strictly, retold as a traceback, and met with what was printed."""

from otorepair_like.detect.probe.correlate import Meeting

__all__ = ["Meeting"]
