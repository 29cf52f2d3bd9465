"""Rules are learned from repairs, promoted or dropped by a person, and added to prompts."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

from otorepair_like.attempt import Attempt, Verdict
from otorepair_like.memory.rows import SCHEMAS
from otorepair_like.memory.rules import PROMOTED_AT_MOST, Rule, State, learn
from otorepair_like.memory.store import FILE, Store

DIFF = (
    '--- a/app.py\n+++ b/app.py\n@@ -1 +1 @@\n-{0} = os.environ["{1}"]\n+{0} = os.environ.get("{1}", "{2}")\n'
)


def cured(number: int, name: str, diff: str = "", verdict: Verdict = Verdict.VERIFIED) -> Attempt:
    """Return a repair of a missing variable."""
    changed = diff or DIFF.format(name.lower(), name, number)
    fingerprint = f"{number:012x}"
    return Attempt(
        f"{number:06x}",
        float(number),
        "python app.py",
        fingerprint,
        fingerprint,
        "KeyError",
        f"'{name}'",
        "app.py",
        1,
        "recipes",
        "",
        verdict,
        "up",
        changed,
        1.0,
    )


THREE = [cured(1, "PORT"), cured(2, "HOST"), cured(3, "USER")]


def test_three_cures_in_the_same_way_propose_a_rule_with_its_evidence() -> None:
    [rule] = learn(THREE)
    assert rule.state is State.PROPOSED
    assert rule.condition == "KeyError: <…>"
    assert (
        rule.repair
        == 'write `user = os.environ.get("USER", "3")` in the place of `user = os.environ["USER"]`'
    )
    assert rule.evidence == ("000001", "000002", "000003")


def test_two_are_not_enough_and_other_ways_or_failures_do_not_count() -> None:
    assert not learn(THREE[:2])
    assert not learn([*THREE[:2], cured(3, "USER", "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n")])
    assert not learn([*THREE[:2], cured(3, "USER", verdict=Verdict.FAILED)])
    assert not learn([*THREE[:2], replace(cured(3, "USER"), type="ValueError")])


def test_a_judged_rule_keeps_its_judgement_and_gets_fresh_evidence(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    for attempt in THREE:
        store.add(attempt)
    [proposed] = store.rules()
    assert not store.lessons()
    store.keep_rule(replace(proposed, state=State.PROMOTED))
    store.add(cured(4, "MODE"))
    [promoted] = store.rules()
    assert promoted.state is State.PROMOTED
    assert promoted.evidence == ("000001", "000002", "000003", "000004")
    assert store.lessons() == [str(promoted)]
    store.keep_rule(replace(promoted, state=State.DROPPED))
    assert [rule.state for rule in store.rules()] == [State.DROPPED]
    assert not store.lessons()
    store.close()


def test_what_one_otorepair_promotes_another_that_runs_tells_its_agent(tmp_path: Path) -> None:
    running, other = Store.open(tmp_path), Store.open(tmp_path)
    assert not running.lessons()
    other.keep_rule(Rule("abcdef", State.PROMOTED, "KeyError", "give it a default", ("1",)))
    assert running.lessons() == ["KeyError: give it a default"]
    running.close()
    other.close()


def test_no_more_than_ten_are_told(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    for number in range(15):
        store.keep_rule(Rule(f"{number:06x}", State.PROMOTED, f"E{number}", "cure", ()))
    assert len(store.lessons()) == PROMOTED_AT_MOST == 10
    store.close()


def test_a_history_of_the_version_before_is_upgraded_and_keeps_its_attempts(tmp_path: Path) -> None:
    (tmp_path / ".otorepair").mkdir()
    with sqlite3.connect(tmp_path / ".otorepair" / FILE) as old:
        for statement in SCHEMAS[0]:
            old.execute(statement)
        row = (
            *("x",) * 1,
            1.0,
            "cmd",
            "fp",
            "lfp",
            "E",
            "m",
            "f.py",
            1,
            "claude",
            "opus",
            "failed",
            "r",
            "",
            2.0,
            0.1,
            9,
        )
        old.execute(f"INSERT INTO attempts VALUES ({', '.join('?' * 17)})", row)
        old.execute("PRAGMA user_version = 1")
    old.close()
    store = Store.open(tmp_path)
    [attempt] = store.recent(5)
    assert (attempt.id, attempt.cost_usd, attempt.tokens) == ("x", 0.1, 0)
    assert store.rules() == []
    store.close()
