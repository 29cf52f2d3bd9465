"""``otorepair doctor``: checks that everything otorepair needs is installed and configured."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from otorepair_like.config import Config, resolve
from otorepair_like.supervise.process.spawner import Spawner

if TYPE_CHECKING:
    from otorepair_like.cli.commands.doctor_checks import Check

CANNOT_WORK = 1
"""Exit code if a run could not work."""


def doctor(given: Mapping[str, str], cwd: str) -> int:
    """Print the checks for a run with the options ``given``; with ``--json`` as an object. Return the exit code.

    Raises:
        UsageError: an option, a file or a variable is not what it should be.
    """
    config = resolve(given, os.environ, cwd)
    checks = _checked(config)
    from otorepair_like.cli.commands.doctor_checks import can_work

    works = can_work(checks)
    if config.json:
        print(json.dumps({"ok": works, "checks": [asdict(check) for check in checks]}, indent=2))
    else:
        _show(checks, config.color)
    return 0 if works else CANNOT_WORK


def _checked(config: Config) -> list[Check]:
    spawner = Spawner.fork()
    try:
        import anyio

        from otorepair_like.cli.commands.doctor_checks import check_all
        from otorepair_like.supervise.process.launch import Launcher

        return anyio.run(check_all, config, Launcher(spawner), os.environ)
    finally:
        spawner.close()


def _show(checks: Sequence[Check], color: str) -> None:
    from otorepair_like.ui.spans import Span, draw, line
    from otorepair_like.ui.style import decide

    style = decide(color, sys.stdout.isatty(), os.environ, sys.stdout.encoding)
    width = max(len(check.name) for check in checks)
    for check in checks:
        sign, kind = ("ok  ", "good") if check.ok else ("FAIL", "bad") if check.needed else ("--  ", "doubt")
        lines = [line(Span(sign, kind), f"  {check.name:<{width}}  {check.detail}")]
        if not check.ok and check.remedy:
            lines.append(line(" " * (width + 8), Span(check.remedy, "dim")))
        for screen_line in lines:
            print(draw(screen_line, color=style.color, columns=None, more=""))
