"""Messages between otorepair, its spawner and its janitors: a length, then marshalled values.

The three are forks of one interpreter, so ``marshal`` is safe here, and it is the lightest there is.
"""

from __future__ import annotations

import marshal

TYPE_CHECKING = False  # importing typing takes longer than forking
if TYPE_CHECKING:
    from socket import socket
    from typing import Any

HEADER = 4
"""Bytes of the length in front of each message."""


def pack(*values: Any) -> tuple[bytes, bytes]:
    """The header and the body of a message."""
    body = marshal.dumps(values)
    return len(body).to_bytes(HEADER, "little"), body


def send(peer: socket, *values: Any) -> bool:
    """Send one message; ``False`` when nobody is there to read it."""
    try:
        peer.sendall(b"".join(pack(*values)))
    except OSError:
        return False
    return True


def receive(peer: socket) -> tuple[Any, ...] | None:
    """Wait for the next message; ``None`` when the other side is gone."""
    header = read_exactly(peer, HEADER)
    return read_body(peer, header) if header else None


def read_body(peer: socket, header: bytes) -> tuple[Any, ...] | None:
    """The values announced by ``header``; ``None`` when the other side went in the middle."""
    body = read_exactly(peer, int.from_bytes(header, "little"))
    values: tuple[Any, ...] | None = marshal.loads(body) if body else None  # noqa: S302 - our own fork wrote it
    return values


def read_exactly(peer: socket, size: int) -> bytes:
    """``size`` bytes, or none at all when the other side is gone."""
    data = bytearray()
    while len(data) < size:
        try:
            part = peer.recv(size - len(data))
        except OSError:
            return b""
        if not part:
            return b""
        data += part
    return bytes(data)
