"""What is kept of an attempt, for people and for ``undo``: a folder with one file of JSON and a report.

All that was said is masked by the caller before it comes here. The contents of the changed files are kept as they
are, since an undo must be exact; so the files are for the user's eyes only (mode 0600), in a folder git ignores.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from otorepair_like.attempt import Attempt, Verdict
from otorepair_like.errors import OtorepairError
from otorepair_like.incident import Incident
from otorepair_like.repair import tree
from otorepair_like.repair.changes import NOTHING, ChangeSet

_VERSION: Final = 1
_EVIDENCE, _REPORT = "evidence.json", "report.md"


@dataclass(frozen=True, slots=True)
class Evidence:
    """All about one attempt.

    Args:
        attempt: as the history keeps it, diff and verdict included.
        incident: what failed, as an object for JSON.
        prompt: what the agent was told.
        events: what it reported, one object each.
        findings: what the guard said, in words.
        analysis: the risk, in words; ``""`` if it was not measured.
        proof: what was seen afterwards, a line each.
        changes: as really applied; empty if it was not.
        folders: folders made for it.
    """

    attempt: Attempt
    incident: dict[str, Any]
    prompt: str
    events: tuple[dict[str, Any], ...] = ()
    findings: tuple[str, ...] = ()
    analysis: str = ""
    proof: tuple[str, ...] = ()
    changes: ChangeSet = NOTHING
    folders: tuple[str, ...] = ()


def write(attempts: Path, evidence: Evidence) -> Path:
    """Keep ``evidence`` in its folder below ``attempts``; returns the folder.

    Raises:
        OSError: it cannot be written.
    """
    folder = attempts / evidence.attempt.id
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    body = asdict(evidence) | {"changes": evidence.changes.to_json()}
    content = {"version": _VERSION, "digest": _digest(body), "body": body}
    _replace(folder / _EVIDENCE, json.dumps(content, indent=1))
    _replace(folder / _REPORT, report(evidence))
    return folder


def read(attempts: Path, identity: str) -> Evidence:
    """The evidence of attempt ``identity`` (or the only one whose id begins so), its digest checked.

    Raises:
        OtorepairError: there is none, more than one, or it was changed since it was written.
    """
    found = [name for name in known(attempts) if name.startswith(identity)] if identity else []
    if len(found) != 1:
        why = "no attempt has this id" if not found else f"it could be {', '.join(found)}"
        raise OtorepairError(f"no evidence of {identity!r}", why, "see otorepair history")
    path = attempts / found[0] / _EVIDENCE
    try:
        content = json.loads(path.read_bytes())
        body = content["body"]
        if content["digest"] != _digest(body):
            raise ValueError("it was changed since it was written")
        return _evidence(body)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OtorepairError(f"cannot use {path}", str(error), f"remove {path.parent}") from error


def known(attempts: Path) -> list[str]:
    """The ids of attempts with evidence, oldest first."""
    try:
        entries = [entry for entry in os.scandir(attempts) if os.path.isfile(f"{entry.path}/{_EVIDENCE}")]
    except FileNotFoundError:
        return []
    return [entry.name for entry in sorted(entries, key=lambda entry: entry.stat().st_mtime_ns)]


def report(evidence: Evidence) -> str:
    """The evidence as Markdown, for people."""
    attempt = evidence.attempt
    title = f"# Attempt {attempt.id}: {attempt.verdict}\n\n{attempt.type}: {attempt.message}\n"
    facts = {
        "Command": attempt.command,
        "Place": attempt.file if attempt.line is None else f"{attempt.file}:{attempt.line}",
        "Agent": " ".join(filter(None, (attempt.agent, attempt.model))),
        "Verdict": f"{attempt.verdict}: {attempt.reason}",
        "Took": f"{attempt.seconds:.1f} s",
        "Cost": "unknown" if attempt.cost_usd is None else f"${attempt.cost_usd:.4f}",
        "Risk": evidence.analysis,
    }
    parts = [title, "\n".join(f"- {name}: {value}" for name, value in facts.items() if value)]
    parts += _list("What the guard said", evidence.findings) + _list(
        "What was seen afterwards", evidence.proof
    )
    parts += _block("What failed", "\n".join(evidence.incident.get("evidence", ())), "text")
    parts += _block("What was changed", attempt.diff, "diff") + _block(
        "What the agent was told", evidence.prompt, "text"
    )
    return "\n\n".join(parts) + "\n"


def of_incident(incident: Incident) -> dict[str, Any]:
    """``incident`` as an object for JSON."""
    read: dict[str, Any] = json.loads(json.dumps(asdict(incident)))
    return read


def _evidence(body: dict[str, Any]) -> Evidence:
    attempt = Attempt(**(body["attempt"] | {"verdict": Verdict(body["attempt"]["verdict"])}))
    lists = {name: tuple(body[name]) for name in ("events", "findings", "proof", "folders")}
    changes = ChangeSet.from_json(body["changes"])
    return Evidence(
        attempt, body["incident"], body["prompt"], analysis=body["analysis"], changes=changes, **lists
    )


def _digest(body: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _replace(path: Path, text: str) -> None:
    draft = f"{path}.draft"
    tree.remove(draft)
    tree.place(draft, text.encode(errors="replace"), 0o100600)
    os.replace(draft, path)


def _list(title: str, lines: Sequence[str]) -> list[str]:
    return [f"## {title}\n\n" + "\n".join(f"- {line}" for line in lines)] if lines else []


def _block(title: str, text: str, language: str) -> list[str]:
    fence = "`" * 3
    while fence in text:
        fence += "`"
    return [f"## {title}\n\n{fence}{language}\n{text.rstrip()}\n{fence}"] if text.strip() else []
