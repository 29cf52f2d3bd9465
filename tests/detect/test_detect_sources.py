"""Places in generated files, and file names without folders, are found in the workspace."""

from __future__ import annotations

import json
import time
from base64 import b64encode
from pathlib import Path

import pytest

from otorepair_like.detect import Detector
from otorepair_like.incident import Frame

MAPPINGS = ";;AAEA,sBAEC;AAFD,SAAgB,KAAK,CAAC,IAAU;IAC9B,OAAO,IAAI,CAAC,KAAM,CAAC,MAAM,CAAC;AAC5B,CAAC"
"""What tsc writes for three lines of a cart."""
GENERATED = """\
"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.total = total;
function total(cart) {
    return cart.lines.length;
}
"""


def place(workspace: Path, frame: str, head: str = "TypeError: lines") -> Frame:
    detector = Detector(workspace)
    text = f"{head}\n    at {frame}\n".encode()
    (incident,) = detector.feed("stderr", text, 0.0) + detector.flush(0.0)
    assert incident.own_frame is not None
    return incident.own_frame


def written(workspace: Path, told: object, url: str = "cart.js.map") -> str:
    """Write a generated file and its map; return the frame that a runtime would print."""
    dist = workspace / "dist"
    dist.mkdir(parents=True)
    (workspace / "src").mkdir()
    (workspace / "src" / "cart.ts").write_text("")
    (dist / "cart.js").write_text(f"{GENERATED}//# sourceMappingURL={url}\n")
    (dist / "cart.js.map").write_text(told if isinstance(told, str) else json.dumps(told))
    return f"total ({dist}/cart.js:5:23)"


def source_map(**changed: object) -> dict[str, object]:
    return {"version": 3, "sources": ["../src/cart.ts"], "mappings": MAPPINGS} | changed


def test_a_map_beside_the_generated_file_leads_to_the_source(tmp_path: Path) -> None:
    frame = place(tmp_path, written(tmp_path, source_map()))
    assert (frame.file, frame.line, frame.own) == (str(tmp_path / "src" / "cart.ts"), 4, True)


def test_a_map_inside_the_generated_file_does_too(tmp_path: Path) -> None:
    inline = b64encode(json.dumps(source_map()).encode()).decode()
    frame = place(tmp_path, written(tmp_path, "", f"data:application/json;charset=utf-8;base64,{inline}"))
    assert (frame.file, frame.line) == (str(tmp_path / "src" / "cart.ts"), 4)


@pytest.mark.parametrize("name", ["webpack://shop/./src/cart.ts", "webpack:///./src/cart.ts?a1b2"])
def test_a_bundlers_scheme_is_relative_to_the_project(tmp_path: Path, name: str) -> None:
    frame = place(tmp_path, written(tmp_path, source_map(sources=[name])))
    assert (frame.file, frame.line) == (str(tmp_path / "src" / "cart.ts"), 4)


def test_a_moved_generated_file_is_the_same_failure(tmp_path: Path) -> None:
    found = []
    for name, told in (("a", MAPPINGS), ("b", ";" + MAPPINGS)):
        workspace = tmp_path / name
        frame = written(workspace, source_map(mappings=told)).replace(":5:", f":{5 + (name == 'b')}:")
        detector = Detector(workspace)
        text = f"TypeError: lines\n    at {frame}\n".encode()
        found += detector.feed("stderr", text, 0.0) + detector.flush(0.0)
    assert found[0].fingerprint == found[1].fingerprint


@pytest.mark.parametrize(
    "told",
    [
        "",
        "{",
        "[" * 100_000,
        source_map(version=2),
        source_map(mappings=7),
        source_map(sources=[None]),
        source_map(sources=["../../../../../etc/passwd"]),
        source_map(sources=["file:///etc/passwd"]),
        source_map(mappings="!!!!;????,,,;" + "g" * 5000),
        source_map(mappings=";" * 6_000_000),
        source_map(mappings=";;;;" + "AAgggggggggggggggggggggggggggggggB," * 100),
    ],
    ids=[
        "empty",
        "broken",
        "deep",
        "old",
        "number",
        "none",
        "outside",
        "file",
        "rubbish",
        "huge",
        "large numbers",
    ],
)
def test_a_hostile_map_leads_nowhere_and_costs_little(tmp_path: Path, told: object) -> None:
    frame = written(tmp_path, told)
    began = time.process_time()
    found = place(tmp_path, frame)
    assert time.process_time() - began < 1
    assert (found.file, found.line) == (str(tmp_path / "dist" / "cart.js"), 5)


def test_maps_outside_the_workspace_are_not_read(tmp_path: Path) -> None:
    frame = written(tmp_path / "elsewhere", source_map())
    (tmp_path / "shop").mkdir()
    assert place(tmp_path / "shop", frame).line == 5
    inside = tmp_path / "elsewhere" / "dist"
    (tmp_path / "shop" / "dist").symlink_to(inside)
    assert place(tmp_path / "shop", f"total ({tmp_path}/shop/dist/cart.js:5:23)").line == 5


@pytest.mark.parametrize(
    "path",
    ["src/main/java/com/acme/Rates.java", "api/src/main/kotlin/com/acme/Rates.java", "com/acme/Rates.java"],
)
def test_a_class_is_found_by_its_package(tmp_path: Path, path: str) -> None:
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_text("")
    frame = place(tmp_path, "com.acme.Rates.of(Rates.java:12)", "java.lang.IllegalStateException: none")
    assert (frame.file, frame.line) == (path, 12)


def test_a_class_that_is_not_there_keeps_its_name(tmp_path: Path) -> None:
    frame = place(tmp_path, f"com.acme.{'x' * 300}.of({'R' * 300}.java:12)", "java.lang.Error: none")
    assert frame.file == "R" * 300 + ".java"
