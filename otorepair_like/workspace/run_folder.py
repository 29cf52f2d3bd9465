"""The folder of a run outside the workspace, where the private copy is; and the end of those that were left."""

from __future__ import annotations

import errno
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path

PREFIX = "otorepair-run-"
PROBE = re.compile(r"otorepair-[0-9a-f]{16}")
LOCK = "lock"
"""A file that the run holds locked. Not its process id, which means nothing to a container that shares the folder."""
UNLOCKED = 60.0
"""Seconds that a folder without such a file may be about to get one."""


@contextmanager
def private_home() -> Iterator[Path]:
    """Make a private folder for this run and remove it at its end; remove those of killed runs too."""
    _sweep(tempfile.gettempdir())
    with (
        tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as home,
        open(os.path.join(home, LOCK), "wb") as lock,
    ):
        flock(lock, LOCK_EX)
        elsewhere, tempfile.tempdir = (
            tempfile.tempdir,
            home,
        )  # what else is temporary goes with it, after a kill too
        try:
            yield Path(home)
        finally:
            tempfile.tempdir = elsewhere


def _sweep(folder: str) -> None:
    with os.scandir(folder) as entries:
        for entry in entries:
            if (entry.name.startswith(PREFIX) and _is_left(entry)) or _is_left_probe(entry):
                shutil.rmtree(entry.path, ignore_errors=True)


def _is_left_probe(entry: os.DirEntry[str]) -> bool:
    """Return whether the folder has the pipe of a program's probe that nobody reads any more."""
    if not PROBE.fullmatch(entry.name):
        return False
    try:
        status = entry.stat(follow_symlinks=False)
        if status.st_uid != os.getuid() or time.time() - status.st_mtime < UNLOCKED:
            return False
        os.close(os.open(os.path.join(entry.path, "probe"), os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW))
    except OSError as error:
        return error.errno == errno.ENXIO
    return False


def _is_left(entry: os.DirEntry[str]) -> bool:
    """Return whether the folder is ours and its run is over."""
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:  # gone meanwhile
        return False
    if status.st_uid != os.getuid() or not entry.is_dir(follow_symlinks=False):
        return False
    try:
        with open(os.path.join(entry.path, LOCK), "rb") as lock:
            flock(lock, LOCK_EX | LOCK_NB)
    except FileNotFoundError:
        return time.time() - status.st_mtime > UNLOCKED
    except OSError:  # it is locked
        return False
    return True
