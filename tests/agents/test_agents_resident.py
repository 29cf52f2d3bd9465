"""An agent that keeps running, as a small program with the protocol of Claude Code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import anyio
import psutil
import pytest

from otorepair_like.agents.claude import Claude
from otorepair_like.agents.cli_agent import Powers
from otorepair_like.agents.protocol import Finished, Reason, Task
from otorepair_like.supervise.process.launch import Launcher
from otorepair_like.supervise.process.spawner import Spawner
from tests.support.agents_fakes import Heard, put_on_path, task
from tests.support.agents_launch import RememberingLaunch

pytestmark = pytest.mark.anyio

ANSWERS = """
import json
answered = 0
for line in sys.stdin:
    said = json.loads(line)["message"]["content"][0]["text"]
    answered += 1
    if "die before" in said:
        os._exit(1)
    print(json.dumps({"type": "system", "subtype": "init", "model": "m"}), flush=True)
    if "die after" in said:
        os._exit(1)
    if "hang" in said:
        time.sleep(600)
    text = f"answer {answered} to {len(said)}"
    print(json.dumps({"type": "result", "subtype": "success", "result": text, "total_cost_usd": 0.5 * answered,
                      "usage": {"input_tokens": 10 * answered, "output_tokens": answered}}), flush=True)
    if "die then" in said:
        os._exit(1)
"""


@pytest.fixture
def claude(launch: RememberingLaunch, environ: dict[str, str]) -> Iterator[Claude]:
    put_on_path(Path(environ["PATH"]), "claude", ANSWERS)
    return Claude(launch, environ=environ, powers=Powers(resident=True))


async def asked(agent: Claude, job: Task) -> Finished:
    return await agent.repair(job, Heard())


async def end(launch: RememberingLaunch) -> None:
    for process in launch.launched:
        await process.stop()


async def test_one_process_answers_one_after_the_other_and_each_answer_has_its_own_cost(
    claude: Claude, launch: RememberingLaunch, folder: Path
) -> None:
    ends = [await asked(claude, task(folder)) for _ in range(3)]
    await end(launch)
    assert [end.text.split(" to ")[0] for end in ends] == ["answer 1", "answer 2", "answer 3"]
    assert [(end.usage.cost_usd, end.usage.tokens_in) for end in ends] == [(0.5, 10)] * 3
    assert len(launch.launched) == 1


async def test_another_failure_is_told_to_a_process_that_knows_of_no_other(
    claude: Claude, launch: RememberingLaunch, folder: Path
) -> None:
    job = task(folder)
    await asked(claude, job)
    other = await asked(claude, replace(job, subject="bbbbbbbbbbbb"))
    await end(launch)
    assert other.text.startswith("answer 1")
    assert len(launch.launched) == 2


async def test_one_that_died_is_started_again(
    claude: Claude, launch: RememberingLaunch, folder: Path
) -> None:
    await asked(claude, task(folder, prompt="The command failed. First die then."))
    finished = await asked(claude, task(folder))
    await end(launch)
    assert (finished.reason, len(launch.launched)) == (Reason.OK, 2)


@pytest.mark.parametrize("how", ["die before", "die after"])
async def test_one_that_dies_at_each_question_is_an_interruption(
    claude: Claude, launch: RememberingLaunch, folder: Path, how: str
) -> None:
    finished = await asked(claude, task(folder, prompt=f"The command failed; {how}."))
    assert finished.reason in (Reason.INTERRUPTED, Reason.CRASHED)
    await end(launch)


async def test_one_that_hangs_is_ended_and_the_next_is_fresh(
    claude: Claude, launch: RememberingLaunch, folder: Path
) -> None:
    hung = await asked(claude, task(folder, timeout=1, prompt="The command failed; hang."))
    assert (hung.reason, hung.text) == (Reason.TIMEOUT, "not done after 1 s")
    assert not psutil.pid_exists(launch.launched[0].pid)
    assert (await asked(claude, task(folder))).text.startswith("answer 1")
    await end(launch)


async def test_cancelling_ends_it(claude: Claude, launch: RememberingLaunch, folder: Path) -> None:
    with anyio.move_on_after(0.7):
        await asked(claude, task(folder, prompt="The command failed; hang."))
    assert len(launch.launched) == 1
    assert not psutil.pid_exists(launch.launched[0].pid)


async def test_closing_the_launcher_ends_who_stays(
    spawner: Spawner, environ: dict[str, str], folder: Path
) -> None:
    put_on_path(Path(environ["PATH"]), "claude", ANSWERS)
    launcher = Launcher(spawner)
    claude = Claude(launcher, environ=environ, powers=Powers(resident=True))
    assert (await asked(claude, task(folder))).reason is Reason.OK
    [running] = launcher._running
    assert psutil.pid_exists(running.pid)
    await launcher.close()
    assert not psutil.pid_exists(running.pid)


async def test_a_prompt_larger_than_any_pipe_arrives(
    claude: Claude, launch: RememberingLaunch, folder: Path
) -> None:
    finished = await asked(claude, task(folder, prompt="The command failed.\n" + "x" * 3_000_000))
    await end(launch)
    assert finished.text.endswith("to 3000020")
