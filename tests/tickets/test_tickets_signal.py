"""Signals are kept as JSON and read back as they were; what anybody else wrote is refused in one line."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otorepair_like.incident import Incident
from otorepair_like.json_codec import DecodeError
from otorepair_like.tickets import signal as signals
from otorepair_like.tickets.signal import (
    CommandPasses,
    Expect,
    HealthMode,
    NotAskable,
    ProgramHealthy,
    RequestAnswers,
    Signal,
    TestsPass,
)
from otorepair_like.tickets.ticket import Ticket

TEXT, SECONDS = st.text(max_size=20), st.floats(0, 1e9)
SIGNALS = st.one_of(
    st.builds(
        ProgramHealthy,
        st.sampled_from(HealthMode),
        SECONDS,
        st.none() | st.tuples(TEXT, TEXT),
        st.booleans(),
    ),
    st.builds(CommandPasses, TEXT, st.sampled_from(Expect), TEXT, SECONDS),
    st.builds(TestsPass, TEXT, st.lists(TEXT, max_size=3).map(tuple), TEXT, SECONDS),
    st.builds(RequestAnswers, TEXT, TEXT, TEXT, st.integers(), TEXT, SECONDS),
    st.builds(NotAskable, TEXT),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    [
        "mode",
        "seconds",
        "request",
        "by_itself",
        "command",
        "expect",
        "pattern",
        "timeout",
        "why",
        "ids",
        "below",
    ]
)
KINDS = st.sampled_from(["ProgramHealthy", "CommandPasses", "TestsPass", "RequestAnswers", "NotAskable"])


@given(SIGNALS)
def test_a_signal_comes_back_from_json_as_it_was(signal: Signal) -> None:
    assert signals.from_json(json.loads(json.dumps(signals.to_json(signal)))) == signal
    assert signal.describe()


@given(JSON | st.builds(lambda kind, rest: {"signal": kind, **rest}, KINDS, st.dictionaries(FIELDS, JSON)))
def test_any_other_json_is_a_signal_or_an_error_of_one_line(data: object) -> None:
    signal = read(data)
    if isinstance(signal, str):
        assert signal
        assert "\n" not in signal
    else:
        assert signals.from_json(signals.to_json(signal)) == signal


def read(data: object) -> Signal | str:
    """Return the signal in ``data``, or the message of the error."""
    try:
        return signals.from_json(data)
    except DecodeError as error:
        return str(error)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, "signal: none of ProgramHealthy, CommandPasses, TestsPass, RequestAnswers, NotAskable"),
        ({"signal": "Rm -rf"}, "signal: none of ProgramHealthy"),
        ({"signal": ["CommandPasses"]}, "signal: none of ProgramHealthy"),
        ({"signal": "CommandPasses"}, "CommandPasses.command is missing"),
        ({"signal": "CommandPasses", "command": 3}, "CommandPasses.command: expected a string"),
        ({"signal": "CommandPasses", "command": "x", "timeout": True}, "CommandPasses.timeout: expected"),
        (
            {"signal": "CommandPasses", "command": "x", "expect": "luck"},
            "CommandPasses.expect: expected one of",
        ),
        (
            {"signal": "TestsPass", "runner": "", "ids": "all", "command": ""},
            "TestsPass.ids: expected an array",
        ),
    ],
)
def test_an_error_names_the_field(data: object, message: str) -> None:
    with pytest.raises(DecodeError, match=message):
        signals.from_json(data)


def test_the_key_of_a_ticket_is_what_is_wrong() -> None:
    crash = Incident("KeyError", "'PORT'", fingerprint="aaaaaaaaaaaa")
    healthy = ProgramHealthy(HealthMode.STAYS_UP, 3.0)
    assert Ticket.of_incident(crash, healthy).key == crash.fingerprint

    red = Ticket("1", CommandPasses("make"), source="make", title="a")
    again = Ticket("2", CommandPasses("make"), source="make", title="b", incident=crash)
    assert red.key == again.key, "title, id and incident do not matter: the command does"
    assert red.key != Ticket("3", CommandPasses("make test"), source="make").key
    assert red.key != Ticket("4", CommandPasses("make"), source="ci").key
