"""What did not help once is tried again as soon as the user changes a file."""

from __future__ import annotations

from pathlib import Path

from tests.support.otorepair import running

SLIP = """\
import time
def total(prices):
    return sum(prices)
print(totla([1, 2]), flush=True)
time.sleep(100)
"""


def test_a_recipe_that_failed_is_tried_again_after_an_edit(workspace: Path, home: Path) -> None:
    (workspace / "app.py").write_text(SLIP)
    allowed = home / "allowed"
    verify = f"! grep -q 'print.total' app.py || test -f {allowed}"
    options = ["--json", "--backend", "recipes", "--healthy-after", "0.5", "--watch", ".", "--verify", verify]
    with running([*options, "python app.py"], workspace, home) as run:
        run.event("Waiting")
        assert run.verdicts()[0] == "failed"
        allowed.touch()
        (workspace / "notes.txt").write_text("a file the user saved\n")
        run.prints("3\n")
        assert run.event("IncidentClosed", times=2)["verdict"] == "verified"
        assert run.verdicts()[-1] == "verified"
