"""From an incident and a tree to ranked candidates: ask all recipes, drop what is not allowed, rank the rest."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from otorepair_like.incident import Frame, Incident
from otorepair_like.recipes import book
from otorepair_like.recipes.case import Case
from otorepair_like.recipes.project import OutOfTimeError, Project, is_test
from otorepair_like.recipes.python.interpreter import Interpreter
from otorepair_like.recipes.python.scope import unbound_names
from otorepair_like.recipes.python.source import Source
from otorepair_like.recipes.python.validate import Files, binds_names
from otorepair_like.recipes.recent_edits import WordChange, contradicted_edit, is_closer_to_healthy
from otorepair_like.recipes.recipe import MAX_CHAIN, Candidate, Finding, Risk


@dataclass(frozen=True, slots=True)
class Proposal:
    """A candidate that may be written, with the new contents of its files."""

    candidate: Candidate
    files: Files


@dataclass(frozen=True, slots=True)
class RecipeAnalysis:
    """The result of asking all recipes about an incident.

    Args:
        proposals: changes to try, best first.
        findings: observations that the recipes must not decide, one line each.
        shown: changes that are too risky to try; a person may look at them.
    """

    proposals: tuple[Proposal, ...]
    findings: tuple[str, ...]
    shown: tuple[Proposal, ...] = ()


def analyse(incident: Incident, project: Project, interpreter: Interpreter) -> RecipeAnalysis:
    """Ask every recipe about an incident. Write nothing and run no user code."""
    candidates: list[Candidate] = []
    findings: list[str] = []
    risky: list[Candidate] = []
    for case in cases(incident, project, interpreter):
        for answer in _answers(case):
            if isinstance(answer, Finding):
                findings.append(answer.text)
            elif answer.risk is Risk.HIGH:
                findings.append(f"possible, shown only: {answer}")
                risky.append(answer)
            elif any(is_test(edit.file) for edit in answer.edits):
                findings.append(f"not applied, it would change a test: {answer}")
            else:
                candidates.append(answer)
        if candidates:
            # Its causes are looked at only if no recipe can repair the exception itself.
            break
    judged = (_build_proposal(candidate, project) for candidate in candidates)
    allowed: list[Proposal] = []
    for proposal in filter(None, judged):
        if contradicted := contradicted_edit(project, proposal.files):
            findings.append(_name_edit(contradicted))
        else:
            allowed.append(proposal)
    ranked = sorted(allowed, key=lambda proposal: -_likelihood(proposal, project))
    proposals: list[Proposal] = []
    for first in ranked:
        proposal = _with_next_repairs(first, project, interpreter)
        if all(proposal.files != other.files for other in proposals):
            proposals.append(proposal)
    shown = filter(None, (_build_proposal(candidate, project) for candidate in risky))
    return RecipeAnalysis(tuple(proposals), tuple(dict.fromkeys(findings)), tuple(shown))


def _name_edit(change: WordChange) -> str:
    """Return the finding about a word of the user's latest edit that fails and that only another word would repair."""
    return (
        f"since it last ran well, {change.old} became {change.new} in {change.source.path}, "
        f"and nothing there has that name: finish the rename, or restore {change.old}"
    )


def _likelihood(proposal: Proposal, project: Project) -> float:
    """Return the confidence; halve the doubt if the candidate restores code of the last healthy run."""
    confidence = proposal.candidate.confidence
    back = any(is_closer_to_healthy(project, name, Source(name, raw)) for name, raw in proposal.files.items())
    return confidence + (1 - confidence) / 2 if back else confidence


def cases(incident: Incident, project: Project, interpreter: Interpreter) -> Iterator[Case]:
    """Yield the exceptions of an incident: the one that ended it, then its causes, back to the first."""
    root = (incident.root_type, incident.root_message)
    before = [*reversed(incident.chain), *([root] if incident.root_type else [])]
    for kind, message in dict.fromkeys([(incident.type, incident.message), *before]):
        yield Case(incident, project, interpreter, kind, message)


