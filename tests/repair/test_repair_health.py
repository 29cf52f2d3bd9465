"""What a command was like when it was well."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from otorepair_like.attempt import Verdict
from otorepair_like.incident import Incident
from otorepair_like.repair.proof.health import UNKNOWN, Health, digests, load, save
from otorepair_like.repair.proof.proof import Proof
from otorepair_like.tickets.signal import HealthMode, ProgramHealthy
from otorepair_like.tickets.ticket import Ticket
from otorepair_like.trust.seal import seal

TICKET = Ticket.of_incident(
    Incident("KeyError", "'a'", fingerprint="aaa"), ProgramHealthy(HealthMode.STAYS_UP, 3.0)
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("done in 0.31 s", "done in 12 s"),
        ("2026-11-21 04:30:11,123 INFO up", "2027-01-02 05:00:00,001 INFO up"),
        ("<Thing object at 0x7f3a>", "<Thing object at 0x55d1>"),
        ("wrote /tmp/abc/x.txt", "wrote /tmp/xyz/y.txt"),
        ("run 123e4567-e89b-12d3-a456-426614174000", "run 00000000-e89b-12d3-a456-426614174fff"),
        ("listening on port 8123", "listening on port 40001"),
    ],
)
def test_what_differs_from_run_to_run_does_not_count(one: str, other: str) -> None:
    assert digests([one]) == digests([other])


def test_a_result_counts() -> None:
    assert digests(["total 10"]) != digests(["total 0"])
    assert digests(["a", "", "b  "]) == digests(["a", "b"])


def test_health_is_kept_by_command_and_nothing_of_it_can_be_read(tmp_path: Path) -> None:
    file = tmp_path / "health.json"
    health = UNKNOWN.with_status("GET", "/", 200).with_status("GET", "/a", 404)
    save(file, "app --key hunter2", Health(health.statuses, digests(["hunter2"])))
    assert load(file, "app --key hunter2").statuses == {"GET /": 200, "GET /a": 404}
    assert load(file, "another") == UNKNOWN
    assert "hunter2" not in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_text("[1")
    assert load(file, "another") == UNKNOWN


def test_what_others_wrote_of_health_counts_as_never_seen(tmp_path: Path) -> None:
    file = tmp_path / "health.json"
    save(file, "app", Health({"GET /": 200}))
    file.write_text(file.read_text().replace("200", "500"))
    assert load(file, "app") == Health()
    file.write_text("[" * 100_000)
    assert load(file, "app") == Health()


def test_output_digested_by_another_version_counts_as_never_seen(tmp_path: Path) -> None:
    file = tmp_path / "health.json"
    save(file, "app", Health({"GET /": 200}, digests(["a"])))
    assert load(file, "app").output == digests(["a"])
    kept = json.loads(json.loads(file.read_text())["body"])
    for record in kept.values():
        del record["form"]
    body = json.dumps(kept)
    file.write_text(json.dumps({"body": body, "seal": seal("health", tmp_path, body.encode())}))
    assert load(file, "app") == Health({"GET /": 200}, None)


@pytest.mark.parametrize(
    ("healthy", "now", "verdict", "said"),
    [
        (None, ["a"], Verdict.VERIFIED, "exited 0, error gone"),
        ([], ["a"], Verdict.VERIFIED, "exited 0, error gone"),
        (["a", "b"], ["a", "b"], Verdict.VERIFIED, "exited 0, error gone, its output as in health"),
        (["a", "b"], ["b", "c", "a"], Verdict.VERIFIED, "exited 0, error gone, its output as in health"),
        (["a", "b"], [], Verdict.FAILED, "printed less: 0 of 2 lines of its last healthy run came again"),
        (
            ["a", "b", "c"],
            ["a"],
            Verdict.FAILED,
            "printed less: 1 of 3 lines of its last healthy run came again",
        ),
        (["a", "b"], ["a", "x"], Verdict.UNPROVEN, "its output differs: 1 of 2 lines"),
        (["total 1"], ["total 2"], Verdict.UNPROVEN, "its output differs: 0 of 1 lines"),
        (["a"], None, Verdict.VERIFIED, "exited 0, error gone"),
    ],
)
def test_a_command_that_ends_is_held_against_its_last_healthy_run(
    healthy: list[str] | None, now: list[str] | None, verdict: Verdict, said: str
) -> None:
    health = Health(output=None if healthy is None else digests(healthy))
    proof = Proof(TICKET, 0.0, health=health)
    judgement = proof.child_exited(0, None, 0.5, None if now is None else digests(now))
    assert judgement
    assert judgement.verdict is verdict
    assert said in judgement.proof
