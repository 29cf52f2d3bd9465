"""The table of what each agent can do is held by tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

from otorepair_like.options import CLIS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "agents.md").read_text("utf-8")
ROWS = dict(re.findall(r"^\| `(\w+)`[^|]* \| (.+) \|$", PAGE, re.MULTILINE))
NOTES = dict(re.findall(r"^(\d+)\. `(.+?)`$", PAGE, re.MULTILINE))


def test_every_agent_cli_has_a_row_and_every_cell_a_test() -> None:
    assert set(ROWS) == set(CLIS)
    for name, cells in ROWS.items():
        for cell in cells.split(" | "):
            assert re.search(r"\[(\d+)\]$", cell), f"{name}: {cell}"
    assert set(re.findall(r"\[(\d+)\]", " ".join(ROWS.values()))) == set(NOTES)


def test_every_test_that_is_named_is_there() -> None:
    for note in NOTES.values():
        file, _, name = note.partition("::")
        assert f"def {name}(" in (ROOT / "tests" / "agents" / file).read_text("utf-8"), note
