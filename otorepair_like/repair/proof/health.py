"""The healthy behaviour of a command, with which a repaired one is compared.

Kept by command in one small file of ours, so that a run knows that of earlier ones. Of output only digests of lines
are kept, since a program may print anything.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from otorepair_like.errors import OtorepairError
from otorepair_like.masking import mask_volatile
from otorepair_like.memory.folder import make_folder
from otorepair_like.trust.home import plain_content
from otorepair_like.trust.seal import is_sealed, seal

FILE: Final = "health.json"
"""In our folder of the workspace."""
_COMMANDS: Final = 20
_KIND: Final = "health"
_LONGEST: Final = 16 << 20
"""Bytes."""
_REQUESTS: Final = 500
LINES: Final = 2000
"""A command that prints more is not compared by its output."""
_FORM: Final = 2
"""Version of the digests; those of another version cannot be compared and count as never seen."""


@dataclass(frozen=True, slots=True)
class Health:
    """The healthy behaviour of one command.

    Args:
        statuses: the status of each answered request, by ``"GET /path"``.
        output: digests of the lines on stdout of a run that ended with 0; ``None``: never seen, or too long.
    """

    statuses: Mapping[str, int] = field(default_factory=dict)
    output: tuple[str, ...] | None = None

    def status_of(self, request: tuple[str, str]) -> int | None:
        """Return the status that ``(method, path)`` was answered with; ``None``: never seen."""
        return self.statuses.get(" ".join(request))

    def came_again(self, output: tuple[str, ...]) -> tuple[int, int]:
        """Return the number of lines of the healthy output that are in ``output``, and of all of them."""
        healthy = Counter(self.output or ())
        return (healthy & Counter(output)).total(), healthy.total()

    def with_status(self, method: str, path: str, status: int) -> Health:
        """Return this health with one more answered request."""
        statuses = dict(self.statuses) | {f"{method} {path}": status}
        return replace(self, statuses=dict(list(statuses.items())[-_REQUESTS:]))


UNKNOWN: Final = Health()
"""Nothing was ever seen."""


def digests(lines: Iterable[str]) -> tuple[str, ...]:
    """Return ``lines`` as they are kept: without the parts that vary from run to run, then hashed."""
    plain = (mask_volatile(line.rstrip()) for line in lines)
    return tuple(hashlib.sha256(line.encode(errors="replace")).hexdigest()[:16] for line in plain if line)


def load(file: Path, command: str) -> Health:
    """Return the health of ``command``; :data:`UNKNOWN` if ``file`` is not there or not ours."""
    one = _read(file).get(_key(command))
    if not isinstance(one, dict):
        return Health()
    statuses, output = one.get("statuses"), one.get("output")
    return Health(
        {str(k): v for k, v in statuses.items() if isinstance(v, int)} if isinstance(statuses, dict) else {},
        tuple(map(str, output)) if isinstance(output, list) and one.get("form") == _FORM else None,
    )


def save(file: Path, command: str, health: Health) -> None:
    """Keep ``health`` of ``command``.

    Raises:
        OSError: it cannot be written.
    """
    everything = _read(file)
    everything.pop(_key(command), None)
    everything[_key(command)] = {
        "statuses": dict(health.statuses),
        "output": health.output,
        "form": _FORM,
    }
    body = json.dumps(dict(list(everything.items())[-_COMMANDS:]))
    draft = f"{file}.draft"
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with open(handle, "w", encoding="utf-8") as out:
        json.dump({"body": body, "seal": seal(_KIND, file.parent, body.encode())}, out)
    os.replace(draft, file)


def remember_output(workspace: str, command: str, text: str) -> None:
    """Keep what ``command`` printed in a run that ended well, if it can be kept."""
    lines = text.split("\n")
    if len(lines) <= LINES:
        with contextlib.suppress(
            OSError, OtorepairError
        ):  # nothing but a proof of a later run is weaker for it
            file = make_folder(Path(workspace)) / FILE
            save(file, command, replace(load(file, command), output=digests(lines)))


def _key(command: str) -> str:
    """Return a digest of ``command``: a command line may hold a secret."""
    return hashlib.sha256(command.encode(errors="replace")).hexdigest()[:16]


def _read(file: Path) -> dict[str, Any]:
    """Return what is kept in ``file``; nothing if the user's otorepair did not write it for this workspace."""
    try:
        content = json.loads(plain_content(str(file), _LONGEST))
        body = content["body"].encode()
        kept = json.loads(body) if is_sealed(_KIND, file.parent, body, content["seal"]) else {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}
    return kept if isinstance(kept, dict) else {}
