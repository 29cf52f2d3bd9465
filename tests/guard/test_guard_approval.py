"""Risk is measured, not believed; and who decides follows from it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from otorepair_like.guard.approval import Approval, ApprovalDecision, ApprovalMode, Ask, Thresholds, decide
from otorepair_like.guard.finding import GuardFinding, asked, refused
from otorepair_like.guard.risk import (
    Blast,
    Complexity,
    RiskAnalysis,
    Security,
    enforced,
    measure,
    python_imports,
)
from otorepair_like.workspace.change_set import ChangeSet, FileChange
from tests.support.repair_trees import write

FILE = 0o100644
CALM = RiskAnalysis(Complexity.MINIMAL, Security.NONE, Blast.ISOLATED, 1)


def changed(path: str, lines: int = 1) -> FileChange:
    return FileChange(path, b"x = 0\n", b"x = 1\n" * lines, FILE, FILE)


@pytest.mark.parametrize(
    ("changes", "complexity"),
    [
        ([changed("a.py")], Complexity.MINIMAL),
        ([changed("a.py", 20)], Complexity.SIMPLE),
        ([changed("a.py"), changed("b.py")], Complexity.SIMPLE),
        ([changed("a.py", 100)], Complexity.STANDARD),
        ([changed("a.py", 300)], Complexity.COMPLEX),
        ([changed(f"m{n}.py") for n in range(6)], Complexity.COMPLEX),
    ],
)
def test_complexity_is_counted_in_files_and_lines(changes: list[FileChange], complexity: Complexity):
    assert measure(ChangeSet.of(changes), [], {}).complexity is complexity


@pytest.mark.parametrize(
    ("path", "findings", "security"),
    [
        ("app/main.py", [], Security.NONE),
        ("app/login.py", [], Security.NONE),
        ("app/main.py", [asked("tls", "app/main.py", "off")], Security.HIGH),
        ("app/main.py", [asked("network", "app/main.py", "opens")], Security.MEDIUM),
        ("app/main.py", [asked("suppression", "app/main.py", "noqa")], Security.NONE),
    ],
)
def test_security_follows_from_what_is_touched(path: str, findings: list[GuardFinding], security: Security):
    assert measure(ChangeSet((changed(path),)), findings, {}).security is security


def test_the_blast_radius_is_counted_in_the_import_graph(tmp_path: Path):
    write(tmp_path, {
        "app/__init__.py": b"",
        "app/core.py": b"import json\n",
        "app/leaf.py": b"from app.core import f\n",
        "src/tool.py": b"import app.leaf\n",
        "broken.py": b"import (\n",
        **{f"app/user{n}.py": b"from . import core\n" for n in range(20)},
    })  # fmt: skip
    paths = [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.py")]
    of_core = python_imports(tmp_path, paths, ["app/core.py"])
    assert "app/core.py" in of_core["app/leaf.py"]
    assert "app/core.py" in of_core["app/user3.py"]
    assert measure(ChangeSet((changed("app/core.py"),)), [], of_core).blast is Blast.WIDE
    of_leaf = python_imports(tmp_path, paths, ["app/leaf.py"])
    assert of_leaf == {"src/tool.py": frozenset({"app/leaf.py"})}
    assert measure(ChangeSet((changed("app/leaf.py"),)), [], of_leaf).blast is Blast.ISOLATED
    of_package = python_imports(tmp_path, paths, ["app/__init__.py"])
    assert measure(ChangeSet((changed("app/__init__.py"),)), [], of_package).blast is Blast.WIDE


def test_a_claim_can_only_make_it_worse():
    claimed = RiskAnalysis(Complexity.MINIMAL, Security.HIGH, Blast.ISOLATED, 1, "a typo", 0.5)
    measured = RiskAnalysis(Complexity.COMPLEX, Security.NONE, Blast.WIDE, 7)
    both = enforced(measured, claimed)
    assert both == RiskAnalysis(Complexity.COMPLEX, Security.HIGH, Blast.WIDE, 7, "a typo", 0.5)
    assert str(both) == "complex, security high, wide, 7 files, confidence 0.5"
    assert enforced(measured, None) == measured


async def never_called(request: object) -> None:
    raise AssertionError(request)


ASK = asked("early-exit", "a.py", "skips", 3)
NO = refused("test", "tests/a.py", "an existing test was changed")
ASKED: Ask = never_called  # type: ignore[assignment]  # deciding asks nobody


@pytest.mark.parametrize(
    ("approval", "analysis", "findings", "decision", "why"),
    [
        (Approval(), CALM, [], ApprovalDecision.APPLY, ""),
        (Approval(ask=ASKED), CALM, [ASK], ApprovalDecision.ASK, "early-exit"),
        (Approval(), CALM, [ASK], ApprovalDecision.REFUSE, "no terminal"),
        (Approval(yes=True), CALM, [ASK], ApprovalDecision.APPLY, ""),
        (Approval(yes=True, always=True, ask=ASKED), CALM, [NO], ApprovalDecision.REFUSE, "existing test"),
        (Approval(ApprovalMode.ASK, ask=ASKED), CALM, [], ApprovalDecision.ASK, "asked for"),
        (Approval(ApprovalMode.ASK, ask=ASKED, always=True), CALM, [], ApprovalDecision.APPLY, ""),
        (Approval(ApprovalMode.NEVER, yes=True), CALM, [], ApprovalDecision.REFUSE, "approve = never"),
        (Approval(ask=ASKED), replace(CALM, complexity=Complexity.STANDARD), [], ApprovalDecision.ASK, "standard"),
        (Approval(ask=ASKED), replace(CALM, security=Security.MEDIUM), [], ApprovalDecision.ASK, "medium"),
        (Approval(ask=ASKED), replace(CALM, blast=Blast.MODERATE), [], ApprovalDecision.ASK, "moderate"),
        (Approval(ask=ASKED), replace(CALM, files=2), [], ApprovalDecision.ASK, "2 files"),
        (Approval(ask=ASKED), replace(CALM, confidence=0.7), [], ApprovalDecision.ASK, "0.7"),
        (Approval(thresholds=Thresholds(files=3)), replace(CALM, files=3), [], ApprovalDecision.APPLY, ""),
    ],
)  # fmt: skip
def test_who_decides(
    approval: Approval,
    analysis: RiskAnalysis,
    findings: list[GuardFinding],
    decision: ApprovalDecision,
    why: str,
):
    decided, said = decide(approval, analysis, findings)
    assert decided is decision
    assert why in said
