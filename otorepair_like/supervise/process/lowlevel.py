"""Low-level parts of ``signal``, ``socket``, ``threading`` and ``ctypes``, without their slow wrappers.

The wrappers of the standard library take longer to import than starting a process. For code that runs before the
program does; all other code imports the whole modules.
"""

from __future__ import annotations

import os
import sys
from _thread import allocate_lock, start_new_thread
from sys import byteorder

TYPE_CHECKING = False  # importing typing takes longer than forking
if TYPE_CHECKING:
    import signal
    import socket
else:
    import _signal as signal
    import _socket as socket

__all__ = [
    "Bell",
    "Latch",
    "allocate_lock",
    "prctl",
    "receive_descriptors",
    "send_descriptors",
    "signal",
    "socket",
    "start_new_thread",
]

SIZE = 4
"""Bytes of a descriptor in a control message, see cmsg(3)."""


def send_descriptors(peer: socket.socket, data: bytes, descriptors: list[int]) -> None:
    """Send ``data`` and with it ``descriptors``, as ``socket.send_fds`` does."""
    packed = b"".join(descriptor.to_bytes(SIZE, byteorder) for descriptor in descriptors)
    peer.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, packed)])


def receive_descriptors(peer: socket.socket, size: int, count: int) -> tuple[bytes, list[int]]:
    """Receive up to ``size`` bytes and the descriptors that came with them, at most ``count``."""
    data, messages, _flags, _address = peer.recvmsg(size, socket.CMSG_SPACE(count * SIZE))
    packed = b"".join(
        part for level, kind, part in messages if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS)
    )
    whole = len(packed) - len(packed) % SIZE
    return data, [int.from_bytes(packed[at : at + SIZE], byteorder) for at in range(0, whole, SIZE)]


def prctl(*arguments: int) -> int:
    """See prctl(2); Linux only. Below ``ctypes``, whose import takes longer than the start of a process."""
    import _ctypes

    function = _ctypes.dlsym(_ctypes.dlopen(None, 0), "prctl")  # type: ignore[arg-type]
    return int(_ctypes.call_function(function, arguments))


class Bell:
    """Wakes a thread that polls: one descriptor where the system has eventfd(2), else a pipe."""

    __slots__ = ("_ringer", "fd")

    LAST = 1 << 32

    def __init__(self) -> None:
        if sys.platform == "linux":
            self.fd = self._ringer = os.eventfd(0)
        else:
            self.fd, self._ringer = os.pipe()

    def ring(self, last: bool = False) -> None:
        """Make :attr:`fd` readable."""
        count = self.LAST if last else 1
        os.write(self._ringer, count.to_bytes(8, byteorder))

    def heard(self) -> bool:
        """Make it unreadable again, and return whether it was rung for the last time."""
        data = os.read(self.fd, 80)
        counts = [int.from_bytes(data[at : at + 8], byteorder) for at in range(0, len(data), 8)]
        return sum(counts) >= self.LAST

    def close(self) -> None:
        """Close what it has open."""
        for descriptor in {self.fd, self._ringer}:
            os.close(descriptor)


class Latch:
    """Something that happens once, and that others wait for."""

    __slots__ = ("_lock", "happened")

    def __init__(self) -> None:
        self.happened = False
        self._lock = allocate_lock()
        self._lock.acquire()

    def release(self) -> None:
        """It has happened. Not for two threads at once."""
        if not self.happened:
            self.happened = True
            self._lock.release()

    def wait(self, timeout: float = -1) -> bool:
        """Return when it has happened, or after ``timeout`` seconds (negative: however long); whether it has."""
        if self._lock.acquire(timeout=timeout):
            self._lock.release()
        return self.happened
