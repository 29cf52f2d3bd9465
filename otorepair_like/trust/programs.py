"""Finding programs without looking in the current folder, which a repository may have filled."""

from __future__ import annotations

import os

TYPE_CHECKING = False  # importing typing takes longer than forking
if TYPE_CHECKING:
    from collections.abc import Mapping


def absolute_path(path: str) -> str:
    """Return the value of ``PATH`` without its empty and relative entries: they name the current folder."""
    return os.pathsep.join(entry for entry in path.split(os.pathsep) if os.path.isabs(entry))


def find_program(name: str, environ: Mapping[str, str] = os.environ) -> str | None:
    """Return the absolute path of a program on ``PATH``; ``None`` if there is none. A path is looked up as it is."""
    import shutil

    if os.path.dirname(name):
        return shutil.which(name)
    return shutil.which(name, path=absolute_path(environ.get("PATH", os.defpath)) or os.defpath)
