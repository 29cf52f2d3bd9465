"""The documents are true: commands and settings work, tables are complete, links lead somewhere."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from otorepair_like.attempt import Verdict
from otorepair_like.cli.names import SUB_COMMANDS
from otorepair_like.cli.parse import RUN, Parser
from otorepair_like.cli.program import argv_of
from otorepair_like.cli.subcommands import Command
from otorepair_like.config import resolve
from otorepair_like.errors import CANNOT_EXECUTE, DEFECT, GAVE_UP, INTERRUPTED, NOT_FOUND, TERMINATED, USAGE
from otorepair_like.kinds import EVERYDAY, options_of
from otorepair_like.loop.keys import Key
from otorepair_like.options import BY_NAME, OPTIONS
from otorepair_like.trust.projects import TRUSTED, remember

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("examples/*/README.md")])
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")


def commands(page: Path) -> Iterator[str]:
    """Yield the commands that a page tells its reader to type, comments removed."""
    for language, text in BLOCK.findall(page.read_text("utf-8")):
        for line in text.splitlines():
            if language == "console" and line.startswith("$ "):
                yield line.removeprefix("$ ").partition("  #")[0].strip()
            elif not language and line.startswith("otorepair "):
                yield line


def named(page: str, heading: str) -> set[str]:
    """Return the code in the first column of the table under ``heading``."""
    section = (ROOT / page).read_text("utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return {
        name
        for row in re.findall(r"^\| (`.+?) \|", section, re.MULTILINE)
        for name in re.findall(r"`([^`]+)`", row)
    }


def targets(page: Path) -> Iterator[tuple[Path, str]]:
    """Yield file and anchor of every link of ``page`` to another file of the project."""
    for target in LINK.findall(BLOCK.sub("", page.read_text("utf-8"))):
        path, _, anchor = target.partition("#")
        if re.match(r"\w+:", target):
            assert target.startswith("https://"), target
        else:
            yield (page.parent / path).resolve() if path else page, anchor


OURS = sorted({command for page in PAGES for command in commands(page) if command.startswith("otorepair ")})
SCRIPTS = sorted(
    {c.split()[0] for page in PAGES for c in commands(page) if c.startswith(("scripts/", ".ci/"))}
)
SETTINGS = sorted(
    {
        (str(page.relative_to(ROOT)), text)
        for page in PAGES
        for language, text in BLOCK.findall(page.read_text("utf-8"))
        if language == "toml" and "entry-points" not in text
    }
)


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_that_is_named_is_there_and_runs_as_it_is_named(script: str) -> None:
    assert os.access(ROOT / script, os.X_OK)
    subprocess.run(["bash", "-n", ROOT / script], check=True)


def test_the_readme_begins_with_how_to_install_and_how_to_run_and_stays_short() -> None:
    install, run, demo, *_ = commands(README)
    assert install == "pip install ."
    assert run == 'otorepair "uvicorn app:main --reload"'
    assert demo == "otorepair demo"
    assert len(README.read_text("utf-8").splitlines()) <= 120


@pytest.mark.parametrize("command", OURS)
def test_a_command_of_ours_is_understood(command: str, tmp_path: Path) -> None:
    args = shlex.split(command.partition(" | ")[0])[1:]
    place = RUN.word_of(args)
    name = args.pop(place) if place is not None and args[place] in SUB_COMMANDS else "run"
    if name == "run":
        parsed = RUN.parse(args)
        resolve(parsed.given, {"HOME": str(tmp_path)}, str(tmp_path))
        assert parsed.wants or argv_of(parsed)
    else:
        kind = Command.registered[name]
        kind(Parser(options_of(kind)).parse(args))


@pytest.mark.parametrize(("page", "text"), SETTINGS, ids=[page for page, _ in SETTINGS])
def test_settings_that_are_shown_are_accepted(page: str, text: str, tmp_path: Path) -> None:
    name = "pyproject.toml" if "[tool.otorepair" in text else "otorepair.toml"
    (tmp_path / name).write_text(text)
    environ = {"HOME": str(tmp_path)}
    if project := resolve({}, environ, str(tmp_path)).project:
        remember(project.folder, project.digest, TRUSTED, environ)
    config = resolve({}, environ, str(tmp_path))
    assert str(tmp_path / name) in config.origins.values()
    if page == "README.md":
        assert (config.backend, config.attempts, config.healthy_after) == ("claude", 2, 5)


def test_every_sub_command_key_code_and_everyday_option_is_on_the_page_on_usage() -> None:
    page = "docs/usage.md"
    assert named(page, "Sub-commands") == {f"otorepair {name}" for name in SUB_COMMANDS}
    assert named(page, "At the terminal") == set(Key.registered)
    options = {name.split()[0] for name in named(page, "Options") if name.startswith("--")}
    assert options == {f"--{option.name}" for option in OPTIONS if option.place == EVERYDAY}
    codes = (USAGE, DEFECT, GAVE_UP, CANNOT_EXECUTE, NOT_FOUND, INTERRUPTED, TERMINATED)
    assert named(page, "Exit codes") == {"n", *map(str, codes)}


def test_every_backend_and_every_verdict_is_explained() -> None:
    allowed = BY_NAME["backend"].kind.expects.removeprefix("one of ").split(", ")
    assert named("docs/agents.md", "Who repairs") == set(allowed)
    explained = re.findall(
        r"^\| `(\w+)` \|", (ROOT / "docs/how-it-works.md").read_text("utf-8"), re.MULTILINE
    )
    assert explained == [verdict.value for verdict in Verdict]


def test_every_page_is_reached_from_the_readme() -> None:
    reached, left = set(), [README]
    while left:
        page = left.pop()
        if page not in reached:
            reached.add(page)
            left += [target for target, _ in targets(page) if target.suffix == ".md"]
    assert set(PAGES) <= reached


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for file, anchor in targets(page):
        assert file.exists(), file
        if anchor:
            headings = re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", one).lower().replace(" ", "-") for one in headings}, (
                anchor
            )
