"""``otorepair history``: a table, one attempt whole, and JSON."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from otorepair_like.attempt import Verdict
from otorepair_like.cli.commands.history import history
from otorepair_like.errors import StoreError, UsageError
from otorepair_like.memory.store import Store
from tests.support.screens import approve
from tests.support.stories import ATTEMPT


@pytest.fixture(autouse=True)
def _in_one_zone() -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = "UTC"
    time.tzset()
    yield
    os.environ.pop("TZ")
    if before is not None:
        os.environ["TZ"] = before
    time.tzset()


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    store = Store.open(tmp_path)
    store.add(
        replace(ATTEMPT, id="000001", time=0.0, verdict=Verdict.FAILED, reason="came again", cost_usd=None)
    )
    store.add(
        replace(
            ATTEMPT, id="000002", type="", message="two\nlines \x1b[31m", fingerprint="", line=None, model=""
        )
    )
    store.add(replace(ATTEMPT, time=1700000100.0, reason="up for 3 s", verdict=Verdict.VERIFIED))
    store.add(
        replace(
            ATTEMPT, id="000004", time=1e20, verdict=Verdict.NO_CHANGE, fingerprint="", diff="", seconds=0.5
        )
    )
    store.close()
    return tmp_path


Capture = pytest.CaptureFixture[str]


def test_the_table(workspace: Path, capsys: Capture) -> None:
    assert history(workspace, None, as_json=False, color="auto", limit=20) == 0
    approve("history-table", capsys.readouterr().out)


def test_the_table_in_colour(workspace: Path, capsys: Capture) -> None:
    history(workspace, None, as_json=False, color="always", limit=2)
    approve("history-table-colour", capsys.readouterr().out.replace("\x1b", "␛"))


@pytest.mark.parametrize("identity", ["9b2e", "#9b2e01"])
def test_one_attempt_whole(workspace: Path, capsys: Capture, identity: str) -> None:
    history(workspace, identity, as_json=False, color="never", limit=20)
    approve("history-detail", capsys.readouterr().out)


def test_the_id_on_the_screen_finds_every_attempt_at_that_failure(workspace: Path, capsys: Capture) -> None:
    history(workspace, "a1f3", as_json=True, color="auto", limit=1)
    assert [one["id"] for one in json.loads(capsys.readouterr().out)] == ["9b2e01", "000001"]


def test_json_has_exactly_the_promised_fields(workspace: Path, capsys: Capture) -> None:
    history(workspace, None, as_json=True, color="always", limit=2)
    last = json.loads(capsys.readouterr().out)[1]
    assert list(last) == [
        *("id", "time", "command", "fingerprint", "type", "message", "file", "line", "agent", "model"),
        *("verdict", "reason", "diff", "seconds", "cost_usd"),
    ]
    assert (last["verdict"], last["line"], last["cost_usd"]) == ("verified", 12, 0.034)


def test_looking_at_no_history_makes_no_files(tmp_path: Path, capsys: Capture) -> None:
    assert history(tmp_path, None, as_json=False, color="auto", limit=20) == 0
    assert history(tmp_path, None, as_json=True, color="auto", limit=20) == 0
    assert capsys.readouterr() == ("[]\n", f"otorepair: no attempts yet in {tmp_path}\n")
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_id_is_one_clear_line(workspace: Path) -> None:
    with pytest.raises(
        UsageError, match=r"^no attempt 'zzz': in the history of .*; see 'otorepair history'$"
    ):
        history(workspace, "zzz", as_json=False, color="auto", limit=20)


def test_a_history_that_cannot_be_read_is_one_clear_line(workspace: Path) -> None:
    (workspace / ".otorepair" / "otorepair.db").unlink()
    (workspace / ".otorepair" / "otorepair.db").mkdir()
    with pytest.raises(StoreError, match="not a regular file"):
        history(workspace, None, as_json=False, color="auto", limit=20)
