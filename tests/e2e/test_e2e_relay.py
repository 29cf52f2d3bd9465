"""The child's bytes arrive as they were written: any length, any content, each stream by itself."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.otorepair import COMMAND, running

MIB = 1024 * 1024
LONG_LINE = f"import sys; sys.stdout.write('x' * {10 * MIB} + '\\n')"
BINARY = (
    "import hashlib, os, sys\n"
    "sums = hashlib.sha256(), hashlib.sha256()\n"
    f"block = os.urandom({MIB})\n"
    "for number in range(51):\n"
    "    for descriptor, total in zip((1, 2), sums):\n"
    "        data = bytes([number]) + block[number:] + b'Traceback \\x00\\xff\\x1b[31m'\n"
    "        total.update(data)\n"
    "        while data:\n"
    "            data = data[os.write(descriptor, data):]\n"
    "open('sums', 'w').write(' '.join(total.hexdigest() for total in sums))\n"
)
INTERLEAVED = (
    "import os\n"
    "for number in range(2000):\n"
    "    os.write(1, b'out %d\\n' % number)\n"
    "    os.write(2, b'err %d\\n' % number)\n"
)


def relayed(program: str, workspace: Path, home: Path) -> tuple[int, bytes, bytes]:
    """Exit code, stdout and stderr of ``program`` under otorepair, with nothing of otorepair's own."""
    (workspace / "app.py").write_text(program)
    with running(["-q", "--backend", "none", "--", sys.executable, "app.py"], workspace, home) as run:
        code = run.wait()
        return code, run.out.data, run.err.data


def test_a_line_of_10_mib_arrives_whole(workspace: Path, home: Path) -> None:
    code, out, err = relayed(LONG_LINE, workspace, home)
    assert (code, err) == (0, b"")
    assert hashlib.sha256(out).digest() == hashlib.sha256(b"x" * 10 * MIB + b"\n").digest()


def test_100_mib_of_binary_arrive_identical_on_both_streams(workspace: Path, home: Path) -> None:
    code, out, err = relayed(BINARY, workspace, home)
    assert code == 0
    sums = " ".join(hashlib.sha256(data).hexdigest() for data in (out, err))
    assert (workspace / "sums").read_text() == sums
    assert len(out) + len(err) > 100 * MIB


def test_4000_interleaved_lines_keep_their_stream_and_order(workspace: Path, home: Path) -> None:
    code, out, err = relayed(INTERLEAVED, workspace, home)
    assert code == 0
    assert out == b"".join(b"out %d\n" % n for n in range(2000))
    assert err == b"".join(b"err %d\n" % n for n in range(2000))


def test_a_pipeline_separates_the_streams_and_stdin_reaches_the_child(workspace: Path, home: Path) -> None:
    (workspace / "app.py").write_text(
        "import sys\nfor line in sys.stdin: print(line.upper(), end='')\nprint('end of input', file=sys.stderr)\n"
    )
    command = f"printf 'one\\ntwo\\n' | {COMMAND} -q '{sys.executable} app.py' 2>err >out"
    subprocess.run(
        ["sh", "-c", command], cwd=workspace, env={"HOME": str(home), "PATH": "/usr/bin:/bin"}, check=True
    )
    assert (workspace / "out").read_text() == "ONE\nTWO\n"
    assert (workspace / "err").read_text() == "end of input\n"


def test_a_prompt_without_newline_and_a_progress_bar_come_at_once(workspace: Path, home: Path) -> None:
    program = (
        "import sys, time\n"
        "for stream, text in ((sys.stdout, 'name? '), (sys.stderr, '\\r50 %')):\n"
        "    stream.write(text)\n    stream.flush()\n"
        "time.sleep(60)\n"
    )
    (workspace / "app.py").write_text(program)
    with running(["-q", "--backend", "none", "python app.py"], workspace, home) as run:
        run.prints("^name\\? $")
        run.shows("^\r50 %$")


@pytest.mark.parametrize("option", ["-q", "--json"])
def test_nothing_of_ours_comes_on_stdout(option: str, workspace: Path, home: Path) -> None:
    (workspace / "app.py").write_text("print('mine')\nraise SystemExit(7)\n")
    with running([option, "--backend", "recipes", "python app.py"], workspace, home) as run:
        assert run.wait() == 4
        assert run.out.text == "mine\n"
        assert (run.err.text == "") is (option == "-q")
