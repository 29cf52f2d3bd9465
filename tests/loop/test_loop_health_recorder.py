"""The recorder of health: what counts as well, and what a failure, a stop or a proof does to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from otorepair_like import events
from otorepair_like.incident import Incident
from otorepair_like.loop import health_recorder
from otorepair_like.loop.health_recorder import HealthRecorder
from otorepair_like.memory.folder import make_folder
from otorepair_like.reasons import NotRepaired, sentence
from otorepair_like.repair.site import RepairSite
from otorepair_like.workspace.private_copy import PrivateCopy

UP, DOWN = events.ChildStarted(pid=7, start=1), events.ChildExited(status=0, up=1.0)
FAILED = events.IncidentSeen(incident=Incident("KeyError", "'a'", fingerprint="a" * 12))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[RepairSite]:
    workspace = tmp_path / "shop"
    workspace.mkdir()
    (workspace / "app.py").write_text("print(1)\n")
    make_folder(workspace)
    copy = PrivateCopy(workspace, tmp_path / "home")
    yield RepairSite(workspace, copy)
    copy.close()


class Desk:
    """A recorder, and what it says."""

    def __init__(self, site: RepairSite, seconds: float = 60.0) -> None:
        self.site, self.said, self.warmed = site, list[str](), list[Path]()
        self.recorder = HealthRecorder(site, "python app.py", seconds, self.say, [self.warmed.append])

    def say(self, text: str, level: int) -> None:
        self.said.append(text)

    def run(self, *story: events.Event | bytes) -> HealthRecorder:
        """Let things happen, and end; return the recorder of the next run."""
        for step in story:
            if isinstance(step, bytes):
                self.recorder.hear("stdout", step)
            else:
                self.recorder(step)
        self.recorder.close()
        return HealthRecorder(self.site, "python app.py", 60.0, self.say)


def test_what_a_run_that_ended_well_printed_is_known_to_the_next(site: RepairSite) -> None:
    following = Desk(site).run(UP, b"row 1\nrow 2\n", DOWN)
    assert following.health.output is not None
    assert len(following.health.output) == 2


def test_what_a_server_answered_in_health_is_known_to_the_next(site: RepairSite) -> None:
    following = Desk(site).run(
        UP, b'127.0.0.1 - "GET /items HTTP/1.1" 200 OK\n', b'"GET /x HTTP/1.1" 500 -\n'
    )
    assert following.health.status_of(("GET", "/items")) == 200
    assert following.health.status_of(("GET", "/x")) is None


def test_a_run_with_a_failure_teaches_nothing(site: RepairSite) -> None:
    following = Desk(site).run(UP, b"row 1\n", FAILED, DOWN)
    assert following.health.output is None


def test_how_a_program_takes_its_end_says_nothing_of_its_health(site: RepairSite) -> None:
    at_stop = events.IncidentSeen(incident=FAILED.incident, ignored=sentence(NotRepaired.AT_STOP))
    following = Desk(site).run(UP, b'"GET /items HTTP/1.1" 200 OK\n', at_stop)
    assert following.health.status_of(("GET", "/items")) == 200


def test_after_a_wait_for_the_user_it_says_that_the_failure_is_gone(site: RepairSite) -> None:
    desk = Desk(site)
    desk.run(UP, FAILED, events.Waiting(reason="not repaired"), UP, DOWN)
    assert desk.said == ["the failure is gone: exited 0"]


@pytest.mark.anyio
async def test_once_it_was_well_for_long_enough_the_files_are_remembered(
    site: RepairSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health_recorder, "FIRST_COPY_AFTER", 0.0)
    desk = Desk(site, seconds=0.05)
    desk.recorder(UP)
    async with anyio.create_task_group() as group:
        group.start_soon(desk.recorder.watch)
        with anyio.fail_after(20):
            while "it runs well; the files are remembered as they are" not in desk.said:
                await anyio.sleep(0.01)
        group.cancel_scope.cancel()
    (site.workspace / "app.py").write_text("print(2)\n")
    site.copy.sync()
    assert site.copy.since_good().paths == ("app.py",)
