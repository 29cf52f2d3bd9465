"""The user's own folders. What the environment says of them counts only if it is absolute.

A relative ``HOME`` or ``XDG_…`` would be looked for below the current folder, which may be a repository just cloned.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False  # importing typing takes longer than forking
if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = "otorepair"


def home(environ: Mapping[str, str]) -> str:
    """Return the user's home folder; ``/`` for a user who has none."""
    given = environ.get("HOME", "")
    if os.path.isabs(given):
        return os.path.normpath(given)
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:
        return "/"


def config_folder(environ: Mapping[str, str]) -> str:
    """Return the folder of the user's settings."""
    return _folder(environ, "XDG_CONFIG_HOME", ".config")


def state_folder(environ: Mapping[str, str]) -> str:
    """Return the folder of what otorepair remembers for the user: the key, and the projects that are trusted."""
    return _folder(environ, "XDG_STATE_HOME", ".local/state")


def _folder(environ: Mapping[str, str], variable: str, usual: str) -> str:
    given = environ.get(variable, "")
    base = given if os.path.isabs(given) else os.path.join(home(environ), usual)
    return os.path.join(base, NAME)


def plain_content(path: str, limit: int) -> bytes:
    """Return the content of a regular file.

    Raises:
        OSError: it cannot be read, is no regular file, or is longer than ``limit`` bytes.
    """
    import stat

    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    with open(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise OSError("it is no regular file")
        content = file.read(limit + 1)
    if len(content) > limit:
        raise OSError(f"it is longer than {limit >> 10} KiB")
    return content
