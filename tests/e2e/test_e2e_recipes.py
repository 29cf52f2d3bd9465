"""The offline repairer in the whole loop: real programs, broken as people break them."""

from __future__ import annotations

from pathlib import Path

from tests.support.otorepair import Run, running

RECIPES = ["--backend", "recipes", "--healthy-after", "0.5", "--json"]
SERVING = """\
import time
from prices import total
print("total", total(3), flush=True)
while True:
    time.sleep(60)
"""


def remembered(run: Run) -> None:
    """Wait until the files are remembered as good."""
    notices = 1
    while "remembered" not in run.event("Notice", notices)["text"]:
        notices += 1


def test_a_rename_half_done_is_finished_since_the_files_are_known_as_they_ran_well(
    workspace: Path, home: Path
) -> None:
    (workspace / "app.py").write_text(SERVING)
    (workspace / "prices.py").write_text("def total(net):\n    return net * 2\n")
    with running([*RECIPES, "--watch", ".", "python app.py"], workspace, home) as run:
        run.prints("total 6")
        remembered(run)
        (workspace / "prices.py").write_text("def gross_of(net):\n    return net * 2\n")
        assert run.event("AttemptEnded")["attempt"]["verdict"] == "verified"
        run.prints("total 6", 2)
    assert (workspace / "app.py").read_text() == SERVING.replace("import total", "import gross_of").replace(
        "total(3)", "gross_of(3)"
    )


def test_what_recipes_found_and_must_not_decide_goes_to_the_agent(workspace: Path, home: Path) -> None:
    (workspace / "app.py").write_text("total_sum = 1\ntotal_sun = 2\nprint(total_su)\n")
    agents = ["--agent-command", "true", "--attempts", "1"]
    chains = {"OTOREPAIR_CHAINS_SIMPLE": "command"}
    with running([*RECIPES, *agents, "python app.py"], workspace, home, chains) as run:
        assert run.wait() == 4
        prompt = next(event["prompt"] for event in run.events("PromptSent") if event["agent"] == "command")
    assert "What an analysis of the source found:" in prompt
    assert "'total_su' may be total_sum or total_sun, which are equally near (app.py:3)" in prompt


def test_what_rules_alone_changed_is_applied_without_a_terminal_however_many_modules_use_it(
    workspace: Path, home: Path
) -> None:
    (workspace / "prices.py").write_text("def total(net):\n    return nte * 2\n")
    users = [f"user{number}" for number in range(5)]  # more than are isolated
    for user in users:
        (workspace / f"{user}.py").write_text("from prices import total\n")
    (workspace / "app.py").write_text(f"import {', '.join(users)}\nprint(user0.total(3))\n")
    with running([*RECIPES, "python app.py"], workspace, home) as run:
        assert run.wait() == 0
        assert run.verdicts() == ["verified"]


def test_four_slips_of_different_kinds_are_healed_one_behind_the_other(workspace: Path, home: Path) -> None:
    (workspace / "shop.py").write_text(
        "class Cart\n    def __init__(self):\n        self.items = {'tea': 3}\n\n"
        "    def total(self):\n        return sum(self.itmes.values())\n"
    )
    (workspace / "app.py").write_text(
        "from shop import Crat\n\ncart = Cart()\nprint(json.dumps({'total': cart.total(), 'tea': cart.items['tae']}))\n"
    )
    with running([*RECIPES, "--max-attempts-total", "9", "python app.py"], workspace, home) as run:
        assert run.wait() == 0, run.err.text
        assert set(run.verdicts()) == {"verified"}
    assert run.out.text == '{"total": 3, "tea": 3}\n'