def _answers(case: Case) -> Iterator[Candidate | Finding]:
    """Yield the answers of all recipes for a case; a defective recipe becomes a finding."""
    for recipe in book.recipes():
        if not recipe.answers(case.type):
            continue
        try:
            yield from recipe.answer(case)
        except OutOfTimeError:
            raise
        except Exception as error:  # noqa: BLE001 - a defective recipe, maybe of another package, stops no other
            yield Finding(
                f"recipe {recipe.name} is defective: {type(error).__name__}: {' '.join(str(error).split())}"
            )


def _build_proposal(candidate: Candidate, project: Project) -> Proposal | None:
    """Build the files of a candidate; return ``None`` if they do not parse or if they add an unbound name."""
    files: Files = {}
    for name in dict.fromkeys(edit.file for edit in candidate.edits):
        edits = [edit for edit in candidate.edits if edit.file == name]
        old = project.source(name)
        try:
            new = (old or Source(name, b"")).with_edits(edits)
            # A candidate that changes nothing repairs nothing.
            if old is not None and new == old.text.encode(old.encoding):
                return None
            if name.endswith(".py") and not binds_names(old, Source(name, new)):
                return None
        except (SyntaxError, UnicodeError):
            return None
        files[name] = new
    return Proposal(candidate, files) if files else None


def _with_next_repairs(first: Proposal, project: Project, interpreter: Interpreter) -> Proposal:
    """Repair what would certainly fail next: other unbound names in the same files."""
    proposal = first
    for _ in range(MAX_CHAIN - 1):
        step = _next_repair(proposal.files, project.with_files(proposal.files), interpreter)
        if step is None:
            break
        candidate = proposal.candidate
        combined = replace(
            candidate,
            title=f"{candidate.title}; {step.candidate.title}",
            confidence=min(candidate.confidence, step.candidate.confidence),
            risk=max(candidate.risk, step.candidate.risk),
        )
        proposal = Proposal(combined, proposal.files | step.files)
    return proposal


def _next_repair(files: Files, project: Project, interpreter: Interpreter) -> Proposal | None:
    """Return the one sure repair of the first unbound name in these files."""
    for name in files:
        source = project.source(name) if name.endswith(".py") else None
        for node in unbound_names(source) if source else ():
            frame = Frame(name, node.lineno, own=True)
            incident = Incident("NameError", f"name '{node.id}' is not defined", (frame,))
            answers = list(_answers(Case(incident, project, interpreter, incident.type, incident.message)))
            sure = [answer for answer in answers if isinstance(answer, Candidate) and answer.risk is Risk.LOW]
            if len(answers) == len(sure) == 1:
                return _build_proposal(sure[0], project)
    return None


def changed_lines(diff: str) -> list[str]:
    """Return the removed and added lines of a unified diff without its headers: the identity of a change."""
    body = (
        line for line in diff.splitlines() if not line.startswith(("--- ", "+++ ", "diff ", "index ", "\\"))
    )
    return sorted(line.rstrip() for line in body if line[:1] in "+-" and line.strip("+- \t"))


def diff_of(files: Files, project: Project) -> str:
    """Return the unified diff between the project's files and their new contents."""
    parts: list[str] = []
    for name, new in files.items():
        old = project.source(name)
        before, after = (old.lines if old else []), Source(name, new).lines
        lines = difflib.unified_diff(before, after, f"a/{name}" if old else "/dev/null", f"b/{name}")
        parts += [
            line if line.endswith(("\n", "\r")) else f"{line}\n\\ No newline at end of file\n"
            for line in lines
        ]
    return "".join(parts)


def write(proposal: Proposal, folder: Path) -> None:
    """Write a proposal's files below ``folder``."""
    for name, content in proposal.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def untried(analysis: RecipeAnalysis, project: Project, tried: Iterable[str]) -> Iterator[Proposal]:
    """Yield the proposals whose change is not among the diffs in ``tried``."""
    known = [changed_lines(diff) for diff in tried]
    for proposal in analysis.proposals:
        if changed_lines(diff_of(proposal.files, project)) not in known:
            yield proposal
