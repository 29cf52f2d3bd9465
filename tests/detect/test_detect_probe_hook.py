"""The hook in real programs: its records, and that the program does not notice it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from otorepair_like.supervise.python_probe import HOOK, RECORDS, VARIABLE
from tests.support.probe import (
    clean_environment,
    interpreter,
    next_record,
    probe,
    run_plain,
    run_probed,
)

CRASH = """\
class Cart:
    def __init__(self):
        self.prices = {"apple": 1}
        self.password = "hunter2"

    def total(self):
        return self.prices["pear"]


def main():
    cart, api_token, note = Cart(), "abc", "a \\"é😀\\n"
    return cart.total()


main()
"""
LOOK = """\
import os, sys
seen = [list(sys.path), dict(os.environ), sorted(sys.modules), sorted(sys.path_importer_cache), sys.flags]
import json, threading
same = [sys.excepthook is sys.__excepthook__, threading.excepthook is threading.__excepthook__]
print(json.dumps([*seen, *same, [type(finder).__name__ for finder in sys.meta_path]]))
"""


def write(folder: Path, text: str, name: str = "app.py") -> Path:
    file = folder / name
    file.write_text(text)
    return file


def test_main_ends_of_an_exception(tmp_path: Path) -> None:
    app = write(tmp_path, CRASH)
    ended = run_probed(tmp_path, "app.py")
    assert ended.code == 1
    assert (ended.record["how"], ended.record["python"]) == ("main", sys.executable)
    assert (ended.error["type"], ended.error["message"]) == ("KeyError", "'pear'")
    assert [frame[:3] for frame in ended.error["frames"]] == [
        [str(app), "<module>", 15],
        [str(app), "main", 12],
        [str(app), "total", 7],
    ]
    assert ended.error["frames"][-1][3:6] == [7, 15, 34]
    assert ended.error["keys"] == [["self.prices", ["'apple'"]]]


def test_variables_are_shown_and_secrets_are_not(tmp_path: Path) -> None:
    write(tmp_path, CRASH)
    ended = run_probed(tmp_path, "app.py")
    held = {name: (kind, value) for name, kind, value in ended.error["frames"][1][6]}
    assert held["cart"] == ("Cart", "Cart(prices={'apple': 1}, password=[secret])")
    assert held["api_token"] == ("str", "[secret]")
    assert held["note"] == ("str", repr('a "é😀\n'))
    assert b"hunter2" not in b"".join(ended.lines)


def test_what_is_printed_and_the_exit_code_stay_the_same(tmp_path: Path) -> None:
    for text in (
        CRASH,
        "raise SystemExit(7)",
        "raise KeyboardInterrupt",
        "import nothing_of_that_name",
        "x =",
    ):
        write(tmp_path, text)
        plain, probed = run_plain(tmp_path, "app.py"), run_probed(tmp_path, "app.py")
        assert (probed.stdout, probed.stderr, probed.code) == (plain.stdout, plain.stderr, plain.code)


@pytest.mark.parametrize(
    "stop", ["raise SystemExit('bye')", "raise KeyboardInterrupt", "import sys; sys.exit(3)"]
)
def test_a_program_that_is_ended_has_not_failed(tmp_path: Path, stop: str) -> None:
    assert run_probed(tmp_path, "-c", stop).records == []


@pytest.mark.parametrize("path", [None, "/nowhere/a:/nowhere/b"])
def test_the_program_sees_nothing_but_one_variable(tmp_path: Path, path: str | None) -> None:
    write(tmp_path, LOOK)
    env = {} if path is None else {"PYTHONPATH": path}
    plain, probed = (json.loads(run(tmp_path, "app.py", env=env).stdout) for run in (run_plain, run_probed))
    assert probed[1].pop(VARIABLE)
    assert "Finder" in probed[-1]  # until the last watched module is imported
    probed[-1].remove("Finder")
    assert probed == plain


def test_the_last_watched_import_takes_the_finder_away(tmp_path: Path) -> None:
    write(tmp_path, "import logging, subprocess, traceback\n" + LOOK)
    plain, probed = (json.loads(run(tmp_path, "app.py").stdout) for run in (run_plain, run_probed))
    assert probed[-1] == plain[-1]


def test_a_thread_ends_of_an_exception(tmp_path: Path) -> None:
    write(
        tmp_path,
        "import threading\ndef work():\n    1/0\n"
        "one = threading.Thread(target=work, name='worker')\none.start()\none.join()\n",
    )
    ended = run_probed(tmp_path, "app.py")
    assert (ended.record["how"], ended.record["where"]) == ("thread", "worker")
    assert ended.error["type"] == "ZeroDivisionError"
    assert "Exception in thread worker" in ended.stderr


def test_an_exception_in_del_is_told(tmp_path: Path) -> None:
    write(tmp_path, "class A:\n    def __del__(self):\n        1/0\nA()\nprint('on')\n")
    ended = run_probed(tmp_path, "app.py")
    assert (ended.record["how"], ended.error["type"], ended.stdout) == (
        "unraisable",
        "ZeroDivisionError",
        "on\n",
    )


def test_a_task_nobody_awaits_is_told_once(tmp_path: Path) -> None:
    write(
        tmp_path,
        "import asyncio, gc\nasync def work():\n    raise LookupError('lost')\n"
        "async def main():\n    asyncio.create_task(work())\n    await asyncio.sleep(0)\n    gc.collect()\n"
        "asyncio.run(main())\n",
    )
    ended = run_probed(tmp_path, "app.py")
    assert (ended.record["how"], ended.record["where"]) == ("logged", "asyncio")
    assert (ended.error["type"], ended.error["message"]) == ("LookupError", "lost")


def test_a_cancelled_task_is_no_failure(tmp_path: Path) -> None:
    write(
        tmp_path,
        "import asyncio, logging\nlogging.basicConfig()\nasync def main():\n"
        "    task = asyncio.create_task(asyncio.sleep(9))\n"
        "    await asyncio.sleep(0)\n    task.cancel()\n    try:\n        await task\n"
        "    except asyncio.CancelledError:\n        logging.exception('stopped')\nasyncio.run(main())\n",
    )
    assert run_probed(tmp_path, "app.py").records == []


def test_causes_and_contexts_come_along(tmp_path: Path) -> None:
    write(
        tmp_path,
        "try:\n    try:\n        1/0\n    except Exception as error:\n        raise ValueError('two') from error\n"
        "except Exception:\n    raise RuntimeError('three')\n",
    )
    error = run_probed(tmp_path, "app.py").error
    assert (error["type"], error["context"]["type"], error["context"]["cause"]["type"]) == (
        "RuntimeError",
        "ValueError",
        "ZeroDivisionError",
    )


@pytest.mark.skipif(sys.version_info < (3, 11), reason="groups came with 3.11")
def test_a_group_has_its_leaves(tmp_path: Path) -> None:
    write(tmp_path, "raise ExceptionGroup('many', [ValueError(1), ExceptionGroup('in', [KeyError('a')])])\n")
    error = run_probed(tmp_path, "app.py").error
    assert error["message"] == "many (2 sub-exceptions)"
    assert [leaf["type"] for leaf in error["leaves"]] == ["ValueError", "ExceptionGroup"]
    assert error["leaves"][1]["leaves"][0]["message"] == "'a'"


def test_a_module_that_does_not_parse(tmp_path: Path) -> None:
    broken = write(tmp_path, "def f(:\n    pass\n", "broken.py")
    write(tmp_path, "import broken\n")
    error = run_probed(tmp_path, "app.py").error
    assert (error["type"], error["message"]) == ("SyntaxError", "invalid syntax")
    assert error["syntax"] == [str(broken), 1, "def f(:\n"]


@pytest.mark.parametrize(
    ("program", "subject", "name"),
    [
        ("class Cart:\n    total = 1\nCart().totl", "Cart", "total"),
        ("import os\nos.getcwdd()", "module os", "getcwd"),
        ("from os import getcwdd", "module os", "getcwd"),
        ("class Cart:\n    total = 1\nCart.totl", "class Cart", "total"),
        ("def first(): pass\nfrist()", "", "first"),
    ],
)
def test_the_names_there_are(tmp_path: Path, program: str, subject: str, name: str) -> None:
    write(tmp_path, program)
    error = run_probed(tmp_path, "app.py").error
    assert error.get("subject", "") == subject
    assert name in error["names"]


def test_no_code_of_the_program_runs_to_show_a_value(tmp_path: Path) -> None:
    write(
        tmp_path,
        """\
