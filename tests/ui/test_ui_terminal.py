"""What a person sees, approved as text; and how it behaves."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otorepair_like.events import Event, IncidentSeen, Notice
from otorepair_like.ui.render import DIFF_LINES
from otorepair_like.ui.style import Style
from tests.support import stories
from tests.support.screens import PLAIN, TTY, Tape, approve

STYLES = {"terminal": TTY, "plain": PLAIN}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    "story", [stories.healed, stories.given_up, stories.living, stories.hostile, stories.asked]
)
def test_the_screen_is_as_approved(style: str, story: object) -> None:
    approve(f"{story.__name__}-{style}", Tape(STYLES[style]).play(story()))  # type: ignore[operator, attr-defined]


@pytest.mark.parametrize("verbosity", [1, 2, 3])
def test_each_v_shows_more(verbosity: int) -> None:
    tape = Tape(PLAIN, verbosity=verbosity)
    approve(f"verbose-{verbosity}", tape.play([*stories.healed(), *stories.given_up(), *stories.living()]))


def test_quiet_shows_nothing() -> None:
    everything = [*stories.healed(), *stories.given_up(), *stories.living()]
    assert Tape(TTY, verbosity=3, quiet=True).play(everything) == ""


def test_a_change_of_many_files_is_readable() -> None:
    approve("many-files", Tape(Style(False, True, True)).play([stories.applied(stories.MANY_FILES)]))


def test_a_long_diff_is_cut_with_a_count_and_whole_with_v() -> None:
    count = DIFF_LINES + 25
    diff = f"--- a/x\n+++ b/x\n@@ -0,0 +1,{count} @@\n" + "".join(f"+line {n}\n" for n in range(count))
    assert "... 25 more lines" in Tape(PLAIN).play([stories.applied(diff)])
    assert f"+ line {count - 1}" in Tape(PLAIN, verbosity=1).play([stories.applied(diff)])


def test_the_status_counts_the_seconds_and_goes_when_the_attempt_ends() -> None:
    tape = Tape(TTY)
    tape.play([stories.started(), 14.0, stories.said("0.03", "cost")])
    assert "#a1f3 claude · attempt 1/3 · 14 s · $0.03 · ctrl-c stops it" in tape.parts[-1]
    due = tape.terminal.tick(tape.now)
    assert due == pytest.approx(tape.now + 0.125)
    tape.terminal(stories.ended())
    assert tape.parts[-2] == "[]\n"
    assert tape.terminal.tick(tape.now) is None


def test_the_spinner_turns() -> None:
    tape = Tape(Style(False, True, True))
    tape.play([stories.started(), 0.125, 0.125, 0.125, 0.125])
    assert [part[1] for part in tape.parts] == ["◐", "◓", "◑", "◒", "◐"]


def test_without_a_terminal_nothing_moves() -> None:
    tape = Tape(PLAIN)
    tape.play([stories.started(), 1.0])
    assert tape.parts == ["otorepair: #a1f3 claude - attempt 1/3\n"]


@pytest.mark.parametrize("columns", [20, 40, 80])
def test_lines_fit_the_terminal_but_for_those_that_must_be_read_whole(columns: int) -> None:
    long = "wide 漢字 " * 40
    tape = Tape(Style(False, True, True), columns=columns)
    tape.play([stories.said(long), stories.applied(stories.DIFF.replace("8000", "8" * 500))])
    assert all(len(one) <= columns for one in tape.text.splitlines())
    tape.play([Notice(text=long)])
    assert tape.parts[-1].endswith(long.strip() + "\n")


def test_an_incident_keeps_its_place_and_id_however_long_its_message() -> None:
    incident = replace(stories.INCIDENT, message="x" * 500)
    shown = Tape(Style(False, True, True), columns=60).play([stories.START, IncidentSeen(incident=incident)])
    shown = shown.splitlines(keepends=True)[-1]
    assert shown.endswith("…  app/main.py:12  #a1f3\n")
    assert len(shown) == 60


def test_colour_carries_no_meaning() -> None:
    story = [*stories.healed(), *stories.given_up(), *stories.living()]
    coloured = Tape(Style(True, True, False)).play(story)
    assert re.sub(r"␛\[[0-9;]*m", "", coloured) == Tape(Style(False, True, False)).play(story)


TEXT = st.text(max_size=40) | st.sampled_from(
    ["\x1b[2J", "\r", "\x9b", "\u202e", "\x00", "\n\n", "@@ -1 +1 @@\n+"]
)


@given(
    st.lists(TEXT, min_size=3, max_size=3),
    st.sampled_from([TTY, PLAIN]),
    st.integers(0, 3),
    st.integers(1, 100),
)
def test_no_text_can_drive_the_terminal(texts: list[str], style: Style, verbosity: int, columns: int) -> None:
    one, two, three = texts
    incident = replace(stories.INCIDENT, type=one, message=two, evidence=(three,), before=(one,))
    events: list[Event] = [
        IncidentSeen(incident=incident, ignored=three),
        stories.started(agent=one),
        stories.said(two),
        stories.applied("--- a/x\n+++ b/x\n@@ -0,0 +1,2 @@\n+" + one + "\n+" + two),
        stories.applied(three),
        stories.ended(proof=three, agent=two, fingerprint=one),
        Notice(text=two),
    ]
    tape = Tape(style._replace(color=False), verbosity=verbosity, columns=columns)
    tape.play([*events])
    for part in tape.parts:
        assert part.endswith("\n")
        assert not set(part) & {"\x1b", "\r", "\x9b", "\u202e", "\x00", "\x08", "\u2028"}
    "".join(tape.parts).encode()
