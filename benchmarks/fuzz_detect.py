"""Fuzzes detection with atheris: no crash, one chunking as good as any other, time in proportion, memory bounded.

    pip install atheris
    python benchmarks/fuzz_detect.py [SECONDS] [CORPUS]

The corpus (a folder, kept between runs; default: none) starts from the recorded output in ``tests/data/detect``.
What is found is written to ``crash-*`` in the working directory. The suite checks the same with hypothesis, on less.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["otorepair_like.detect"]):
    from otorepair_like.detect import Detector, traces  # noqa: F401 - imported late otherwise, and not instrumented
    from otorepair_like.incident import Incident

DATA = Path(__file__).resolve().parents[1] / "tests" / "data" / "detect"
WORKSPACE = Path("/home/dev/none")
SLOWEST = 2.0
"""Seconds of one input, instrumented; a quadratic pattern takes minutes on the longest."""
LONGEST = 8192


def seen(chunks: list[bytes]) -> list[Incident]:
    """What a detector sees in these chunks, read at one moment."""
    detector = Detector(WORKSPACE, streams=("stderr", "stdout"))
    told: list[Incident] = []
    for chunk in chunks:
        told += detector.feed("stderr", chunk, 0.0)
    return told + detector.flush(0.0)


def one_input(data: bytes) -> None:
    """The first two bytes say where to cut, the rest is output."""
    cut, output = int.from_bytes(data[:2], "big") % max(1, len(data)), data[2:]
    began = time.process_time()
    whole, parts = seen([output]), seen([output[:cut], output[cut:]])
    spent = time.process_time() - began
    if whole != parts:
        raise AssertionError(f"cut at {cut}: {whole} is not {parts}")
    if spent > SLOWEST:
        raise AssertionError(f"{spent:.1f} s for {len(output)} bytes")
    for incident in whole:
        json.dumps([incident.title, incident.place, incident.fingerprint, incident.evidence])


def corpus(folder: Path) -> None:
    """Write the recorded output as seeds."""
    for path in DATA.glob("*.jsonl"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
            text = json.loads(line)["text"].encode("utf-8", "surrogateescape")
            (folder / f"{path.stem}-{number}").write_bytes(b"\x01\x00" + text[:LONGEST])


def main() -> None:
    """Fuzz for the time given."""
    seconds = sys.argv[1] if len(sys.argv) > 1 else "600"
    folder = Path(sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp(prefix="fuzz-detect-"))
    folder.mkdir(parents=True, exist_ok=True)
    if not any(folder.iterdir()):
        corpus(folder)
    limits = [f"-max_total_time={seconds}", f"-max_len={LONGEST}", "-rss_limit_mb=1024", "-timeout=60"]
    atheris.Setup([sys.argv[0], *limits, str(folder)], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
