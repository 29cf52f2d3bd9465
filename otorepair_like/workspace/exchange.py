"""Putting a file in the place of another without losing what is written there at that very moment."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable
from functools import cache
from typing import Final

_RENAME_EXCHANGE: Final = 2
"""Of renameat2(2) on Linux, and of renameatx_np(2) on macOS, where it is called RENAME_SWAP."""
_HERE: Final = {"linux": -100, "darwin": -2}
"""AT_FDCWD."""


def exchange(new: str, name: str, folder: int) -> bool:
    """Exchange two files at one stroke: an absolute path, and a name in a folder given by its handle.

    Returns:
        Whether that can be done here; if not, nothing happened.

    Raises:
        OSError: one of them is gone.
    """
    call = _system_call()
    if call is None:
        return False
    done = call(_HERE[sys.platform], os.fsencode(new), folder, os.fsencode(name), _RENAME_EXCHANGE)
    if done == 0:
        return True
    error = ctypes.get_errno()
    if error in (2, 20):  # ENOENT, ENOTDIR
        raise OSError(error, os.strerror(error), name)
    return False


@cache
def _system_call() -> Callable[..., int] | None:
    if sys.platform not in _HERE:
        return None
    library = ctypes.CDLL(None, use_errno=True)
    function = getattr(library, "renameat2" if sys.platform == "linux" else "renameatx_np", None)
    if function is None:
        return None
    function.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
    function.restype = ctypes.c_int
    call: Callable[..., int] = function
    return call
