"""The probe's start, in the child: stands where exceptions leave a program, and tells otorepair of each.

It imports nothing but built-in modules, and costs nothing until an exception comes. The program sees its
``sys.path``, its ``PYTHONPATH`` and its hooks as without us: a wrapper has the name, the file and the line of what it
wraps, and the frames of the one around an import are taken off a traceback as importlib's own are.

Subprocesses are told by the variable ``_OTOREPAIR_PROBE``: one that inherits it is probed too (reloaders run the real
program in a child of theirs), one without it is left alone.
"""

from __future__ import annotations

import _thread
import atexit
import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any

VARIABLE = "_OTOREPAIR_PROBE"
"""Holds the path of the named pipe to otorepair."""
MARKS = "marks"
"""File beside the pipe, there while a repair is being proven: the statements that are to be seen."""
LIMIT = 20
"""Exceptions told in one second; a storm must not slow the program down."""
ERROR = 40
"""``logging.ERROR``."""
IMPORTLIB = "<frozen importlib._bootstrap>"


def start(folder: str) -> None:
    """Begin, unless the program was started by one that wants its children left alone.

    Args:
        folder: where this file is, the first entry of ``PYTHONPATH``.
    """
    address = os.environ.get(VARIABLE)
    if address:
        probe = Probe(folder, address)
        _hide(os.fsencode(folder))
        probe.watch_interpreter()
        probe.watch_imports()
        probe.mark_proof()


def _hide(folder: bytes) -> None:
    """Take our folder out of what the program sees of ``PYTHONPATH``.

    Only from the mapping: what C sees is what subprocesses inherit that are not given an environment.
    """
    seen: dict[bytes, bytes] = os.environ._data  # type: ignore[attr-defined]
    first, _, rest = seen.get(b"PYTHONPATH", b"").partition(b":")
    if first == folder and rest:
        seen[b"PYTHONPATH"] = rest
    elif first == folder:
        del seen[b"PYTHONPATH"]


