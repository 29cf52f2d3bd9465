"""Detection: failures in what a child prints, in the moment their last line is printed."""

from otorepair_like.detect.detector import Detector
from otorepair_like.detect.reload import failed_request, said_reload

__all__ = ["Detector", "failed_request", "said_reload"]
