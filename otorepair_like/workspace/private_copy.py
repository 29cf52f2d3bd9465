"""The private copy of the workspace: an agent works in it, and what it did there is read from the disk.

What is copied: every file git does not ignore (without git: ``.gitignore`` rules), except secrets. What is
linked: installed dependencies (``node_modules``, ``.venv``) and files above :data:`LARGE`; writes through
such a link reach the real file, so they are looked for afterwards. What is left out: links that lead out of
the workspace.
"""

from __future__ import annotations

import hashlib
import os
import stat
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from otorepair_like.errors import ApplyError
from otorepair_like.redact.files import holds_secrets
from otorepair_like.workspace import tree, visible_files
from otorepair_like.workspace.blobs import Blobs
from otorepair_like.workspace.change_set import ChangeSet, FileChange
from otorepair_like.workspace.manifest import Manifest, Original, compare, writable_mode
from otorepair_like.workspace.tree import Signature

COPY: Final = "copy"
"""Folder in ours in which the private copy lies."""

LARGE: Final = 16 * 1024 * 1024
"""Bytes; a file above this is linked into the copy."""

_LITTER: Final = frozenset({"__pycache__", ".cache", ".vite", ".vite-temp"})
"""Folders among installed dependencies that running programs write to all the time."""

_GIT_TRAPS: Final = (".git/config", ".git/hooks", ".git/info/attributes")
"""What of git's own files could be misused to run code later."""

_State = tuple[str, int]
"""Digest and mode of a file."""