class Probe:
    """Watches one process and those it forks.

    Args:
        folder: of this file.
        address: path of the named pipe.
    """

    def __init__(self, folder: str, address: str) -> None:
        self._folder, self._address = folder, address
        self._current: dict[int, int] = {}  # by thread: id of what is being printed right now
        self._described: dict[str, Any] = {}
        self._second, self._count = 0.0, 0
        self._main_told = False

    # --- where exceptions leave -----------------------------------------------------------------------------------

    def watch_interpreter(self) -> None:
        """Stand at the interpreter's own hooks: main, threads, what nobody can raise to."""
        self._watch_main()
        before, unraisable = _thread._excepthook, sys.unraisablehook

        def thread_hook(args: Any) -> None:
            outer = self.begin("thread", getattr(args.thread, "_name", ""), args.exc_value)
            try:
                before(args)
            finally:
                self.end(outer)

        def unraisable_hook(args: Any) -> None:
            outer = self.begin("unraisable", "", args.exc_value)
            try:
                unraisable(args)
            finally:
                self.end(outer)

        _thread._excepthook = thread_hook
        threading = sys.modules.get("threading")
        for name in ("_excepthook", "excepthook", "__excepthook__"):
            if threading and getattr(threading, name, None) is before:
                setattr(threading, name, thread_hook)
        if sys.unraisablehook is sys.__unraisablehook__:
            sys.__unraisablehook__ = unraisable_hook
        sys.unraisablehook = unraisable_hook

    def _watch_main(self) -> None:
        before = sys.excepthook

        def excepthook(kind: Any, value: Any, trace: Any) -> None:
            self._main_told = True
            outer = self.begin("main", "", value)
            try:
                before(kind, value, trace)
            finally:
                self.end(outer)

        if sys.excepthook is sys.__excepthook__:  # programs compare them, and call the second
            sys.__excepthook__ = excepthook
        sys.excepthook = excepthook
        atexit.register(self._tell_last)

    def _tell_last(self) -> None:
        """A program with an excepthook of its own ends: what did it end of?"""
        value = getattr(sys, "last_exc", None) or getattr(sys, "last_value", None)
        trace = getattr(value, "__traceback__", None)
        if value is None or trace is None or self._main_told:
            return
        if trace.tb_frame.f_globals.get("__name__") in ("__main__", "runpy"):  # else a console's
            self.begin("main", "", value)

    def watch_imports(self) -> None:
        """Stand in modules of the library as soon as the program imports them."""
        patches = {
            "logging": self._watch_logging,
            "traceback": self._watch_traceback,
            "subprocess": self._watch_subprocess,
        }
        finder = Finder(patches)
        for name in [name for name in patches if name in sys.modules]:
            finder.apply(name, sys.modules[name])
        if patches:
            sys.meta_path.insert(0, finder)
        os.execve = self._passing(os.execve, 2)

    def _watch_logging(self, logging: Any) -> None:
        """Watch the loggers, because a framework logs the exceptions it catches."""
        before = logging.Logger.handle

        def handle(self: Any, record: Any) -> Any:
            info = record.exc_info
            if not info or record.levelno < ERROR or type(info) is not tuple or self.disabled:
                return before(self, record)
            outer = probe.begin("logged", record.name, info[1])
            try:
                return before(self, record)
            finally:
                probe.end(outer)

        probe = self
        logging.Logger.handle = _resembling(handle, before)

    def _watch_traceback(self, traceback: Any) -> None:
        """Programs print what they catch; ``multiprocessing`` ends a worker so."""
        before = traceback.print_exception

        def print_exception(*args: Any, **options: Any) -> Any:
            error = args[1] if len(args) > 1 else args[0] if args else options.get("value")
            outer = self.begin("printed", "", error)
            try:
                return before(*args, **options)
            finally:
                self.end(outer)

        traceback.print_exception = _resembling(print_exception, before)

    # --- subprocesses -------------------------------------------------------------------------------------------

    def _watch_subprocess(self, subprocess: Any) -> None:
        place, name = subprocess, "_fork_exec"
        if not hasattr(place, name):  # before 3.11
            place, name = subprocess._posixsubprocess, "fork_exec"
        setattr(place, name, self._passing(getattr(place, name), 5))
        subprocess._USE_POSIX_SPAWN = False  # or it takes another way

    def _passing(self, before: Callable[..., Any], place: int) -> Callable[..., Any]:
        """``before``, whose argument number ``place`` is an environment, passing our folder on in it."""

        def execve(*args: Any, **options: Any) -> Any:
            if len(args) > place and args[place] is not None:
                args = (*args[:place], self._with_folder(args[place]), *args[place + 1 :])
            return before(*args, **options)

        return execve

    def _with_folder(self, given: Any) -> Any:
        """An environment with our folder on its path, if it was made from ours; mapping or list of ``b"K=V"``."""
        try:
            if hasattr(given, "items"):
                entries = [os.fsencode(name) + b"=" + os.fsencode(value) for name, value in given.items()]
            else:
                entries = list(given)
            variable, path, folder = os.fsencode(VARIABLE) + b"=", b"", os.fsencode(self._folder)
            if not any(entry.startswith(variable) for entry in entries):
                return given
            for entry in [entry for entry in entries if entry.startswith(b"PYTHONPATH=")]:
                path = entry.partition(b"=")[2]
                entries.remove(entry)
            if folder not in path.split(b":"):
                path = folder + b":" + path if path else folder
            entries.append(b"PYTHONPATH=" + path)
            return dict(entry.split(b"=", 1) for entry in entries) if hasattr(given, "items") else entries
        except Exception:  # noqa: BLE001 - a strange environment is the program's business
            return given

    # --- telling ------------------------------------------------------------------------------------------------

    def begin(self, how: str, where: str, error: BaseException | None) -> int:
        """Tell of ``error``, which is going to be printed, unless it is told of already; for :meth:`end`."""
        thread = _thread.get_ident()
        outer = self._current.get(thread, 0)
        if error is not None and id(error) != outer:
            self._current[thread] = id(error)
            try:  # contextlib may not be imported yet
                self._tell(how, where, error)
            except Exception:  # noqa: BLE001, S110 - the program's own failure is what matters
                pass
        return outer

    def end(self, outer: int) -> None:
        """It is printed."""
        if outer:
            self._current[_thread.get_ident()] = outer
        else:
            self._current.pop(_thread.get_ident(), None)

    def _tell(self, how: str, where: str, error: BaseException) -> None:
        now = time.monotonic()
        if now - self._second > 1:
            self._second, self._count = now, 0
        self._count += 1
        if self._count > LIMIT:
            return
        if not self._described:
            self._described = self._load("otorepair_report", "otorepair_request")
        asked = self._described["request"](error)
        self._write(self._described["report"](how, where, error, asked))

    def _write(self, line: bytes) -> None:
        if line:
            pipe = os.open(self._address, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                os.write(pipe, line)  # what does not fit is lost; the program never waits for us
            finally:
                os.close(pipe)

    def mark_proof(self) -> None:
        """Mark the statements that otorepair wants to see run, if a repair is being proven."""
        try:
            with open(os.path.join(os.path.dirname(self._address), MARKS), encoding="utf-8") as file:
                text = file.read()
        except OSError:
            return  # as nearly always
        self._load("otorepair_marks")["install"](text, self._write)

    def _load(self, *files: str) -> dict[str, Any]:
        """Return everything our own files define; they are read now, and are not modules."""
        names: dict[str, Any] = {"__name__": files[0]}
        for name in files:
            path = os.path.join(self._folder, name + ".py")
            with open(path, "rb") as file:
                exec(compile(file.read(), path, "exec"), names)  # noqa: S102 - our own file
        return names


class Finder:
    """First on ``sys.meta_path`` until all of ``patches`` are applied: to each module when it has been loaded."""

    def __init__(self, patches: dict[str, Callable[[ModuleType], None]]) -> None:
        self._patches = patches

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """The spec that the other finders have for a module to be patched; ``None`` for all others."""
        if name not in self._patches:
            return None
        for finder in [finder for finder in sys.meta_path if finder is not self]:
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                self._follow(name, spec.loader)
                return spec
        return None

    def _follow(self, name: str, loader: Any) -> None:
        before = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            del loader.exec_module
            before(module)
            self.apply(name, module)

        exec_module.__code__ = exec_module.__code__.replace(co_filename=IMPORTLIB)
        loader.exec_module = exec_module

    def apply(self, name: str, module: ModuleType) -> None:
        """Patch a loaded module. One of the program's own that only has the name is not what we look for."""
        try:
            self._patches.pop(name)(module)
        except Exception:  # noqa: BLE001, S110
            pass
        if not self._patches and self in sys.meta_path:
            sys.meta_path.remove(self)


def _resembling(wrapper: Any, before: Any) -> Any:
    """``wrapper`` with all that people see of a function taken from ``before``."""
    code = before.__code__
    wrapper.__code__ = wrapper.__code__.replace(
        co_filename=code.co_filename, co_firstlineno=code.co_firstlineno, co_name=code.co_name
    )
    for name in ("__module__", "__name__", "__qualname__", "__doc__"):
        setattr(wrapper, name, getattr(before, name))
    wrapper.__wrapped__ = before
    return wrapper
