"""Records of the probe in a Python program: read strictly, rendered as tracebacks, matched with the output."""

from otorepair_like.detect.probe.correlate import Correlator

__all__ = ["Correlator"]
