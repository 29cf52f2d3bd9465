"""The evidence of an attempt, for people and for ``undo``: a folder with a JSON file and a report.

The caller masks secrets in all texts before they come here. The contents of the changed files are kept as they are,
since an undo must be exact; so the files are for the user's eyes only (mode 0600), in a folder that git ignores.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from otorepair_like.attempt import Attempt, Verdict
from otorepair_like.errors import OtorepairError, UsageError
from otorepair_like.incident import Incident
from otorepair_like.plain_text import code_span, spelt_out
from otorepair_like.redact import masked
from otorepair_like.trust.home import plain_content
from otorepair_like.trust.seal import is_sealed, seal
from otorepair_like.workspace import tree
from otorepair_like.workspace.change_set import NOTHING, ChangeSet

KEPT: Final = (Verdict.VERIFIED, Verdict.UNPROVEN)
"""Verdicts under which a change stays in the workspace."""

_KIND: Final = "evidence"
_VERSION: Final = 2
_LONGEST: Final = 256 << 20
"""Bytes; evidence holds the contents of the changed files."""
_LIMIT: Final = 200
"""Attempts of which evidence is kept; the oldest are removed first."""
_EVIDENCE, _REPORT = "evidence.json", "report.md"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything about one attempt.

    Args:
        attempt: as the history keeps it, diff and verdict included.
        incident: the failure, as an object for JSON.
        prompt: the agent's prompt.
        events: the agent's reports, one object each.
        findings: the guard's findings, in words.
        analysis: the risk, in words; ``""`` if it was not measured.
        proof: observations after the change, a line each.
        changes: as really applied; empty if none was.
        folders: folders made for it.
        undone: whether a person has undone it since.
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
    undone: bool = False

    @property
    def stands(self) -> bool:
        """Return whether it was kept and not undone since, as far as is known."""
        return bool(self.changes) and not self.undone and self.attempt.verdict in KEPT


def write(attempts: Path, evidence: Evidence) -> Path:
    """Keep ``evidence`` in its folder below ``attempts``; return the folder.

    Raises:
        OSError: it cannot be written.
    """
    folder = attempts / evidence.attempt.id
    for each in (attempts, folder):  # without parents: a removed workspace stays removed
        each.mkdir(mode=0o700, exist_ok=True)
    body = masked(asdict(replace(evidence, changes=NOTHING)), spelt_out) | {
        "changes": evidence.changes.to_json()
    }
    content = {"version": _VERSION, "seal": seal(_KIND, attempts, _canonical(body)), "body": body}
    _replace(folder / _EVIDENCE, json.dumps(content, indent=1))
    _replace(folder / _REPORT, report(evidence))
    for name in known(attempts)[:-_LIMIT]:
        tree.remove(str(attempts / name))
    return folder


def read(attempts: Path, identity: str) -> Evidence:
    """Return the evidence of one attempt, its seal checked.

    Args:
        identity: beginning of the attempt's id, or of its failure's fingerprint: then the newest attempt at that
            failure is meant, one whose change stands before others. A ``#`` in front does not count.

    Raises:
        OtorepairError: there is none, more than one, or it was changed since it was written.
    """
    identity = identity.removeprefix("#")
    found = [name for name in known(attempts) if name.startswith(identity)] if identity else []
    if len(found) == 1:
        return _load(attempts / found[0] / _EVIDENCE)
    alike = [one for one in everything(attempts) if one.attempt.fingerprint.startswith(identity or "#")]
    if not alike or found:
        why = f"it could be {', '.join(found)}" if found else "no attempt has this id"
        raise UsageError(f"no evidence of {identity!r}", why, "see otorepair history")
    return max(alike, key=lambda one: (one.stands, one.attempt.time))


def everything(attempts: Path) -> list[Evidence]:
    """Return all evidence that can be read, oldest first."""
    found = []
    for name in known(attempts):
        with contextlib.suppress(OtorepairError):
            found.append(_load(attempts / name / _EVIDENCE))
    return found


def known(attempts: Path) -> list[str]:
    """Return the ids of attempts with evidence, in the order in which it was last written."""
    try:
        entries = [entry for entry in os.scandir(attempts) if os.path.isfile(f"{entry.path}/{_EVIDENCE}")]
    except FileNotFoundError:
        return []
    return [
        entry.name
        for entry in sorted(entries, key=lambda entry: os.stat(f"{entry.path}/{_EVIDENCE}").st_mtime_ns)
    ]


def _load(path: Path) -> Evidence:
    try:
        content = json.loads(plain_content(str(path), _LONGEST))
        body = content["body"]
        if not is_sealed(_KIND, path.parent.parent, _canonical(body), content.get("seal")):
            raise ValueError("your otorepair did not write it for this workspace, or it was changed since")
        return _evidence(body)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(f"cannot use {path}", str(error), f"remove {path.parent}") from error


def report(evidence: Evidence) -> str:
    """Return the evidence as Markdown, for people."""
    attempt = evidence.attempt
    title = (
        f"# Attempt {attempt.id}: {attempt.verdict}\n\n{code_span(f'{attempt.type}: {attempt.message}')}\n"
    )
    facts = {
        "Command": code_span(attempt.command),
        "Place": code_span(attempt.file if attempt.line is None else f"{attempt.file}:{attempt.line}"),
        "Agent": " ".join(filter(None, (attempt.agent, attempt.model))),
        "Verdict": f"{attempt.verdict}: {code_span(attempt.reason)}"
        + ("; undone since" if evidence.undone else ""),
        "Took": f"{attempt.seconds:.1f} s",
        "Cost": "unknown" if attempt.cost_usd is None else f"${attempt.cost_usd:.4f}",
        "Risk": evidence.analysis,
    }
    parts = [title, "\n".join(f"- {name}: {value}" for name, value in facts.items() if value)]
    parts += _list("Findings of the guard", evidence.findings) + _list("Proof", evidence.proof)
    parts += _block("Failure", "\n".join(evidence.incident.get("evidence", ())), "text")
    parts += _block("Change", attempt.diff, "diff") + _block("Prompt", evidence.prompt, "text")
    return "\n\n".join(parts) + "\n"


def of_incident(incident: Incident) -> dict[str, Any]:
    """Return ``incident`` as an object for JSON."""
    read: dict[str, Any] = json.loads(json.dumps(asdict(incident)))
    return read


def _evidence(body: dict[str, Any]) -> Evidence:
    attempt = Attempt(**(body["attempt"] | {"verdict": Verdict(body["attempt"]["verdict"])}))
    lists = {name: tuple(body[name]) for name in ("events", "findings", "proof", "folders")}
    changes = ChangeSet.from_json(body["changes"])
    return Evidence(
        attempt,
        body["incident"],
        body["prompt"],
        analysis=body["analysis"],
        changes=changes,
        undone=body["undone"],
        **lists,
    )


def _canonical(body: dict[str, Any]) -> bytes:
    return json.dumps(body, sort_keys=True).encode()


def _replace(path: Path, text: str) -> None:
    draft = f"{path}.draft"
    tree.remove(draft)
    tree.place(draft, text.encode(errors="replace"), 0o100600)
    os.replace(draft, path)


def _list(title: str, lines: Sequence[str]) -> list[str]:
    return [f"## {title}\n\n" + "\n".join(f"- {code_span(line)}" for line in lines)] if lines else []


def _block(title: str, text: str, language: str) -> list[str]:
    text, fence = spelt_out(text), "`" * 3
    while fence in text:
        fence += "`"
    return [f"## {title}\n\n{fence}{language}\n{text.rstrip()}\n{fence}"] if text.strip() else []
