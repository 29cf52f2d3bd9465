"""The house stays one that a newcomer finds their way in: small rooms, small modules, one name for one thing."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "otorepair_like"
MODULES = list(PACKAGE.rglob("*.py"))


def test_no_module_has_more_than_400_lines() -> None:
    lines = {path.relative_to(PACKAGE): len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert {path: count for path, count in lines.items() if count > 400} == {}


def test_no_folder_has_24_modules_or_more() -> None:
    rooms: defaultdict[Path, list[str]] = defaultdict(list)
    for path in MODULES:
        rooms[path.parent].append(path.name)
    full = {room.relative_to(PACKAGE): len(names) for room, names in rooms.items() if len(names) >= 24}
    assert full == {}


def test_no_class_name_stands_for_two_things() -> None:
    places: defaultdict[str, list[str]] = defaultdict(list)
    for path in MODULES:
        if "hook" in path.parts:
            continue  # runs in the user's program and imports nothing of ours
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef):
                places[node.name].append(str(path.relative_to(PACKAGE)))
    assert {name: files for name, files in places.items() if len(files) > 1} == {}
