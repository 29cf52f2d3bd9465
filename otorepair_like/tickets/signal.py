"""Signals: what proves a failure and so proves its repair, and can be asked again.

A closed family. Each signal describes itself in words (:meth:`describe`), for prompt and screen, and can be kept as
JSON (:func:`to_json`, :func:`from_json`). ``repair/proof/`` asks signals; ``loop/`` asks that of a living program.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final, TypeAlias, get_args

from otorepair_like.json_codec import DecodeError, decode

COMMAND_TIMEOUT: Final = 300.0
"""Seconds a command may take, unless the signal says otherwise."""


class HealthMode(StrEnum):
    """The behaviour of a healthy program."""

    STAYS_UP = "stays_up"
    """It crashed: started again it must exit 0, or stay up without the failure."""
    STAYS_QUIET = "stays_quiet"
    """It lives on: reloaded or restarted, it must not show the failure again."""


class Expect(StrEnum):
    """The condition under which a command passes."""

    EXIT_ZERO = "exit-zero"
    MATCHES = "matches"
    """Its output must match the pattern."""
    NOT_MATCHES = "not-matches"
    """Its output must not match the pattern."""


@dataclass(frozen=True, slots=True)
class ProgramHealthy:
    """The wrapped program stays up, or quiet.

    Args:
        seconds: how long it must show health.
        request: ``("GET", "/path")`` of the request that failed, to be asked again; ``None``: none was seen.
        by_itself: whether the failure shows without anybody's action, on start or again and again.
    """

    mode: HealthMode
    seconds: float
    request: tuple[str, str] | None = None
    by_itself: bool = True

    def describe(self) -> str:
        """Return the condition in words."""
        if self.request:
            return f"{' '.join(self.request)} must answer below 500, and the program stay up for {self.seconds:g} s"
        if self.mode is HealthMode.STAYS_UP:
            return f"the program must exit 0, or stay up for {self.seconds:g} s without this failure"
        return f"the program must run for {self.seconds:g} s without this failure"


@dataclass(frozen=True, slots=True)
class CommandPasses:
    """A shell command does what is expected of it.

    Args:
        pattern: a regular expression for the command's output, where ``expect`` speaks of one.
        timeout: seconds the command may take.
    """

    command: str
    expect: Expect = Expect.EXIT_ZERO
    pattern: str = ""
    timeout: float = COMMAND_TIMEOUT

    def describe(self) -> str:
        """Return the condition in words."""
        if self.expect is Expect.EXIT_ZERO:
            return f"`{self.command}` must exit 0"
        verb = "print" if self.expect is Expect.MATCHES else "not print"
        return f"`{self.command}` must {verb} a match of /{self.pattern}/"


@dataclass(frozen=True, slots=True)
class TestsPass:
    """Named tests of a test run pass.

    Args:
        runner: whose run it is, such as ``pytest``.
        ids: the tests, as the runner names them.
        command: runs them.
        timeout: seconds the command may take.
    """

    __test__ = False  # its name would have pytest collect it

    runner: str
    ids: tuple[str, ...]
    command: str
    timeout: float = COMMAND_TIMEOUT

    def describe(self) -> str:
        """Return the condition in words."""
        more = f" and {len(self.ids) - 1} more" if len(self.ids) > 1 else ""
        return f"{self.ids[0] if self.ids else 'every test'}{more} must pass in `{self.command}`"


@dataclass(frozen=True, slots=True)
class RequestAnswers:
    """A running server answers a request.

    Args:
        url: the server's, such as ``http://127.0.0.1:8000``; on this machine.
        below: the status must be lower than this.
        matches: a regular expression that the body must match; ``""``: any body.
        timeout: seconds for the answer.
    """

    method: str
    path: str
    url: str
    below: int = 500
    matches: str = ""
    timeout: float = 10.0

    def describe(self) -> str:
        """Return the condition in words."""
        body = f" with a body that matches /{self.matches}/" if self.matches else ""
        return f"{self.method} {self.path} must answer below {self.below}{body}"


@dataclass(frozen=True, slots=True)
class NotAskable:
    """Nothing on this machine can be asked, for the reason ``why``; a repair stays unproven."""

    why: str

    def describe(self) -> str:
        """Return the condition in words."""
        return f"nothing can be asked again here: {self.why}"


Signal: TypeAlias = ProgramHealthy | CommandPasses | TestsPass | RequestAnswers | NotAskable
_KINDS: Final[Mapping[str, type[Signal]]] = {kind.__name__: kind for kind in get_args(Signal)}


def to_json(signal: Signal) -> dict[str, Any]:
    """Return ``signal`` as plain JSON values; :func:`from_json` reads it back."""
    return {"signal": type(signal).__name__, **asdict(signal)}


def from_json(data: object) -> Signal:
    """Return the signal that :func:`to_json` wrote.

    Raises:
        DecodeError: ``data`` is no such thing; it may come from a file that anybody wrote.
    """
    kind = _KINDS.get(str(data.get("signal"))) if isinstance(data, Mapping) else None
    if kind is None:
        raise DecodeError(f"signal: none of {', '.join(_KINDS)}")
    return decode(kind, data)
