"""The folder of a run outside the workspace, where the private copy is; and the end of those that were left."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAME = re.compile(r"otorepair-(\d+)-\w+")


@contextmanager
def private_home() -> Iterator[Path]:
    """A private folder for this run, removed at its end. Folders of runs that were killed are removed too."""
    _sweep(tempfile.gettempdir())
    with tempfile.TemporaryDirectory(prefix=f"otorepair-{os.getpid()}-", ignore_cleanup_errors=True) as home:
        yield Path(home)


def _sweep(folder: str) -> None:
    with os.scandir(folder) as entries:
        for entry in entries:
            found = NAME.fullmatch(entry.name)
            if found and entry.is_dir(follow_symlinks=False) and _is_left(entry, int(found[1])):
                shutil.rmtree(entry.path, ignore_errors=True)


def _is_left(entry: os.DirEntry[str], pid: int) -> bool:
    """Whether the folder is ours and its run is over."""
    try:
        if entry.stat(follow_symlinks=False).st_uid != os.getuid():
            return False
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
