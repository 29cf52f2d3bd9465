"""``otorepair trust``, and the question at the first start if the settings of a project may apply."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable

from otorepair_like.config import Config, ProjectSettings, resolve
from otorepair_like.errors import StoreError
from otorepair_like.trust.projects import DECLINED, TRUSTED, forget, remember
from otorepair_like.ui.text import safe


def trust(folder: str, *, take_back: bool) -> int:
    """Show what the settings of the project in ``folder`` need trust for, trust them, and return the exit code.

    Args:
        take_back: forget the answer instead.

    Raises:
        OtorepairError: the settings cannot be read, or the answer cannot be kept.
    """
    config = resolve({"workspace": folder} if folder else {}, os.environ, os.getcwd())
    project = config.project or ProjectSettings(os.path.join(config.workspace, "otorepair.toml"), {})
    if take_back:
        had = forget(project.folder, os.environ)
        print(f"{safe(project.folder)} is {'no longer' if had else 'not'} trusted")
        return 0
    _show(project, sys.stdout.write)
    _remember(project, TRUSTED)
    print(f"trusted: {safe(project.folder)}; programs of its virtual environment may run too")
    return 0


def ask_at_first_start(config: Config, resolve_again: Callable[[], Config]) -> Config:
    """Ask at the terminal whether the settings of a project may hold; return the settings of the run."""
    project = config.project
    asks = sys.stdin.isatty() and sys.stderr.isatty() and not (config.quiet or config.json)
    if project is None or not asks or project.answer(os.environ):
        return config
    _show(project, sys.stderr.write)
    sys.stderr.write("otorepair: trust these settings? [y/N] ")
    sys.stderr.flush()
    said = sys.stdin.readline().strip().lower()
    _remember(project, TRUSTED if said in ("y", "yes") else DECLINED)
    return resolve_again()


def _show(project: ProjectSettings, write: Callable[[str], object]) -> None:
    if project.widening:
        write(f"{safe(project.path)} has settings that run something or allow more than you do:\n")
    for name, value in project.widening.items():
        write(f"  {name} = {safe(json.dumps(value, ensure_ascii=False))}\n")


def _remember(project: ProjectSettings, answer: str) -> None:
    try:
        remember(project.folder, project.digest, answer, os.environ)
    except OSError as error:
        why = error.strerror or str(error)
        raise StoreError("cannot keep the answer", why, "make your state folder writable") from None