import os, time
class Trap:
    def __init__(self): self.size = 3
    def __repr__(self): os.write(1, b"repr"); time.sleep(60)
    __str__ = __hash__ = __len__ = __iter__ = __dir__ = __bool__ = __repr__
    def __eq__(self, other): os.write(1, b"eq"); return True
    def __getattr__(self, name): os.write(1, b"getattr"); raise RuntimeError
    __class__ = property(lambda self: os.write(1, b"class"))
def work():
    trap, traps, deep = Trap(), [Trap()], {}
    deep["self"] = deep
    huge, long = 10 ** 100_000, "x" * 10_000_000
    return {}["key"]
work()
""",
    )
    ended = run_probed(tmp_path, "app.py")
    assert ended.stdout == ""
    held = {name: value for name, _kind, value in ended.error["frames"][-1][6]}
    assert held["trap"] == "Trap(size=3)"
    assert held["huge"].startswith("<int of")
    assert len(held["long"]) < 200


def test_a_record_stays_small_whatever_the_program_holds(tmp_path: Path) -> None:
    write(
        tmp_path,
        "import sys\nsys.setrecursionlimit(5000)\n"
        "def down(n, **more):\n    return down(n + 1, **more)\n"
        "down(0, **{f'x{n}': [\"é\" * 500] * 50 for n in range(300)})\n",
    )
    ended = run_probed(tmp_path, "app.py")
    assert ended.error["type"] == "RecursionError"
    assert len(ended.lines[0]) < 64 * 1024


def test_a_str_that_fails_is_the_programs_business(tmp_path: Path) -> None:
    write(tmp_path, "class Bad(Exception):\n    def __str__(self): raise ValueError\nraise Bad\n")
    assert run_probed(tmp_path, "app.py").error["message"] == "<exception str() failed>"


def test_a_sitecustomize_and_a_usercustomize_of_the_user_still_run(tmp_path: Path) -> None:
    write(tmp_path, "import sys\nprint('site', __file__, sys.path[0])\n", "sitecustomize.py")
    write(tmp_path, "print('user')\n", "usercustomize.py")
    script = write(tmp_path, "import sitecustomize; print(sitecustomize.__file__); 1/0")
    env = {"PYTHONPATH": str(tmp_path)}
    plain = run_plain(tmp_path, str(script), env=env)
    probed = run_probed(tmp_path, str(script), env=env)
    assert (probed.stdout, probed.stderr) == (plain.stdout, plain.stderr)
    assert probed.stdout.startswith("site ")
    assert probed.error["type"] == "ZeroDivisionError"


def test_a_sitecustomize_that_fails_fails_as_before(tmp_path: Path) -> None:
    write(tmp_path, "1/0\n", "sitecustomize.py")
    env = {"PYTHONPATH": str(tmp_path)}
    plain, probed = run_plain(tmp_path, "-c", "1", env=env), run_probed(tmp_path, "-c", "1", env=env)
    assert "ZeroDivisionError" in plain.stderr
    assert (probed.stderr, probed.code) == (plain.stderr, plain.code)


@pytest.mark.parametrize(
    "hook",
    [
        "sys.excepthook = lambda kind, value, trace: print('Oops:', value)",
        "before = sys.excepthook\ndef mine(*given):\n    print('mine')\n    before(*given)\nsys.excepthook = mine",
        "def mine(*given):\n    sys.__excepthook__(*given)\nsys.excepthook = mine",
    ],
)
def test_a_program_with_an_excepthook_of_its_own(tmp_path: Path, hook: str) -> None:
    write(tmp_path, f"import sys\n{hook}\n1/0\n")
    plain, probed = run_plain(tmp_path, "app.py"), run_probed(tmp_path, "app.py")
    assert (probed.stdout, probed.stderr) == (plain.stdout, plain.stderr)
    assert (probed.record["how"], probed.error["type"]) == ("main", "ZeroDivisionError")


def test_what_a_framework_logs_is_told_even_if_the_logger_drops_it(tmp_path: Path) -> None:
    write(
        tmp_path,
        "import logging\nlog = logging.getLogger('django.request')\nlog.addHandler(logging.NullHandler())\n"
        "try:\n    1/0\nexcept Exception:\n    log.error('Internal Server Error: /', exc_info=True)\n"
        "    log.warning('not so bad', exc_info=True)\nlog.error('nothing was raised')\n",
    )
    ended = run_probed(tmp_path, "app.py")
    assert (ended.record["how"], ended.record["where"], ended.stderr) == ("logged", "django.request", "")


def test_a_handler_that_breaks_shows_the_same_stack(tmp_path: Path) -> None:
    write(
        tmp_path,
        "import logging\nclass Broken(logging.StreamHandler):\n    def format(self, record): raise OSError('full')\n"
        "log = logging.getLogger('x')\nlog.addHandler(Broken())\n"
        "try:\n    1/0\nexcept Exception:\n    log.exception('no', stack_info=True, stacklevel=1)\n",
    )
    plain, probed = run_plain(tmp_path, "app.py"), run_probed(tmp_path, "app.py")

    def stack(text: str) -> str:
        return text.partition("Call stack:")[2]

    assert "Call stack" in plain.stderr
    assert stack(probed.stderr) == stack(plain.stderr)


def test_a_file_that_only_has_the_name_of_a_library_module(tmp_path: Path) -> None:
    write(tmp_path, "value = 3\n", "logging.py")
    write(tmp_path, "1/0\n", "json.py")
    write(tmp_path, "import logging\nprint(logging.value)\n{}[1]\n")
    ended = run_probed(tmp_path, "app.py")
    assert (ended.stdout, ended.error["type"]) == ("3\n", "KeyError")


def test_an_import_that_fails_inside_a_watched_module_shows_no_frame_of_ours(tmp_path: Path) -> None:
    write(tmp_path, "1/0\n", "logging.py")
    write(tmp_path, "import logging\n")
    plain, probed = run_plain(tmp_path, "app.py"), run_probed(tmp_path, "app.py")
    assert probed.stderr == plain.stderr


@pytest.mark.parametrize("flag", ["-I", "-E", "-S"])
def test_without_its_environment_python_is_not_probed(tmp_path: Path, flag: str) -> None:
    ended = run_probed(tmp_path, flag, "-c", "1/0")
    assert (ended.records, ended.code) == ([], 1)


@pytest.mark.parametrize(
    ("start", "probed"),
    [
        ("subprocess.run(child)", True),
        ("subprocess.run(child, env={**os.environ, 'RUN_MAIN': 'true'}, close_fds=False)", True),
        ("subprocess.run(child, env=os.environ)", True),
        ("subprocess.run(child, env=os.environ.copy(), close_fds=True)", True),
        ("os.system(f\"'{sys.executable}' child.py\")", True),
        ("os.execve(sys.executable, child, dict(os.environ))", True),
        ("os.execv(sys.executable, child)", True),
        ("multiprocessing.get_context('spawn').Process(target=child_module.work).start()", True),
        ("subprocess.run(child, env={'PATH': os.environ['PATH']})", False),
        ("os.environ.pop('_OTOREPAIR_PROBE'); subprocess.run(child, env=dict(os.environ))", False),
    ],
)
def test_subprocesses_are_probed_if_they_inherit_the_environment(
    tmp_path: Path, start: str, probed: bool
) -> None:
    write(
        tmp_path,
        "import os, sys\nprint(os.environ.get('PYTHONPATH'), [p for p in sys.path if 'hook' in p], flush=True)\n"
        "{}['child']",
        "child.py",
    )
    write(tmp_path, "def work():\n    print('None []', flush=True)\n    {}['child']\n", "child_module.py")
    write(
        tmp_path,
        "import multiprocessing, os, subprocess, sys, child_module\nchild = [sys.executable, 'child.py']\n"
        f"if __name__ == '__main__':\n    {start}\n",
    )
    ended = run_probed(tmp_path, "app.py")
    assert ended.stdout == "None []\n"
    assert [record["error"]["message"] for record in ended.records] == ["'child'"] * probed


def test_a_command_that_is_not_there_fails_as_before(tmp_path: Path) -> None:
    write(
        tmp_path,
        "import os, subprocess\nsubprocess.run(['/nowhere/x'], env=dict(os.environ), close_fds=True)\n",
    )
    plain, probed = run_plain(tmp_path, "app.py"), run_probed(tmp_path, "app.py")
    assert probed.stderr == plain.stderr


def test_a_fork_and_a_child_that_closes_everything_are_heard(tmp_path: Path) -> None:
    write(
        tmp_path,
        "import os\nif os.fork() == 0:\n    os.closerange(3, 256)\n    {}['forked']\nos.wait()\n",
    )
    assert run_probed(tmp_path, "app.py").error["message"] == "'forked'"


def test_a_worker_of_multiprocessing_is_heard(tmp_path: Path) -> None:
    write(
        tmp_path,
        "import multiprocessing\ndef work():\n    {}['worker']\nif __name__ == '__main__':\n"
        "    one = multiprocessing.get_context('spawn').Process(target=work)\n    one.start()\n    one.join()\n",
    )
    ended = run_probed(tmp_path, "app.py")
    assert (ended.record["how"], ended.error["message"]) == ("printed", "'worker'")
    assert "Process SpawnProcess-1" in ended.stderr


def fill(pipe: int) -> bool:
    try:
        return os.write(pipe, b"x" * 1024) > 0
    except BlockingIOError:
        return False


def test_a_storm_is_told_in_part_and_a_full_pipe_makes_nobody_wait(tmp_path: Path) -> None:
    write(
        tmp_path,
        "import logging, time\nlog = logging.getLogger('uvicorn.error')\nlog.addHandler(logging.NullHandler())\n"
        "big = {f'key{n}': 'x' * 100 for n in range(100)}\nbegun = time.monotonic()\n"
        "for n in range(5000):\n    try:\n        big[n]\n    except KeyError:\n        log.exception('failed')\n"
        "print(time.monotonic() - begun)\n",
    )
    with probe() as opened:
        environment = opened.environment(clean_environment())
        filler = os.open(opened.path, os.O_WRONLY | os.O_NONBLOCK)
        while fill(filler):
            pass
        done = subprocess.run(
            [sys.executable, "app.py"],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            timeout=20,
            check=True,
        )
        os.close(filler)
        assert float(done.stdout) < 5
    assert 0 < len(run_probed(tmp_path, "app.py").records) <= 60


def test_nobody_reads_any_more(tmp_path: Path) -> None:
    with probe() as opened:
        environment = opened.environment(clean_environment())
    done = subprocess.run(
        [sys.executable, "-c", "1/0"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.endswith("ZeroDivisionError: division by zero\n")


def test_a_web_request_is_named(tmp_path: Path) -> None:
    write(
        tmp_path,
        "def application(environ, start):\n    return environ['no.such.key']\n"
        "application({'REQUEST_METHOD': 'GET', 'PATH_INFO': '/cart', 'QUERY_STRING': 'id=3'}, None)\n",
    )
    assert run_probed(tmp_path, "app.py").record["request"] == ["GET", "/cart?id=3"]


@pytest.mark.parametrize("version", ["3.8", "3.12", "3.13"])
def test_other_pythons_tell_the_same(tmp_path: Path, version: str) -> None:
    app = write(tmp_path, CRASH)
    python = interpreter(version)
    plain, probed = (
        run_plain(tmp_path, str(app), python=python),
        run_probed(tmp_path, str(app), python=python),
    )
    assert probed.stderr == plain.stderr
    assert probed.record["version"].startswith(version)
    assert [frame[1:3] for frame in probed.error["frames"]] == [["<module>", 15], ["main", 12], ["total", 7]]


@pytest.mark.parametrize("version", ["2.7", "3.6"])
def test_pythons_of_old_are_left_alone(tmp_path: Path, version: str) -> None:
    python = interpreter(version)
    program = ("-c", "import sys; print([p for p in sys.path if 'hook' in p]); 1/0")
    plain, probed = (
        run_plain(tmp_path, *program, python=python),
        run_probed(tmp_path, *program, python=python),
    )
    assert (probed.stdout, probed.stderr, probed.records) == (plain.stdout, plain.stderr, [])


def test_warnings_as_errors_do_not_meet_the_probe(tmp_path: Path) -> None:
    write(tmp_path, CRASH)
    options = ("-W", "error", "-X", "dev", "-bb")
    plain, probed = run_plain(tmp_path, *options, "app.py"), run_probed(tmp_path, *options, "app.py")
    assert probed.stderr == plain.stderr
    assert probed.error["type"] == "KeyError"


def test_a_record_comes_while_threads_live_on(tmp_path: Path) -> None:
    write(
        tmp_path,
        "import sys, threading\nthreading.Thread(target=sys.stdin.read).start()\n1/0\n",
    )
    with probe() as opened:
        program = subprocess.Popen(
            [sys.executable, "app.py"],
            cwd=tmp_path,
            env=opened.environment(clean_environment()),
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        try:
            assert next_record(opened)["how"] == "main"
            assert program.poll() is None
        finally:
            program.communicate()


def test_two_programs_that_fail_at_once_do_not_mix(tmp_path: Path) -> None:
    write(tmp_path, CRASH)
    with probe() as opened:
        environment = opened.environment(clean_environment())
        programs = [
            threading.Thread(
                target=subprocess.run,
                args=([sys.executable, "app.py"],),
                kwargs={"cwd": tmp_path, "env": environment, "stderr": subprocess.DEVNULL, "check": False},
            )
            for _ in range(6)
        ]
        for program in programs:
            program.start()
        for program in programs:
            program.join()
        assert len(opened.read()) == 6


def test_the_folder_on_the_path_holds_nothing_but_the_hook() -> None:
    names = {name for name in os.listdir(HOOK) if name.endswith(".py")}
    ours = ("marks", "probe", "report", "request")
    assert names == {"sitecustomize.py", *(f"otorepair_{name}.py" for name in ours)}


def test_a_flood_in_the_pipe_is_read_in_bites() -> None:
    with probe() as opened:
        pipe = os.open(opened.path, os.O_WRONLY | os.O_NONBLOCK)
        os.write(pipe, b"\nfirst\n" + b"x\n" * 10_000)
        assert len(opened.read()) == RECORDS
        for _ in range(4):  # one line, longer than any may be
            os.write(pipe, b"y" * 40_000)
            assert opened.read() == []
        os.write(pipe, b"y\nafter\n")
        os.close(pipe)
        assert opened.read()[-1] == b"after"
