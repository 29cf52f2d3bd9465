"""File changes: one message for one logical edit, and none for a file that holds what it held."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from otorepair_like.supervise.messages import Changed, Lost, Watching
from otorepair_like.supervise.watch.tracked_files import Files, Identity

if TYPE_CHECKING:
    from watchfiles._rust_notify import RustNotify

    from otorepair_like.supervise.mailbox import Mailbox

STEP = 0.05
"""Seconds between two looks into the kernel's queue while nothing happens; watchfiles' own default."""
CLOSE_STEP = 0.01
"""The same while an edit is under way."""
POLL = 0.5
"""Seconds between two looks at all files where the kernel tells nothing; longer when a look takes long."""
PATIENCE = 20
"""Quiet windows after which a tree that is written to all the time is reported anyway."""
REMOTE = frozenset(
    [
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "9p",
        "virtiofs",
        "vboxsf",
        "fuse.sshfs",
        "fuse.grpcfuse",
        "fuse.osxfs",
        "drvfs",
        "prl_fs",
    ]
)
"""File systems whose other side changes without the kernel's notice."""


class Watch:
    """Posts ``Watching`` when armed, then ``Changed`` after each edit.

    Only folders that are not ignored are registered with the kernel: ignored ones are many, and watches are few.

    Args:
        paths: what to watch, files or folders.
        mailbox: takes the messages.
        ignore: patterns as in gitignore(5).
        quiet: seconds without a change that make an edit complete.
        poll: look at the files again and again instead of asking the kernel.
    """

    def __init__(
        self,
        paths: Sequence[str],
        mailbox: Mailbox,
        *,
        ignore: Sequence[str] = (),
        quiet: float = 0.15,
        poll: bool = False,
    ) -> None:
        self._files = Files(paths, ignore)
        self._mailbox = mailbox
        self._quiet = quiet
        self._polling = "asked for" if poll else _remote(paths)
        self._registered: dict[str, Identity] = {}
        self._notify: RustNotify | None = None
        self._stop = threading.Event()
        self._lock = threading.Lock()  # of the files
        self._statuses: dict[str, tuple[int, int] | None] = {}
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self._thread.start()

    def accept(self) -> None:
        """Take what is there now as seen: our own changes are no edit. Looks at all files, which may take a while."""
        with self._lock:
            self._files.scan()

    def close(self) -> None:
        """Stop watching. Can be called again."""
        self._stop.set()
        self._thread.join(1.0)

    def _run(self) -> None:
        try:
            with self._lock:
                self._files.begin()
                self._register()
                self._files.scan()  # what came while we registered is taken as seen
            self._tell()
            while not self._stop.is_set():
                if changed := self._poll() if self._polling else self._notified():
                    self._mailbox.post(Changed(sorted(changed)))
        except Exception as error:  # noqa: BLE001 - the boundary of this thread
            self._mailbox.post(Lost("watching files", str(error) or type(error).__name__))

    def _notified(self) -> set[str]:
        """Return the files of the next edit, by the kernel's notices; poll from now on where they cannot be read."""
        try:
            return self._edit()
        except (OSError, RuntimeError, ValueError) as error:  # a name that is not UTF-8, among others
            self._give_up_notices(f"change notifications cannot be read: {error}")
            with self._lock:
                return self._files.scan()

    def _give_up_notices(self, why: str) -> None:
        self._notify, self._registered = None, {}
        self._polling = why
        self._tell()

    def _tell(self) -> None:
        self._mailbox.post(Watching(len(self._files), len(self._registered), self._polling))

    def _register(self) -> None:
        """Have the kernel watch all folders; where it cannot, poll from now on.

        An error has to be raised to be seen: told to pass over folders without permission, watchfiles passes over
        a limit that is reached too. What is gone or unreadable by now is no folder of ours at the next look.
        """
        if self._polling:
            return
        from watchfiles._rust_notify import RustNotify

        folders = self._files.folders
        try:
            self._notify = RustNotify(list(folders), False, False, 0, False, False)
            self._registered = folders
        except ValueError as error:
            self._give_up_notices(f"a folder's name is not UTF-8: {error}")
        except OSError as error:
            self._files.statuses()
            if self._files.folders != folders:
                self._register()
                return
            self._notify, self._registered = None, {}
            self._polling = f"{str(error).partition(' about ')[0]} (sysctl fs.inotify.max_user_watches)"

    def _edit(self) -> set[str]:
        """Wait for the next edit, until it is complete, or for a short while; the files that changed."""
        with self._lock:
            unread = self._files.read_some(STEP)
        touched = self._events(STEP if unread else POLL, STEP)
        tree = False
        end = time.monotonic() + PATIENCE * self._quiet
        more, seen_quiet = touched, STEP
        while more and time.monotonic() < end:
            if any(self._changes_the_tree(path) for path in more):
                tree = True
                self._follow_the_tree()
            more = self._events(self._quiet - seen_quiet, CLOSE_STEP)
            touched |= more
            seen_quiet = CLOSE_STEP
        with self._lock:
            if tree:  # files came before their folder was watched
                return self._files.scan()
            return self._files.look(path for path in touched if self._files.concerns(path))

    def _events(self, timeout: float, step: float) -> set[str]:
        """Paths the kernel reports within ``timeout`` seconds, of those that concern us; followed by a quiet step."""
        if self._notify is None or self._stop.is_set():
            return set()
        longest = int(PATIENCE * self._quiet * 1000)
        events = self._notify.watch(longest, int(step * 1000), max(1, int(timeout * 1000)), self._stop)
        if isinstance(events, str):
            return set()
        paths = {path for _kind, path in events}
        return {path for path in paths if self._changes_the_tree(path) or self._files.concerns(path)}

    def _changes_the_tree(self, path: str) -> bool:
        """Return whether folders or ignore rules may have changed."""
        return os.path.basename(path) == ".gitignore" or path in self._registered or os.path.isdir(path)

    def _follow_the_tree(self) -> None:
        """Register the folders that there are by now."""
        with self._lock:
            self._files.statuses()
            while self._notify is not None and self._files.folders != self._registered:
                self._register()
                self._files.statuses()
            if self._polling:
                self._tell()

    def _poll(self) -> set[str]:
        """Look at everything now and then; when something is else, until it is quiet."""
        begun = time.monotonic()
        statuses = self._files.statuses()
        took = time.monotonic() - begun
        if statuses == self._statuses:
            self._stop.wait(max(POLL, 20 * took))
            return set()
        while statuses != self._statuses and not self._stop.wait(self._quiet):
            self._statuses, statuses = statuses, self._files.statuses()
        with self._lock:
            return self._files.scan()


def _remote(paths: Sequence[str]) -> str:
    """The file system of ``paths`` if the kernel cannot watch it."""
    try:
        with open("/proc/self/mounts", encoding="utf-8", errors="replace") as file:
            mounts = {line.split()[1]: line.split()[2] for line in file}
    except OSError:
        return ""
    for path in map(os.path.abspath, paths):
        place = path
        while place not in mounts and place != os.path.dirname(place):
            place = os.path.dirname(place)
        if mounts.get(place) in REMOTE:
            return f"{place} is {mounts[place]}"
    return ""
