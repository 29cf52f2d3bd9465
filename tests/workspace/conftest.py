from __future__ import annotations

from tests.support.project import anyio_backend, journal, private_copy, workspace

__all__ = ["anyio_backend", "journal", "private_copy", "workspace"]
