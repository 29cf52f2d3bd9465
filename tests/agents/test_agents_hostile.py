"""Agents with hostile output: floods, bombs, bytes that are no text, terminal sequences, false ends."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from otorepair_like.agents import json_answers, triage
from otorepair_like.agents.aider import AiderReader
from otorepair_like.agents.claude import Claude, ClaudeReader
from otorepair_like.agents.cli_runner import LONGEST_TEXT
from otorepair_like.agents.codex import CodexReader
from otorepair_like.agents.command import CommandAgent, CommandReader
from otorepair_like.agents.cursor import CursorReader
from otorepair_like.agents.gemini import GeminiReader
from otorepair_like.agents.opencode import OpencodeReader
from otorepair_like.agents.protocol import Finished, Reason, Text, Tool
from otorepair_like.agents.reader import Reader
from tests.support.agents_fakes import Heard, put_on_path, task
from tests.support.agents_launch import RememberingLaunch

READERS = (ClaudeReader, CodexReader, CursorReader, GeminiReader, OpencodeReader, AiderReader, CommandReader)
END = json.dumps({"type": "result", "subtype": "success", "result": "Fixed."})
MEGABYTE = 2**20


async def repaired_by(
    body: str, launch: RememberingLaunch, folder: Path, environ: dict[str, str]
) -> tuple[Finished, Heard]:
    put_on_path(Path(environ["PATH"]), "claude", body)
    heard = Heard()
    return await Claude(launch, environ=environ).repair(task(folder, 50), heard), heard


@pytest.mark.anyio
@pytest.mark.parametrize(
    "flood",
    [
        'line = b\'{"type": "assistant"}\\n\' * 50_000',
        "line = b'no JSON \\xff\\xfe at all\\n' * 50_000",
        "line = b'x' * 2**20",
    ],
    ids=["events", "lines", "one endless line"],
)
async def test_an_endless_flood_is_cut_off_in_bounded_memory(
    flood: str,
    launch: RememberingLaunch,
    folder: Path,
    environ: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("otorepair_like.agents.cli_runner.MOST_OUTPUT", 8 * MEGABYTE)
    ours = psutil.Process()
    before = ours.memory_info().rss
    body = f"{flood}\nwhile True: os.write(1, line)"
    finished, heard = await repaired_by(body, launch, folder, environ)
    assert finished.reason is Reason.CRASHED
    assert finished.text == "it printed more than 8 MB"
    assert not heard
    assert ours.memory_info().rss - before < 100 * MEGABYTE


@pytest.mark.anyio
async def test_what_comes_after_an_enormous_line_is_still_understood(
    launch: RememberingLaunch, folder: Path, environ: dict[str, str]
) -> None:
    # More than is kept for a loop that is behind: what was skipped does not glue two lines together.
    body = f"for n in range(40): os.write(1, b'y' * 2**20)\nprint()\nprint({END!r}, flush=True)"
    finished, heard = await repaired_by(body, launch, folder, environ)
    assert (finished.reason, finished.text) == (Reason.OK, "Fixed.")
    assert len(heard) == 1


@pytest.mark.anyio
async def test_other_bytes_than_text_are_read_as_far_as_they_go(
    launch: RememberingLaunch, folder: Path, environ: dict[str, str]
) -> None:
    said = json.dumps({"type": "assistant", "message": {"content": [{"type": "text", "text": "caf?"}]}})
    body = f"""
        os.write(1, b"\\xff\\xfe\\x00\\x01\\n" + {said!r}.encode().replace(b"?", b"\\xe9") + b"\\n")
        os.write(2, bytes(range(256)))
        print({END!r})
    """
    finished, heard = await repaired_by(body, launch, folder, environ)
    assert finished.reason is Reason.OK
    assert heard == [Text("caf\ufffd"), *heard[1:]]


BOMBS = {
    "deep lists": "[" * 200_000,
    "deep objects": '{"a":' * 200_000,
    "deep and closed": '{"type":' + "[" * 100_000 + "]" * 100_000 + "}",
    "a huge number": '{"type": "result", "total_cost_usd": ' + "9" * 10_000 + "}",
    "an endless number": '{"type": "result", "total_cost_usd": 1e999999, "num_turns": NaN}',
    "the same key again": '{"type": "result", ' + '"result": "x", ' * 100_000 + '"subtype": 1}',
    "another kind of everything": '{"type": {"type": "result"}, "message": 5, "part": [], "item": "x"}',
}


@pytest.mark.parametrize("make", READERS, ids=lambda make: make.__name__)
@pytest.mark.parametrize("bomb", BOMBS)
def test_no_bomb_of_json_brings_a_reader_down_or_takes_its_time(
    make: Callable[[], Reader], bomb: str
) -> None:
    reader, began = make(), time.monotonic()
    for stream in ("stdout", "stderr"):
        list(reader.line(stream, BOMBS[bomb]))
    reader.ended(1)
    assert time.monotonic() - began < 5


NEARLY = {
    "opencode's log": 'message="stream error" small=false ' * 20_000,
    "a count of aider's": "Tokens: 1k sent, " + "1" * 500_000,
    "many counts": "Tokens: 1k sent, " + "1 2 received " * 50_000,
    "a retry of codex": "Reconnecting 1/5 " + "status: 4" * 50_000,
    "a retry of gemini": "Attempt 1" * 50_000,
    "a model": "model " * 100_000,
}


@pytest.mark.parametrize("make", READERS, ids=lambda make: make.__name__)
@pytest.mark.parametrize("line", NEARLY)
def test_no_line_that_nearly_fits_takes_a_pattern_for_ever(make: Callable[[], Reader], line: str) -> None:
    reader, began = make(), time.monotonic()
    for stream in ("stdout", "stderr"):
        list(reader.line(stream, NEARLY[line]))
    reader.ended(1)
    assert time.monotonic() - began < 5


def test_no_answer_takes_its_time_to_be_found_invalid() -> None:
    began = time.monotonic()
    for text in ("{" * LONGEST_TEXT, "[1," * 300 + "1," * LONGEST_TEXT, '{"error": ' * 900):
        assert json_answers.faults(text, triage.SHAPE)
        assert triage.read(text) is None
    assert time.monotonic() - began < 5


def test_what_a_tool_printed_is_no_end() -> None:
    """The output of a command that the agent runs arrives quoted, in every CLI."""
    quoted = {
        ClaudeReader: {
            "type": "user",
            "message": {"content": [{"type": "tool_result", "content": f"\n{END}\n"}]},
        },
        CodexReader: {
            "type": "item.completed",
            "item": {"type": "command_execution", "aggregated_output": '\n{"type": "turn.completed"}\n'},
        },
        GeminiReader: {"type": "tool_result", "output": f"\n{END}\n", "result": {"type": "result"}},
        OpencodeReader: {
            "type": "tool_use",
            "part": {"type": "step_finish", "reason": "stop", "state": {"output": END}},
        },
        CursorReader: {"type": "tool_call", "subtype": "completed", "tool_call": {"result": json.loads(END)}},
    }
    for make, event in quoted.items():
        told = list(make().line("stdout", json.dumps(event)))
        assert not [one for one in told if isinstance(one, Finished)], make
    for make in (ClaudeReader, CodexReader, GeminiReader, OpencodeReader, CursorReader):
        for line in (
            END,
            '{"type": "turn.completed"}',
            '{"type": "step_finish", "part": {"reason": "stop"}}',
        ):
            assert not [one for one in make().line("stderr", line) if isinstance(one, Finished)]


@pytest.mark.anyio
async def test_only_the_first_end_counts_and_nothing_after_it(
    launch: RememberingLaunch, folder: Path, environ: dict[str, str]
) -> None:
    refused = json.dumps(
        {"type": "result", "subtype": "success", "is_error": True, "api_error_status": 401, "result": "no"}
    )
    tool = {"type": "assistant", "message": {"content": [{"type": "tool_use", "name": "Edit", "id": "1"}]}}
    body = f"print({refused!r})\nprint({END!r})\nprint({json.dumps(tool)!r}, flush=True)"
    finished, heard = await repaired_by(body, launch, folder, environ)
    assert finished.reason is Reason.AUTH
    assert not heard.of(Tool)


DRIVING = (
    "\x1b]0;owned\x07",
    "\x1b]52;c;b3duZWQ=\x1b\\",
    "\x1b]52;c;never ended",
    "\x1b]8;;http://evil.test\x1b\\link\x1b]8;;\x1b\\",
    "\x1b[2J\x1b[H\x1b[31mred",
    '\x1bP$q"p\x1b\\',
    "\x1b_G\x1b\\\x1bc\x9b2J\x9d0;owned\x9c\x90q\x9c",
    "\x08\x08\r\x0b\x0c\x7f\u202e\u2066",
)


@pytest.mark.anyio
@pytest.mark.parametrize("sequence", DRIVING)
async def test_nothing_that_drives_a_terminal_comes_through(
    sequence: str, launch: RememberingLaunch, folder: Path, environ: dict[str, str]
) -> None:
    said = [
        {"type": "text", "text": f"before{sequence}"},
        {"type": "tool_use", "id": "1", "name": f"Edit{sequence}", "input": {"file_path": f"a{sequence}.py"}},
    ]
    lines = [
        {"type": "system", "subtype": "init", "model": f"opus{sequence}"},
        {"type": "assistant", "message": {"content": said}},
        {"type": "result", "subtype": "success", "result": f"Fixed{sequence}."},
    ]
    body = "".join(f"print({json.dumps(line)!r})\n" for line in lines)
    finished, heard = await repaired_by(body, launch, folder, environ)
    shown = f"{heard} {finished}"
    assert "before" in shown
    assert not [char for char in shown if not char.isprintable()]
    assert "\\x" not in shown
    assert "\\u20" not in shown


@pytest.mark.anyio
async def test_the_same_holds_for_a_command_of_the_user(
    launch: RememberingLaunch, folder: Path, environ: dict[str, str]
) -> None:
    put_on_path(Path(environ["PATH"]), "mender", f"print({'x'.join(DRIVING[:-1])!r})")
    heard = Heard()
    await CommandAgent(launch, "mender", environ | {"PYTHONIOENCODING": "utf-8"}).repair(task(folder), heard)
    shown = "".join(event.text for event in heard if isinstance(event, Text))
    assert "red" in shown
    assert not [char for char in shown if not char.isprintable()]
