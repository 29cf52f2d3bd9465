"""``otorepair fix`` and ``otorepair recipes``, as functions."""

from __future__ import annotations

import io

import pytest

from otorepair_like.cli.commands.fix import fix
from otorepair_like.cli.commands.recipes import recipes
from otorepair_like.errors import GAVE_UP, UsageError

LOG = """\
2024-05-01 build step 3
Traceback (most recent call last):
  File "/builds/ann/shop/app.py", line 2, in <module>
    print(conut)
          ^^^^^
NameError: name 'conut' is not defined
"""


def test_a_log_from_another_machine_gives_a_diff_and_changes_nothing(tmp_path, capsys):
    (tmp_path / "app.py").write_text("count = 1\nprint(conut)\n")
    (tmp_path / "ci.log").write_text(LOG)
    assert fix(str(tmp_path / "ci.log"), tmp_path, apply=False) == 0
    assert "+print(count)" in capsys.readouterr().out
    assert (tmp_path / "app.py").read_text() == "count = 1\nprint(conut)\n"


def test_apply_keeps_it(tmp_path, capsys, monkeypatch):
    (tmp_path / "app.py").write_text("count = 1\nprint(conut)\n")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(LOG.encode())))
    assert fix("-", tmp_path, apply=True) == 0
    assert (tmp_path / "app.py").read_text() == "count = 1\nprint(count)\n"
    assert "not verified" in capsys.readouterr().err


def test_nothing_to_offer_is_said_and_has_its_exit_code(tmp_path, capsys):
    (tmp_path / "app.py").write_text("total = 1\nprint(conut)\n")
    (tmp_path / "ci.log").write_text(LOG)
    assert fix(str(tmp_path / "ci.log"), tmp_path, apply=True) == GAVE_UP
    assert "conut" in capsys.readouterr().err


def test_a_log_without_a_failure_is_a_mistake_in_the_call(tmp_path):
    (tmp_path / "ci.log").write_text("all is well\n")
    with pytest.raises(UsageError, match="no failure"):
        fix(str(tmp_path / "ci.log"), tmp_path, apply=False)


def test_every_recipe_is_listed_with_an_example(capsys):
    assert recipes() == 0
    said = capsys.readouterr().out
    assert "environment-default" in said
    assert " -> " in said
