"""Detection: find failures in the output of a program as soon as their last line is printed."""

from otorepair_like.detect.detector import Detector
from otorepair_like.detect.server_lines import failed_request, said_reload

__all__ = ["Detector", "failed_request", "prepare", "said_reload"]


def prepare() -> None:
    """Compile the patterns of all languages (a tenth of a second) before an error needs them. Thread-safe."""
    from otorepair_like.detect import traces  # noqa: F401
