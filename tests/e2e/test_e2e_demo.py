"""The first command a newcomer types, from the checkout and from a wheel."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.support.otorepair import COMMAND

ROOT = Path(__file__).resolve().parents[2]


def tracked() -> str:
    """State of the repository, as git sees it; the same text before and after: nothing was touched."""
    status = ["git", "-C", str(ROOT), "status", "--porcelain"]
    return subprocess.run(status, capture_output=True, text=True, check=True).stdout


def heals(command: list[str], folder: Path) -> None:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env={"HOME": str(folder)}
    )
    assert done.returncode == 0, done.stderr
    assert "KeyError: 'PORT'" in done.stderr
    assert '+ port = int(os.environ.get("PORT", "8000"))' in done.stderr
    assert "verified in" in done.stderr
    assert "listening on port 8000" in done.stdout
    assert list(folder.iterdir()) == []


def test_the_demo_heals_a_crash_and_leaves_nothing_behind(tmp_path: Path) -> None:
    before = tracked()
    heals([COMMAND, "demo"], tmp_path)
    assert tracked() == before


@pytest.mark.timeout(300)
def test_the_built_wheel_runs_in_an_empty_environment(tmp_path: Path) -> None:
    wheels, environment, folder = tmp_path / "wheels", tmp_path / "venv", tmp_path / "folder"
    folder.mkdir()
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", str(wheels), str(ROOT)], check=True)
    venv.create(environment, with_pip=False)
    python = environment / "bin" / "python"
    (wheel,) = wheels.iterdir()
    subprocess.run([*pip, "--python", str(python), "install", str(wheel)], check=True)
    otorepair = str(environment / "bin" / "otorepair")
    version = subprocess.run([otorepair, "--version"], capture_output=True, text=True, check=True).stdout
    assert version.startswith("otorepair 0.")
    heals([otorepair, "demo"], folder)
