"""A repairer that another package brings by an entry point."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.otorepair import running
from tests.support.packages import install


@pytest.fixture
def installed(tmp_path: Path) -> str:
    """A folder for PYTHONPATH in which the example package is."""
    return install("agent_package", tmp_path / "site")


def test_an_agent_of_another_package_repairs_like_one_of_ours(
    workspace: Path, home: Path, installed: str
) -> None:
    (workspace / "app.py").write_text('import os\nprint("port", os.environ["PORT"])\n')
    options = ["--backend", "parrot", "--json", "--healthy-after", "0.5"]
    with running([*options, "python app.py"], workspace, home, {"PYTHONPATH": installed}) as run:
        assert run.wait() == 0
        (ended,) = run.events("AttemptEnded")
        assert (ended["attempt"]["verdict"], ended["attempt"]["agent"]) == ("verified", "parrot")
        assert ended["attempt"]["model"] == "grey"
        assert run.out.text == "port 8000\n"


def test_a_name_that_nobody_brings_is_an_error(workspace: Path, home: Path) -> None:
    with running(["--backend", "parrot", "python app.py"], workspace, home) as run:
        assert run.wait() == 2
        assert "bad value for --backend: 'parrot'; expected one of auto, none" in run.err.text
