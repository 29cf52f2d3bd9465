"""File contents by digest, in a folder of ours: what the workspace held when the private copy was made."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from otorepair_like.errors import ApplyError
from otorepair_like.workspace import tree


class Blobs:
    """A store of contents. What is read back is checked, since an agent could write to the same disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def path(self, digest: str) -> str:
        """Return the path of the content of ``digest``."""
        return os.path.join(self._folder, digest)

    def put(self, content: bytes) -> str:
        """Keep ``content``; returns its digest (SHA-256, hex)."""
        digest = hashlib.sha256(content).hexdigest()
        if not os.path.lexists(self.path(digest)):
            tree.place(self.path(digest), content, 0o600)
        return digest

    def get(self, digest: str) -> bytes:
        """Return the content of ``digest``.

        Raises:
            ApplyError: somebody changed the store.
        """
        try:
            content = tree.read(self.path(digest))
        except OSError as error:
            raise ApplyError("the private copy is damaged", str(error), "start otorepair again") from error
        if hashlib.sha256(content).hexdigest() != digest:
            raise ApplyError("the private copy was tampered with", digest[:12], "start otorepair again")
        return content
