"""The prefix key: divides typed bytes between otorepair and the program."""

from __future__ import annotations

CTRL_T = b"\x14"


class Prefix:
    """Splits what is typed. A key of ours is one byte after the prefix; the prefix twice is the child's.

    The same idea as the escape of screen and tmux: nothing the child reads is taken from it but one rare key.

    Args:
        prefix: one byte; empty: everything is the child's.
    """

    def __init__(self, prefix: bytes = CTRL_T) -> None:
        self.key = prefix
        self._begun = False

    def feed(self, typed: bytes) -> tuple[bytes, list[str]]:
        """The child's part of ``typed``, and our keys in it."""
        if not self.key or (not self._begun and self.key not in typed):
            return typed, []
        passed, keys = bytearray(), []
        for byte in typed:
            char = bytes((byte,))
            if not self._begun:
                self._begun = char == self.key
                passed += b"" if self._begun else char
                continue
            self._begun = False
            if char == self.key:
                passed += char
            else:
                keys.append(char.decode("latin-1"))
        return bytes(passed), keys

    def without(self, typed: bytes) -> bytes:
        """``typed`` without the prefix: while all keys are ours it says nothing."""
        self._begun = False
        return typed.replace(self.key, b"") if self.key else typed


def parse_prefix(text: str) -> bytes:
    """The byte of a key as it is written in settings: ``ctrl-t``, or ``none``.

    Raises:
        ValueError: not ``ctrl-`` and a letter.
    """
    if text == "none":
        return b""
    name = text.lower().removeprefix("ctrl-")
    if len(name) != 1 or not "a" <= name <= "z" or name == text.lower():
        raise ValueError(f"{text}: not ctrl- and a letter, nor none")
    return bytes((ord(name) - ord("a") + 1,))
