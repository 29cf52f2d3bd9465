"""One run of an agent CLI, with real processes that behave as badly as real agents."""

from __future__ import annotations

import time
from pathlib import Path

import anyio
import psutil
import pytest

from otorepair_like.agents.claude import Claude
from otorepair_like.agents.cli_runner import Call, Lines, run_agent
from otorepair_like.agents.codex import Codex
from otorepair_like.agents.protocol import AgentEvent, Finished, Reason, Retry, Text
from otorepair_like.agents.reader import TextReader
from tests.support.agents_fakes import DATA, Heard, playing, put_on_path, task
from tests.support.agents_launch import RememberingLaunch

pytestmark = pytest.mark.anyio
STREAMS = DATA / "claude"


async def repaired_by(
    body: str, launch: RememberingLaunch, folder: Path, environ: dict[str, str], timeout: float = 20.0
) -> tuple[Finished, Heard, float]:
    put_on_path(Path(environ["PATH"]), "claude", body)
    heard, began = Heard(), time.monotonic()
    finished = await Claude(launch, environ=environ).repair(task(folder, timeout), heard)
    return finished, heard, time.monotonic() - began


async def test_exit_code_0_without_a_result_is_no_success(
    launch: RememberingLaunch, folder: Path, environ: dict[str, str]
) -> None:
    finished, *_ = await repaired_by(playing(STREAMS / "interrupted.ndjson"), launch, folder, environ)
    assert finished.reason is Reason.INTERRUPTED


async def test_the_end_of_the_stream_is_the_end_even_if_the_process_stays(
    launch: RememberingLaunch, folder: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("otorepair_like.agents.cli_runner.END_GRACE", 0.3)
    body = playing(STREAMS / "fix.ndjson", then="time.sleep(60)")
    finished, _, seconds = await repaired_by(body, launch, folder, environ)
    assert finished.reason is Reason.OK
    assert seconds < 10


async def test_a_refused_key_ends_it_at_the_first_retry(
    launch: RememberingLaunch, folder: Path, environ: dict[str, str]
) -> None:
    body = playing(STREAMS / "401.ndjson", then="time.sleep(60)")
    finished, heard, seconds = await repaired_by(body, launch, folder, environ)
    assert finished.reason is Reason.AUTH
    assert "HTTP 401" in finished.text
    assert "claude auth login" in finished.text
    assert len(heard.of(Retry)) == 1
    assert seconds < 10


async def test_a_model_that_does_not_come_back_is_not_waited_for(
    launch: RememberingLaunch, folder: Path, environ: dict[str, str]
) -> None:
    put_on_path(Path(environ["PATH"]), "codex", playing(DATA / "codex" / "500.ndjson", then="time.sleep(60)"))
    heard = Heard()
    finished = await Codex(launch, environ=environ).repair(task(folder), heard)
    assert (finished.reason, finished.text) == (Reason.OVERLOADED, "its model did not answer 3 times")
    assert [event.attempt for event in heard if isinstance(event, Retry)] == [1, 2, 3]


async def test_an_agent_that_hangs_runs_out_of_time(
    launch: RememberingLaunch, folder: Path, environ: dict[str, str]
) -> None:
    finished, *_ = await repaired_by("time.sleep(60)", launch, folder, environ, timeout=0.5)
    assert (finished.reason, finished.text) == (Reason.TIMEOUT, "not done after 0.5 s")


async def test_the_time_limit_covers_a_prompt_that_is_never_read(
    launch: RememberingLaunch, folder: Path, environ: dict[str, str]
) -> None:
    put_on_path(Path(environ["PATH"]), "claude", "time.sleep(60)")
    unread = task(folder, 1.0, prompt="x" * 5_000_000)
    finished = await Claude(launch, environ=environ).repair(unread, Heard())
    assert finished.reason is Reason.TIMEOUT


async def test_a_silent_agent_is_taken_for_dead(
    launch: RememberingLaunch, folder: Path, tmp_path: Path
) -> None:
    put_on_path(tmp_path / "bin", "quiet", "print('hello', flush=True)\ntime.sleep(60)")
    call = Call((str(tmp_path / "bin" / "quiet"),), {}, folder, idle=0.5, timeout=30)
    finished = await run_agent(launch, call, TextReader(), Heard())
    assert (finished.reason, finished.text) == (Reason.TIMEOUT, "silent for 0.5 s")


async def test_cancelling_stops_also_what_ignores_signals_and_what_left_its_session(
    launch: RememberingLaunch, folder: Path, tmp_path: Path
) -> None:
    body = """
        import signal, subprocess
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        shell = subprocess.Popen(["/bin/sleep", "60"], start_new_session=True)
        print(shell.pid, flush=True)
        time.sleep(60)
    """
    put_on_path(tmp_path / "bin", "stubborn", body)
    call = Call((str(tmp_path / "bin" / "stubborn"),), {}, folder)
    heard = Heard()
    async with anyio.create_task_group() as group:

        def stop_when_ready(event: AgentEvent) -> None:
            heard(event)
            group.cancel_scope.cancel()

        group.start_soon(run_agent, launch, call, TextReader(), stop_when_ready)
    [shell] = heard.of(Text)
    assert not psutil.pid_exists(int(shell.text))
    assert not psutil.pid_exists(launch.launched[0].pid)


async def test_a_program_that_is_not_there_is_named(launch: RememberingLaunch, folder: Path) -> None:
    finished = await run_agent(launch, Call(("/nowhere/agent",), {}, folder), TextReader(), Heard())
    assert finished.reason is Reason.NOT_INSTALLED
    assert "/nowhere/agent" in finished.text


async def test_what_is_shown_cannot_drive_the_terminal_or_flood_it(
    launch: RememberingLaunch, folder: Path, tmp_path: Path
) -> None:
    body = r"""
        print("\x1b]0;title\x07\x1b[31mred\x1b[0m \u202egnp.exe\x00\x9b2J " + os.getcwd() + "/app.py")
        print("y" * 100_000)
    """
    put_on_path(tmp_path / "bin", "loud", body)
    env = {"PYTHONIOENCODING": "utf-8"}
    heard = Heard()
    await run_agent(launch, Call((str(tmp_path / "bin" / "loud"),), env, folder), TextReader(), heard)
    first, second = heard.of(Text)
    assert first == Text("red gnp.exe2J app.py")
    assert len(second.text) < 11_000


def test_lines_are_cut_from_any_chunks_and_a_huge_one_is_dropped() -> None:
    lines = Lines(longest=10)
    chunks = [b"one\ntw", b"o\r\n", b"x" * 8, b"x" * 8, b"x\nthree\nre", b"st"]
    assert [line for chunk in chunks for line in lines.cut("stdout", chunk)] == ["one", "two", "three"]
    assert list(lines.flush()) == [("stdout", "rest")]


def test_streams_are_cut_each_by_itself() -> None:
    lines = Lines()
    assert not list(lines.cut("stdout", b"out"))
    assert list(lines.cut("stderr", b"err\xff\n")) == ["err\ufffd"]
    assert list(lines.cut("stdout", b"put\n")) == ["output"]
