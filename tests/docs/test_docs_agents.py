"""The tables of what each agent can do and was tried with are held by tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

from otorepair_like.kinds import CLIS
from tests.support.agents_kits import KITS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "agents.md").read_text("utf-8")
NOTES = dict(re.findall(r"^(\d+)\. `(.+?)`$", PAGE, re.MULTILINE))


def table(heading: str) -> list[list[str]]:
    """The cells of the table under ``heading``, its head first."""
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip("| `") for cell in row] for row in rows if "---" not in row]


def test_every_agent_cli_has_a_row_and_every_cell_a_test() -> None:
    _, *rows = table("What each can do")
    assert {row[0].split("`")[0] for row in rows} == set(CLIS)
    assert all(re.search(r"\[\d+\]$", cell) for row in rows for cell in row[1:])


def test_every_real_agent_has_a_column_and_every_case_a_test() -> None:
    head, *rows = table("What was tried with each")
    assert [name for name in head if name] == list(KITS)
    for row in rows:
        assert len(row) == 1 + len(KITS), row
        assert all(re.search(r"\[\d+\]$", cell) for cell in row[1:]), row


def test_every_test_that_is_named_is_there_and_none_is_named_in_vain() -> None:
    for note in NOTES.values():
        file, _, name = note.partition("::")
        assert f"def {name}(" in (ROOT / "tests" / file).read_text("utf-8"), note
    assert set(re.findall(r"\[(\d+)\] \|", PAGE)) == set(NOTES)