class PrivateCopy:
    """The private copy.

    Args:
        workspace: root of the user's files.
        home: a folder of ours outside the workspace; emptied at start and removed by :meth:`close`.

    Raises:
        ApplyError: ``home`` lies in the workspace.
    """

    def __init__(self, workspace: Path, home: Path) -> None:
        self._workspace = Path(os.path.realpath(workspace))
        self._home = Path(os.path.realpath(home))
        if self._workspace in (self._home, *self._home.parents):
            raise ApplyError(
                "cannot make a private copy", f"{home} lies in the workspace", "set TMPDIR elsewhere"
            )
        tree.remove(str(self._home))
        self._home.mkdir(parents=True, mode=0o700)
        self._copy = self._home / COPY / (self._workspace.name or "root")
        self._copy.mkdir(parents=True)
        self._blobs = Blobs(self._home / "base")
        self._reflinks = tree.can_reflink(self._home)
        self._manifest = Manifest({}, {})
        self._watched: dict[str, Signature] = {}  # not in the copy, but must not be written to
        self._born_ns = time.time_ns()
        self.restless: frozenset[str] = frozenset()
        """What of the workspace had changed between our start and the last :meth:`sync`: by the user or the child."""
        self._good: dict[str, _State] | None = None
        self._handed_out = False
        """True if an agent may have worked in the copy since it was last in step."""
        self._closing = False
        self._lock = threading.Lock()

    def sync(self) -> Path:
        """Bring the copy in step with the workspace, undo all work in the copy, and return its root.

        Blocking. Reads only files whose signature changed.

        Raises:
            OSError: the disk is full, or our folder cannot be written.
        """
        self.refresh()
        self._handed_out = True
        return self._copy

    def refresh(self, most: int | None = None) -> bool:
        """Bring the copy in step as :meth:`sync` does, but for no agent: then the next sync need not scan it.

        Args:
            most: bytes; a larger workspace is left alone. ``None``: whatever its size.

        Returns:
            Whether it is in step.

        Raises:
            OSError: as :meth:`sync`.
        """
        with self._lock:
            clean, self._handed_out = not self._handed_out, True
            started = time.time_ns()
            present = visible_files.files(self._workspace)
            files, links = self._manifest.files, self._to_link(present)
            copied = {
                path: st
                for path, st in present.items()
                if path in files or (path not in links and not holds_secrets(path))
            }
            if most is not None and sum(st.st_size for st in copied.values()) > most:
                return False
            for path in links.keys() & files.keys():
                copied.pop(path, None)
            self._clean(copied, links, clean)
            for path, st in copied.items():
                if self._closing:
                    return False
                known = files.get(path)
                if known is None or known.source != tree.signature(st):
                    self._bring(path, st, started)
            for path, target in links.items():
                self._link(path, target)
            self._watched = {path: tree.signature(st) for path, st in present.items() if path not in files}
            self._watched |= self._traps()
            self.restless = frozenset(p for p, st in present.items() if st.st_ctime_ns > self._born_ns)
            self._manifest.moment_ns = self._disk_time()
            self._handed_out = False
            return True

    def changes(self) -> ChangeSet:
        """Return the difference of the copy from the workspace as of the last :meth:`sync`.

        New files that the workspace's rules ignore (caches, logs) do not count.

        Raises:
            ApplyError: our record of the workspace was tampered with.
        """
        with self._lock:
            return compare(self._manifest, self._copy, self._blobs, self._workspace)

    def stray_writes(self) -> tuple[str, ...]:
        """Return paths in the workspace that changed since :meth:`sync`: by the user, the program or an agent.

        Looks at the files of the workspace, secrets, git's hooks and configuration, and inside linked
        folders.
        """
        with self._lock:
            present = visible_files.files(self._workspace)
            watched = {path: tree.signature(st) for path, st in present.items()} | self._traps()
            strays = {
                path for path in watched.keys() | self._watched.keys() if path not in self._manifest.files
            }
            strays = {path for path in strays if watched.get(path) != self._watched.get(path)}
            for path, original in self._manifest.files.items():
                same = path in watched and watched[path] == original.source
                if not same and original.differs(os.path.join(self._workspace, path)):
                    strays.add(path)
            return tuple(sorted(strays | self._written_through_links()))

    def linked(self) -> tuple[str, ...]:
        """Return the files and folders of the workspace that the copy links to."""
        return tuple(dict(self._manifest.links).values())

    @property
    def root(self) -> Path:
        """Return the root of the copy."""
        return self._copy

    def paths(self) -> tuple[str, ...]:
        """Return the files in the copy, as of the last :meth:`sync`."""
        with self._lock:
            return tuple(self._manifest.files)

    def digest_without(self, changes: ChangeSet) -> str:
        """Return a digest of all files as of the last :meth:`sync`, but with ``changes`` undone."""
        with self._lock:
            state = {path: original.digest for path, original in self._manifest.files.items()}
        for change in changes.files:
            state.pop(change.path, None)
            if change.before is not None:
                state[change.path] = hashlib.sha256(change.before).hexdigest()
        return hashlib.sha256(repr(sorted(state.items())).encode()).hexdigest()

    def mark_good(self) -> None:
        """Remember the workspace as of the last :meth:`sync` as the last good state: it ran well."""
        with self._lock:
            self._good = {
                path: (original.digest, original.mode) for path, original in self._manifest.files.items()
            }

    def since_good(self) -> ChangeSet:
        """Return the changes in the workspace between the last good state and the last :meth:`sync`: the first suspect.

        Empty if nothing was ever marked good. Its inverse is what "revert" means.
        """
        with self._lock:
            now = {path: (original.digest, original.mode) for path, original in self._manifest.files.items()}
            good = self._good if self._good is not None else now
            changed = (path for path in good.keys() | now.keys() if good.get(path) != now.get(path))
            return ChangeSet.of(self._change(path, good.get(path), now.get(path)) for path in changed)

    def _change(self, path: str, old: _State | None, new: _State | None) -> FileChange:
        return FileChange(
            path=path,
            before=self._blobs.get(old[0]) if old else None,
            after=self._blobs.get(new[0]) if new else None,
            mode_before=old[1] if old else None,
            mode_after=new[1] if new else None,
        )

    def close(self) -> None:
        """Remove the copy and everything else of ours. Does not wait for a copy that is being made."""
        self._closing = True
        with self._lock:
            tree.remove(str(self._home))

    def _disk_time(self) -> int:
        """Return the time by the clock that stamps files: it lags behind the system's by up to a tick."""
        mark = self._home / "mark"
        mark.write_bytes(b"")
        return mark.stat().st_ctime_ns

    def _inside(self, path: str) -> str:
        return f"{self._copy}/{path}"

    def _to_link(self, present: visible_files.Files) -> dict[str, str]:
        links = {path: str(self._workspace / path) for path, st in present.items() if st.st_size > LARGE}
        folders = tree.parents(present)
        for folder in {"", *folders}:
            for name in visible_files.LINKED:
                path = f"{folder}/{name}" if folder else name
                if path not in folders and os.path.isdir(os.path.join(self._workspace, path)):
                    links[path] = str(self._workspace / path)
        return links

    def _clean(self, copied: Mapping[str, object], links: dict[str, str], clean: bool) -> None:
        """Remove everything from copy and manifest that is not as it must be; :meth:`_bring` adds the rest."""
        manifest, files = self._manifest, self._manifest.files
        found, folders = self._in_copy() if clean else tree.scan(self._copy)
        for path, st in found.items():
            stays = path in copied or (path in links and links[path] == manifest.links.get(path))
            if not (stays and (st is None or manifest.untouched(self._copy, path, st))):
                tree.remove(self._inside(path))
                files.pop(path, None)
        for path in files.keys() - found.keys():
            del files[path]
        manifest.links = links
        needed = tree.parents([*copied, *links])
        for folder in reversed(folders):
            if folder not in needed:
                tree.remove(self._inside(folder))
        for path in (path for path in folders if path in copied or path in links):
            tree.remove(self._inside(path))

    def _in_copy(self) -> tuple[Mapping[str, None], list[str]]:
        """Return the files that we put into the copy, and their folders, outermost first, if nobody worked there."""
        ours = [*self._manifest.files, *self._manifest.links]
        return dict.fromkeys(ours), sorted(tree.parents(ours))

    def _bring(self, path: str, st: os.stat_result, started: int) -> None:
        known, sig = self._manifest.files.get(path), tree.signature(st)
        source, target = f"{self._workspace}/{path}", self._inside(path)
        if not stat.S_ISREG(st.st_mode) and not self._stays_inside(source):
            return
        try:
            content = tree.read(source)
        except OSError:  # unreadable, or just gone: not part of the copy
            return
        digest, mode = self._blobs.put(content), tree.plain_mode(st.st_mode)
        trusted = sig if tree.settled(sig, started) else None
        if known is not None and (known.digest, known.mode) == (digest, mode):
            known.source = trusted
            return
        tree.remove(target)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        tree.place(target, content, writable_mode(mode), self._blobs.path(digest) if self._reflinks else "")
        self._manifest.files[path] = Original(trusted, tree.signature(os.lstat(target)), mode, digest)

    def _stays_inside(self, link: str) -> bool:
        if not os.path.islink(link) or os.path.isabs(os.readlink(link)):
            return False
        return os.path.realpath(link).startswith(f"{self._workspace}{os.sep}")

    def _link(self, path: str, target: str) -> None:
        here = self._inside(path)
        if not os.path.lexists(here):
            os.makedirs(os.path.dirname(here), exist_ok=True)
            os.symlink(target, here)

    def _traps(self) -> dict[str, Signature]:
        found: dict[str, Signature] = {}
        for trap in _GIT_TRAPS:
            st = tree.lstat(self._workspace / trap)
            if st is not None and not stat.S_ISDIR(st.st_mode):
                found[trap] = tree.signature(st)
            below, _ = tree.scan(self._workspace / trap)
            found |= {f"{trap}/{name}": tree.signature(inner) for name, inner in below.items()}
        return found

    def _written_through_links(self) -> set[str]:
        strays = set()
        for path, target in self._manifest.links.items():
            below, _ = tree.scan(target, _LITTER)
            strays |= {
                f"{path}/{name}" for name, st in below.items() if st.st_ctime_ns >= self._manifest.moment_ns
            }
        return strays
