"""Packages as an installer leaves them: a folder for PYTHONPATH, with what their entry points are read from."""

from __future__ import annotations

import tomllib
from pathlib import Path

DATA = Path(__file__).parents[1] / "data"


def install(package: str | Path, site: Path) -> str:
    """Put a package, by its folder or the name of one of the tests' data, into ``site``; the folder for PYTHONPATH."""
    package = DATA / package
    project = tomllib.loads((package / "pyproject.toml").read_text())["project"]
    information = site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    information.mkdir(parents=True)
    head = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (information / "METADATA").write_text(head)
    points = [
        f"[{group}]\n" + "".join(f"{each} = {value}\n" for each, value in entries.items())
        for group, entries in project["entry-points"].items()
    ]
    (information / "entry_points.txt").write_text("\n".join(points))
    for module in package.glob("*.py"):
        (site / module.name).write_text(module.read_text())
    return str(site)
