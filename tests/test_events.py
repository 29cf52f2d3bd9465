"""Events go out as JSON and come back the same; what is not one is refused in one line."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from otorepair_like import events
from otorepair_like.attempt import Attempt, Verdict
from otorepair_like.incident import Facts, Frame, FrameFacts, Incident, Variable
from otorepair_like.json_codec import DecodeError


def _any_of(kind: type) -> st.SearchStrategy[Any]:
    """Return instances of a dataclass with every field drawn, also those that have a default."""
    return st.builds(kind, **{field.name: ... for field in fields(kind)})


st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))
for part in (Frame, Variable, FrameFacts, Facts, Incident, Attempt, events.Amounts):
    st.register_type_strategy(part, _any_of(part))
any_event = st.one_of([_any_of(kind) for kind in events.kinds().values()])
relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
VALIDATOR = Draft202012Validator(events.schema())
ENDED: dict[str, Any] = {
    "event": "AttemptEnded",
    "proof": "up for 3 s",
    "attempt": {
        "id": "a1f3c2",
        "time": 1.7e9,
        "command": "python app.py",
        "fingerprint": "f" * 12,
        "loose_fingerprint": "e" * 12,
        "type": "KeyError",
        "message": "'PORT'",
        "file": "app.py",
        "line": None,
        "agent": "recipes",
        "model": "",
        "verdict": "verified",
        "reason": "up for 3 s",
        "diff": "",
        "seconds": 4,
    },
}
SEEN: dict[str, Any] = {
    "event": "IncidentSeen",
    "incident": {"type": "E", "message": "", "frames": [{"file": "a.py", "line": 3}]},
}


@relaxed
@given(any_event)
def test_every_event_comes_back_from_json_as_it_was(event: events.Event) -> None:
    text = json.dumps(events.to_json(event), allow_nan=False)
    assert events.from_json(json.loads(text)) == event
    assert events.from_json(events.to_json(event)) == event


@relaxed
@given(any_event)
def test_every_event_fits_the_schema(event: events.Event) -> None:
    VALIDATOR.validate(json.loads(json.dumps(events.to_json(event))))


def test_the_schema_is_one_has_a_version_and_tells_events_apart() -> None:
    schema = events.schema()
    Draft202012Validator.check_schema(schema)
    assert schema["version"] == events.VERSION
    assert {entry["$ref"] for entry in schema["oneOf"]} == {f"#/$defs/{name}" for name in events.kinds()}
    waiting = events.to_json(events.Waiting(reason="a crash stands"))
    for wrong in ({**waiting, "event": "RunEnded"}, {**waiting, "reason": 1}, {"event": "Waiting"}, []):
        assert not VALIDATOR.is_valid(json.loads(json.dumps(wrong)))


def test_an_event_of_an_older_or_newer_version_is_read() -> None:
    event = events.from_json({**ENDED, "mood": "fine", "attempt": {**ENDED["attempt"], "stars": 5}})
    assert isinstance(event, events.AttemptEnded)
    assert event.run == ""
    assert event.attempt.verdict is Verdict.VERIFIED
    assert (event.attempt.seconds, event.attempt.tokens, event.attempt.line) == (4.0, 0, None)
    seen = events.from_json(SEEN)
    assert seen == events.IncidentSeen(incident=Incident("E", "", (Frame("a.py", 3),)))


def _changed(event: dict[str, Any], *path: Any, to: object) -> dict[str, Any]:
    copy = json.loads(json.dumps(event))
    place = copy
    for step in path[:-1]:
        place = place[step]
    if to is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = to
    return dict(copy)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "not an event: expected an object"),
        ([], "not an event: expected an object"),
        ({}, "not an event: no known name in its field 'event'"),
        ({"event": "Event"}, "not an event: no known name in its field 'event'"),
        ({"event": ["Notice"]}, "not an event: no known name in its field 'event'"),
        ({"event": "Notice"}, "Notice.text is missing"),
        ({"event": "Notice", "text": 1}, "Notice.text: expected a string, got an integer"),
        ({"event": "Notice", "text": "", "seq": True}, "Notice.seq: expected an integer, got a boolean"),
        ({"event": "Notice", "text": "", "time": "now"}, "Notice.time: expected a number, got a string"),
        ({"event": "Notice", "text": "", "time": 10**400}, "Notice.time: expected a finite number"),
        ({"event": "Notice", "text": "", "time": float("nan")}, "Notice.time: expected a finite number"),
        (
            _changed(SEEN, "incident", to="x"),
            "IncidentSeen.incident: expected an object, got a string",
        ),
        (_changed(SEEN, "incident", "type", to=...), "IncidentSeen.incident.type is missing"),
        (
            _changed(SEEN, "incident", "frames", to=3),
            "IncidentSeen.incident.frames: expected an array, got an integer",
        ),
        (
            _changed(SEEN, "incident", "frames", 0, "line", to="3"),
            "IncidentSeen.incident.frames[0].line: expected an integer, got a string",
        ),
        (
            _changed(SEEN, "incident", "chain", to=[["E"]]),
            "IncidentSeen.incident.chain[0]: expected 2 items, got 1",
        ),
        (
            _changed(ENDED, "attempt", "verdict", to="good\n"),
            "AttemptEnded.attempt.verdict: expected one of verified, unproven, failed, refused, no_change, "
            "agent_error, interrupted, got a string",
        ),
    ],
)
def test_what_is_no_event_is_refused_in_one_line(value: object, message: str) -> None:
    with pytest.raises(DecodeError) as refused:
        events.from_json(value)
    assert str(refused.value) == message


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=9,
)


@relaxed
@given(any_event, st.data())
def test_a_field_of_any_wrong_kind_is_refused_or_read_and_never_crashes(
    event: events.Event, data: Any
) -> None:
    body = json.loads(json.dumps(events.to_json(event)))
    body[data.draw(st.sampled_from(sorted(body)))] = data.draw(json_values)
    try:
        result: object = events.from_json(body)
    except DecodeError as error:
        result = str(error)
    assert isinstance(result, events.Event) or (isinstance(result, str) and "\n" not in result)


def test_events_of_two_runs_can_be_told_apart() -> None:
    first: list[events.Event] = []
    second: list[events.Event] = []
    for received in (first, second):
        bus = events.Bus()
        bus.subscribe(received.append)
        bus.publish(events.Notice(text="hello"))
        bus.publish(events.RunEnded(code=0, reason="done"))
    assert len({event.run for event in first}) == len({event.run for event in second}) == 1
    assert first[0].run != second[0].run
    assert [event.seq for event in second] == [1, 2]
