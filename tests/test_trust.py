"""Seals, the user's folders, and which settings of a project hold without trust."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from otorepair_like.attempt import Attempt, Verdict
from otorepair_like.options import BY_NAME
from otorepair_like.plain_text import code_span, spelt_out
from otorepair_like.repair.evidence import Evidence, report
from otorepair_like.trust import seal as seals
from otorepair_like.trust.home import config_folder, home, state_folder
from otorepair_like.trust.programs import absolute_path
from otorepair_like.trust.projects import DECLINED, TRUSTED, answer_for, is_trusted_folder, remember
from otorepair_like.trust.seal import is_sealed, seal
from otorepair_like.trust.widening import without_trust
from otorepair_like.ui.text import safe


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "otorepair"


def test_a_seal_holds_for_its_kind_place_and_content_only(state: Path, tmp_path: Path) -> None:
    given = seal("journal", tmp_path, b"content")
    assert is_sealed("journal", tmp_path, b"content", given)
    assert not is_sealed("evidence", tmp_path, b"content", given)
    assert not is_sealed("journal", tmp_path.parent, b"content", given)
    assert not is_sealed("journal", tmp_path, b"content!", given)
    for forged in (None, 3, "", "é", given[:-1], given.upper()):
        assert not is_sealed("journal", tmp_path, b"content", forged)


def test_the_key_is_the_users_alone_and_another_users_key_seals_nothing(state: Path, tmp_path: Path) -> None:
    given = seal("journal", tmp_path, b"x")
    assert (state / "key").stat().st_mode & 0o777 == 0o600
    (state / "key").write_bytes(b"\0" * 32)
    seals._key.cache_clear()
    assert not is_sealed("journal", tmp_path, b"x", given)


@pytest.mark.parametrize("spoilt", ["readable", "short", "link"])
def test_a_key_that_a_repository_could_have_brought_is_not_used(
    state: Path, tmp_path: Path, spoilt: str
) -> None:
    state.mkdir(parents=True)
    known = tmp_path / "known"
    known.write_bytes(b"k" * (8 if spoilt == "short" else 32))
    known.chmod(0o644 if spoilt == "readable" else 0o600)
    if spoilt == "link":
        (state / "key").symlink_to(known)
    else:
        known.rename(state / "key")
    script = "from otorepair_like.trust.seal import seal; print(seal('journal', '/x', b'x'))"
    said = {subprocess.check_output([sys.executable, "-c", script]) for _ in range(2)}
    assert len(said) == 2  # each process has one of its own, which nobody else believes


def test_many_processes_agree_on_one_new_key(state: Path) -> None:
    script = "from otorepair_like.trust.seal import seal; print(seal('journal', '/x', b'x'))"
    running = [subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) for _ in range(8)]
    assert len({process.communicate()[0] for process in running}) == 1
    assert os.listdir(state) == ["key"]


def test_folders_named_by_relative_variables_are_the_users_own_after_all() -> None:
    own = home({})
    assert os.path.isabs(own)
    for relative in ("", ".", "x"):
        environ = {"HOME": relative, "XDG_CONFIG_HOME": relative, "XDG_STATE_HOME": relative}
        assert config_folder(environ) == f"{own}/.config/otorepair"
        assert state_folder(environ) == f"{own}/.local/state/otorepair"
    assert config_folder({"XDG_CONFIG_HOME": "/c", "HOME": "/h"}) == "/c/otorepair"
    assert absolute_path(":/a:.:b/c:/d:") == "/a:/d"


def test_an_answer_is_about_a_folder_and_a_digest(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path)}
    folder = str(tmp_path / "w")
    assert answer_for(folder, "d", environ) == ""
    remember(folder, "d", DECLINED, environ)
    assert not is_trusted_folder(folder, environ)
    remember(folder, "d", TRUSTED, environ)
    assert answer_for(folder, "d", environ) == TRUSTED
    assert answer_for(folder, "e", environ) == ""
    assert answer_for(str(tmp_path), "d", environ) == ""
    assert is_trusted_folder(f"{folder}/inner", environ)
    assert not is_trusted_folder(tmp_path, environ)


NARROWS = [
    ("approve", "never", "auto"), ("approve", "ask", "auto"), ("max-files", 2, 8), ("max-cost", 1.0, 0.0),
    ("healthy-after", 9.0, 3.0), ("auto.confidence", 0.9, 0.8), ("backend", "recipes", "auto"),
    ("backend", "none", "recipes"),
    ("allowed-paths", ("a/**",), ()), ("yes", False, True), ("watch", ("src",), ()), ("replay", "safe", "all"),
    ("ready-url", "http://localhost:8000/", ""), ("agent-shell", False, True), ("verify", (), ("make",)),
]  # fmt: skip
WIDENS = [
    ("approve", "auto", "never"), ("approve", "ask", "never"), ("max-files", 9, 8), ("max-cost", 0.0, 1.0),
    ("max-cost", 2.0, 1.0), ("healthy-after", 1.0, 3.0), ("auto.confidence", 0.1, 0.8), ("backend", "command", "auto"),
    ("backend", "recipes", "none"), ("backend", "auto", "claude"), ("allowed-paths", ("b/**",), ("a/**",)),
    ("yes", True, False), ("replay", "all", "safe"), ("ready-url", "http://10.0.0.1/", ""),
    ("agent-shell", True, False),
    ("verify", ("make",), ()), ("script", "x", ""), ("agent-command", "x", ""), ("workspace", "..", ""),
    ("allow", ("tls",), ()), ("fix-environment", ("folders",), ()), ("chains.simple", ("claude",), ()),
    ("ready-log", "x", ""),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value", "current"), NARROWS)
def test_what_narrows_holds_without_trust(name: str, value: object, current: object) -> None:
    assert without_trust(BY_NAME[name], value, current) == (value, True)


@pytest.mark.parametrize(("name", "value", "current"), WIDENS)
def test_what_widens_needs_trust(name: str, value: object, current: object) -> None:
    assert without_trust(BY_NAME[name], value, current) == (current, False)


def test_blocked_paths_of_a_project_are_added_and_free_nothing() -> None:
    held = without_trust(BY_NAME["blocked-paths"], ("a", "!.env"), ("b",))
    assert held == (("b", "a"), False)


def test_a_model_is_never_taken_for_an_option() -> None:
    for text in ("--dangerously-skip-permissions", "claude:--x"):
        assert not BY_NAME["fix-model"].kind.check(text)
        assert not BY_NAME["chains.simple"].kind.check((text,))
    assert BY_NAME["fix-model"].kind.check("anthropic/claude-x@2:beta")


def test_nothing_in_a_report_can_drive_a_terminal_or_end_a_quotation() -> None:
    text = "x\x1b]0;title\x07 <b> [a](http://x) ![i](http://x) `` # head\n```\n</log>\u202e"
    span = code_span(text)
    assert "\n" not in span
    assert span.startswith("````")
    assert not {"\x1b", "\x07", "\u202e"} & set(span)
    assert spelt_out("a\tb\nc\x00") == "a\tb\nc\\x00"
    assert safe("a\nb\tc\x1b") == "a\\x0ab    c\\x1b"
    attempt = Attempt(
        "abc123",
        0.0,
        "python app.py",
        "f",
        "l",
        "ValueError",
        text,
        "app.py",
        1,
        "a",
        "",
        Verdict.FAILED,
        text,
        text,
        1.0,
    )
    evidence = Evidence(attempt, {"evidence": [text]}, text, findings=(text,), proof=(text,))
    lines = report(evidence).splitlines()
    assert not [line for line in lines if "\x1b" in line]
    outside, fence = [], ""
    for line in lines:
        if fence:
            fence = "" if line == fence else fence
        elif line.startswith("```"):
            fence = "`" * (len(line) - len(line.lstrip("`")))
        else:
            outside.append(re.sub(r"(`+).*?\1(?!`)", "", line))
    assert not [line for line in outside if "<b>" in line or "](" in line or line.startswith("# head")]
