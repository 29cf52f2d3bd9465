"""Every test that the page on supervision names exists."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| (?P<behaviour>[^|]+) \| (?P<origin>[^|]+) \| `(?P<test>test_\w+)` \|$", re.MULTILINE)


def test_every_behaviour_of_the_table_has_its_test() -> None:
    page = (ROOT / "docs" / "supervision.md").read_text("utf-8")
    rows = list(ROW.finditer(page))
    assert len(rows) == page.count("\n| ") - 2  # head and rule
    defined = set()
    for file in ROOT.glob("tests/*/test_*.py"):
        defined |= set(re.findall(r"^(?:async )?def (test_\w+)", file.read_text("utf-8"), re.MULTILINE))
    assert {row["test"] for row in rows} <= defined
    for program in ("tini", "dumb-init", "honcho", "watchexec"):
        assert any(program in row["origin"] for row in rows)
