"""Projects whose settings the user has trusted: their digest, kept in the user's folder, as direnv and mise do it."""

from __future__ import annotations

import hashlib
import json
import os

from otorepair_like.trust.home import home, plain_content, state_folder

TYPE_CHECKING = False  # importing typing takes longer than forking
if TYPE_CHECKING:
    from collections.abc import Mapping

TRUSTED, DECLINED = "trusted", "declined"
_LIMIT = 1 << 16


def digest_of(table: Mapping[str, object]) -> str:
    """Return the digest of the settings of a project."""
    return hashlib.sha256(json.dumps(table, sort_keys=True, default=str).encode()).hexdigest()


def answer_for(folder: str, digest: str, environ: Mapping[str, str]) -> str:
    """Return what the user answered about these settings of ``folder``; ``""`` if never asked, or they changed."""
    known = _read(folder, environ)
    return str(known["answer"]) if known.get("digest") == digest else ""


def remember(folder: str, digest: str, answer: str, environ: Mapping[str, str]) -> None:
    """Keep the user's answer.

    Raises:
        OSError: it cannot be written.
    """
    path = _path(folder, environ)
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    draft = f"{path}.{os.getpid()}"
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with open(handle, "w", encoding="utf-8", errors="surrogateescape") as file:
        json.dump({"folder": folder, "digest": digest, "answer": answer}, file, ensure_ascii=True)
    os.replace(draft, path)


def forget(folder: str, environ: Mapping[str, str]) -> bool:
    """Forget the answer about ``folder``; return whether there was one."""
    try:
        os.unlink(_path(folder, environ))
    except FileNotFoundError:
        return False
    return True


def is_trusted_folder(workspace: str | os.PathLike[str], environ: Mapping[str, str] = os.environ) -> bool:
    """Return whether the user trusts ``workspace`` or a folder above it, whatever its settings are by now.

    Programs that it brings along, such as those of its virtual environment, may then be run.
    """
    folder, top = os.path.realpath(workspace), home(environ)
    while True:
        if _read(folder, environ).get("answer") == TRUSTED:
            return True
        parent = os.path.dirname(folder)
        if folder in (top, parent):
            return False
        folder = parent


def _read(folder: str, environ: Mapping[str, str]) -> dict[str, object]:
    path = _path(folder, environ)
    try:
        if os.lstat(path).st_uid != os.geteuid():
            return {}
        known = json.loads(plain_content(path, _LIMIT))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) and known.get("folder") == folder else {}


def _path(folder: str, environ: Mapping[str, str]) -> str:
    name = hashlib.sha256(folder.encode(errors="surrogateescape")).hexdigest()[:32]
    return os.path.join(state_folder(environ), "projects", name)
