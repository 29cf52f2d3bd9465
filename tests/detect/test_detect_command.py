"""``otorepair detect``, called as the command line calls it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from otorepair_like.cli.commands.detect import detect
from otorepair_like.errors import UsageError

OUTPUT = b"""\
INFO:     Application startup complete.
web-1    | Traceback (most recent call last):
web-1    |   File "/srv/app.py", line 3, in <module>
web-1    |     import flask_sqlalchemyy
web-1    | ModuleNotFoundError: No module named 'flask_sqlalchemyy'
"""
FIELDS = [
    "type",
    "message",
    "root_type",
    "root_message",
    "file",
    "line",
    "function",
    "language",
    "severity",
    "handled",
    "environment",
    "fingerprint",
    "loose_fingerprint",
    "count",
    "first_line",
    "last_line",
    "decided_after_ms",
]


def test_a_log_larger_than_memory_is_read_a_chunk_at_a_time(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Endless(io.BytesIO):
        """Sixteen chunks, which cannot be read all at once."""

        chunks = 16

        def read(self, size: int | None = -1) -> bytes:
            assert size is not None
            assert 0 < size <= 1 << 20
            self.chunks -= 1
            return b"INFO ok\n" * (size // 8) if self.chunks > 0 else OUTPUT if self.chunks == 0 else b""

    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=Endless()))
    assert detect("-", "stderr", False) == 0
    assert "ModuleNotFoundError" in capsys.readouterr().out


def test_a_file_is_read_into_one_object_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "server.log"
    log.write_bytes(OUTPUT)
    assert detect(str(log), "stderr", True) == 0
    (row,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert list(row) == FIELDS
    assert (row["type"], row["file"], row["line"]) == ("ModuleNotFoundError", "/srv/app.py", 3)
    assert (row["environment"], row["first_line"], row["last_line"]) == ("missing_module", 2, 5)
    assert row["decided_after_ms"] <= 5


def test_standard_input_is_read_into_a_table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(OUTPUT * 3)))
    assert detect("-", "stdout", False) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert "/srv/app.py:3  ModuleNotFoundError: No module named 'flask_sqlalchemyy' ×3" in line


def test_nothing_seen_is_nothing_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "quiet.log"
    log.write_bytes(b"0 errors\n")
    assert detect(str(log), "stderr", False) == 0
    assert capsys.readouterr().out == ""


def test_a_file_that_cannot_be_read_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        detect(str(tmp_path / "none.log"), "stderr", False)
