"""The offline repairer in the whole loop: real programs, broken as people break them."""

from __future__ import annotations

from pathlib import Path

from tests.support.otorepair import Run, running

RECIPES = ["--backend", "recipes", "--healthy-after", "0.5", "--json"]
SERVING = """\
import time
from prices import total
print("total", total(3), flush=True)
while True:
    time.sleep(60)
"""


def remembered(run: Run) -> None:
    """Wait until the files are remembered as good."""
    notices = 1
    while "remembered" not in run.event("Notice", notices)["text"]:
        notices += 1


def test_a_rename_half_done_is_finished_since_the_files_are_known_as_they_ran_well(
    workspace: Path, home: Path
) -> None:
    (workspace / "app.py").write_text(SERVING)
    (workspace / "prices.py").write_text("def total(net):\n    return net * 2\n")
    with running([*RECIPES, "--watch", ".", "python app.py"], workspace, home) as run:
        run.prints("total 6")
        remembered(run)
        (workspace / "prices.py").write_text("def gross_of(net):\n    return net * 2\n")
        assert run.event("AttemptEnded")["attempt"]["verdict"] == "verified"
        run.prints("total 6", 2)
    assert (workspace / "app.py").read_text() == SERVING.replace("import total", "import gross_of").replace(
        "total(3)", "gross_of(3)"
    )
