"""The documents say what is true: commands exist, settings and codes are complete, links lead somewhere."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from otorepair_like.cli.commands import Command
from otorepair_like.cli.names import SUB_COMMANDS
from otorepair_like.cli.parse import RUN, Parser
from otorepair_like.cli.program import argv_of
from otorepair_like.config import resolve
from otorepair_like.errors import CANNOT_EXECUTE, DEFECT, GAVE_UP, INTERRUPTED, NOT_FOUND, TERMINATED, USAGE
from otorepair_like.kinds import EVERYDAY, options_of
from otorepair_like.loop.keys import Key
from otorepair_like.options import BY_NAME, OPTIONS

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
PAGES = [
    ROOT / name
    for name in (
        "README.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "docs/configuration.md",
        "docs/events.md",
        "docs/agents.md",
        "docs/supervision.md",
    )
] + sorted(ROOT.glob("examples/*/README.md"))
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROJECT_FILE = next(text for language, text in BLOCK.findall(README) if language == "toml")


def commands(page: Path) -> Iterator[str]:
    """What a page tells its reader to type, comments removed."""
    for language, text in BLOCK.findall(page.read_text("utf-8")):
        for line in text.splitlines():
            if language == "console" and line.startswith("$ "):
                yield line.removeprefix("$ ").partition("  #")[0].strip()
            elif not language and line.startswith("otorepair "):
                yield line


def named(heading: str) -> set[str]:
    """What stands in backquotes in the first column of the table under ``heading``."""
    section = README.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return {
        name
        for row in re.findall(r"^\| (`.+?) \|", section, re.MULTILINE)
        for name in re.findall(r"`([^`]+)`", row)
    }


OURS = sorted({command for page in PAGES for command in commands(page) if command.startswith("otorepair ")})
SCRIPTS = sorted(
    {c.split()[0] for page in PAGES for c in commands(page) if c.startswith(("scripts/", ".ci/"))}
)


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_that_is_named_is_there_and_runs_as_it_is_named(script: str) -> None:
    assert os.access(ROOT / script, os.X_OK)
    subprocess.run(["bash", "-n", ROOT / script], check=True)


def test_the_readme_begins_with_the_demo_and_the_tests() -> None:
    assert list(commands(ROOT / "README.md"))[:2] == ["scripts/demo", "scripts/test"]


@pytest.mark.parametrize("command", OURS)
def test_a_command_of_ours_is_understood(command: str, tmp_path: Path) -> None:
    args = shlex.split(command)[1:]
    place = RUN.word_of(args)
    name = args.pop(place) if place is not None and args[place] in SUB_COMMANDS else "run"
    if name == "run":
        parsed = RUN.parse(args)
        resolve(parsed.given, {"HOME": str(tmp_path)}, str(tmp_path))
        assert parsed.wants or argv_of(parsed)
    else:
        kind = Command.registered[name]
        kind(Parser(options_of(kind)).parse(args))


def test_every_sub_command_is_in_the_readme() -> None:
    assert {f"otorepair {name}" for name in SUB_COMMANDS} <= named("Running it")


def test_the_project_file_of_the_readme_is_one(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(PROJECT_FILE)
    config = resolve({}, {"HOME": str(tmp_path)}, str(tmp_path))
    assert (config.backend, config.attempts, config.healthy_after) == ("claude", 2, 5)


def test_every_everyday_option_is_in_the_readme_and_no_other() -> None:
    named_there = {name.split()[0] for name in named("Options") if name.startswith("--")}
    assert named_there == {f"--{option.name}" for option in OPTIONS if option.place == EVERYDAY}


def test_every_exit_code_is_in_the_readme() -> None:
    ours = (USAGE, DEFECT, GAVE_UP, CANNOT_EXECUTE, NOT_FOUND, INTERRUPTED, TERMINATED)
    assert named("Exit codes") == {"n", *map(str, ours)}


def test_every_backend_and_every_key_is_explained() -> None:
    allowed = BY_NAME["backend"].kind.expects.removeprefix("one of ").split(", ")
    assert named("Who repairs") == set(allowed)
    assert set(Key.registered) <= named("Running it")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    text = BLOCK.sub("", page.read_text("utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, anchor = target.partition("#")
        if re.match(r"\w+:", target):
            assert target.startswith("https://"), target
            continue
        file = page.parent / path if path else page
        assert file.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", one).lower().replace(" ", "-") for one in headings}, (
                target
            )
