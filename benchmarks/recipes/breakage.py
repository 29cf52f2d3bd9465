"""What a breakage is, and where they are written down: ``cases/*.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent

Change = tuple[str, str, str]
"""File, text that stands there once, text that is put there; file and two empty texts: the file goes; ``("old", "",
"-> new")``: it moves."""


@dataclass(frozen=True, slots=True)
class Breakage:
    """One way to break an application.

    Args:
        name: short, unique within its application.
        family: the family of recipes it asks.
        changes: what is done to the sources.
        kind: ``slip`` (a recipe can know the answer), ``trap`` (no correct answer can be known: nothing may be
            changed), ``fault`` (an algorithm is wrong: nothing may be changed, whatever it leads to).
        says: for a trap: a word the diagnosis must hold.
    """

    name: str
    family: str
    changes: tuple[Change, ...]
    kind: str = "slip"
    says: str = ""

    def apply(self, root: Path) -> None:
        """Break the application in ``root``."""
        for file, old, new in self.changes:
            path = root / file
            if not old and new.startswith("-> "):
                target = root / new[3:]
                target.parent.mkdir(parents=True, exist_ok=True)
                path.rename(target)
            elif not old and not new:
                path.unlink()
            elif not old:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(new, encoding="utf-8")
            else:
                text = path.read_text(encoding="utf-8")
                if text.count(old) != 1:
                    raise ValueError(f"{self.name}: {old!r} stands {text.count(old)} times in {file}")
                path.write_text(text.replace(old, new), encoding="utf-8")


def breakages(app: str) -> list[Breakage]:
    """The breakages of an application."""
    data = tomllib.loads((HERE / "cases" / f"{app}.toml").read_text(encoding="utf-8"))
    return [
        Breakage(**each | {"changes": tuple((file, old, new) for file, old, new in each["changes"])})
        for each in data["breakage"]
    ]
