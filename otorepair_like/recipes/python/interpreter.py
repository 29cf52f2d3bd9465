"""The program's interpreter, asked in processes of its own: what is installed, what a module has, what compiles.

It imports only the standard library and installed packages, never the user's code, which may have effects.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from otorepair_like.trust.projects import is_trusted_folder

_PYTHON: Final = re.compile(r"(?:python|pypy)[\d.]{0,6}t?")
_SCRIPT: Final = os.path.join(os.path.dirname(__file__), "interpreter_probe.py")


def child_interpreter(workspace: Path, told: str = "") -> str:
    """Return the interpreter a Python program most likely has: of an active or local virtual environment, else ours.

    A virtual environment of the workspace may have come with it. It is run if the program that the user started said
    that it runs there, or if the user trusts the workspace.

    Args:
        told: the interpreter that the program named, see :class:`Facts`; ``""``: none.
    """
    if _PYTHON.fullmatch(os.path.basename(told)) and os.path.isabs(told) and os.access(told, os.X_OK):
        return told
    active = os.environ.get("VIRTUAL_ENV", "")
    local = [str(workspace / ".venv"), str(workspace / "venv")] if is_trusted_folder(workspace) else []
    for folder in (active, *local):
        python = os.path.join(folder, "bin", "python")
        if os.path.isabs(folder) and os.access(python, os.X_OK):
            return python
    return sys.executable


class Interpreter:
    """Ask an interpreter questions, each once and in a process of its own.

    Args:
        python: the interpreter.
        seconds: time limit for all questions together; afterwards every answer is ``None``.
    """

    def __init__(self, python: str, seconds: float = 5.0) -> None:
        self.python = python
        self._deadline = time.monotonic() + seconds
        self._answers: dict[str, Any] = {}
        self._running: subprocess.Popen[bytes] | None = None
        self._closed = False

    @property
    def left(self) -> float:
        """Return the seconds left for questions."""
        return 0.0 if self._closed else self._deadline - time.monotonic()

    def standard_modules(self) -> frozenset[str]:
        """Return the top-level modules of its standard library."""
        return frozenset(self._ask("standard_modules") or sys.stdlib_module_names)

    def installed_modules(self) -> frozenset[str]:
        """Return the top-level modules installed for it, without the standard library."""
        return frozenset(self._ask("installed_modules") or ())

    def members(self, module: str) -> frozenset[str] | None:
        """Return the members of an installed module, submodules included; ``None`` if it cannot be imported."""
        names = self._ask("members", module)
        return None if names is None else frozenset(names)

    def class_members(self, modules: list[str], name: str) -> frozenset[str] | None:
        """Return the attributes of instances of a class that is found by name after importing ``modules``."""
        names = self._ask("class_members", *modules, name)
        return None if names is None else frozenset(names)

    def parameters(self, modules: list[str], name: str) -> list[str] | None:
        """Return the parameters of a function or class that is found by its dotted name."""
        names: list[str] | None = self._ask("parameters", *modules, name)
        return names

    def is_same(self, modules: list[str], name: str) -> bool:
        """Return whether a name is one and the same object in all these modules."""
        return bool(self._ask("is_same", *modules, name))

    def defining(self, packages: list[str], name: str) -> list[str]:
        """Return the public modules of these packages that define a name at the top of their text.

        ``["*"]`` is the standard library. Of several modules with the same object, only the shortest is returned.
        """
        return list(self._ask("defining", name, *packages) or ())

    def modules_with(self, modules: list[str], name: str) -> list[str]:
        """Return those of the modules that have a name."""
        return list(self._ask("modules_with", name, *modules) or ())

    def compiles(self, files: Mapping[str, bytes]) -> bool:
        """Return whether all these texts compile there; ``True`` when the time for questions is over."""
        return (
            self._ask("compiles", **{name: raw.decode("latin-1") for name, raw in files.items()}) is not False
        )

    def close(self) -> None:
        """Stop the running question and answer no more."""
        self._closed = True
        if self._running is not None and self._running.poll() is None:
            self._running.kill()

    def _ask(self, question: str, *words: str, **texts: str) -> Any:
        """Return the answer to a question; ask it once."""
        request = json.dumps([question, words, texts])
        if request not in self._answers:
            self._answers[request] = self._answer(request)
        return self._answers[request]

    def _answer(self, request: str) -> Any:
        """Run the probe script for one question."""
        left = self.left
        if left <= 0:
            return None
        try:
            self._running = subprocess.Popen(
                [self.python, _SCRIPT],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                # PYTHONPATH would let the user's modules hide those of the standard library.
                env={k: v for k, v in os.environ.items() if not k.startswith("PYTHON")},
                cwd=os.path.dirname(_SCRIPT),
                start_new_session=True,
            )
        except OSError:
            return None
        with self._running as process:
            try:
                out, _ = process.communicate(request.encode(), timeout=left)
            except subprocess.TimeoutExpired:
                process.kill()
                return None
        try:
            return json.loads(out.splitlines()[-1])
        except (ValueError, IndexError):
            return None
