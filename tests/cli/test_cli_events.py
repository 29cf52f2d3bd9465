"""``otorepair events``."""

from __future__ import annotations

import json

import pytest

from otorepair_like import events
from otorepair_like.cli.main import run


def test_the_schema_is_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["events", "--schema"]) == 0
    assert json.loads(capsys.readouterr().out) == events.schema()


def test_the_events_are_listed_with_their_meaning(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["events"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(events.kinds())
    assert any(line.endswith("otorepair waits for a file change or a key.") for line in lines)
