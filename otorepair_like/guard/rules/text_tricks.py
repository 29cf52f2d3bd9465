"""Text that reads differently from how it runs (CVE-2021-42574 and CVE-2021-42694, "Trojan Source")."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from otorepair_like.guard.changed_lines import is_document, new_lines
from otorepair_like.guard.finding import GuardFinding, refused
from otorepair_like.workspace.change_set import FileChange

_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_LINE_ENDS: Final = re.compile("[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]|\r(?!\r*\n|$)")
"""Characters that some programs take for the end of a line, and others do not."""

_EMOJI: Final = re.compile("[\u200d\ufe0f]")
"""Invisible characters that belong to signs such as ❤️."""

_WORD: Final = re.compile(r"[^\W\d_]\w*")
_SCRIPTS: Final = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE")
"""Scripts with letters that look like one another's."""

_BOM: Final = "\ufeff".encode()


def tricks(change: FileChange) -> Iterator[GuardFinding]:
    """Yield new invisible and bidirectional characters, hidden line ends, and names in letters of two scripts."""
    if change.after is None:
        return
    if change.after.startswith(_BOM) and not (change.before or b"").startswith(_BOM):
        yield refused("invisible", change.path, "a byte order mark at its beginning", 1)
    if change.after.isascii() and not _LINE_ENDS.search(change.after.decode()):
        return
    for number, line in new_lines(change):
        text = line.removeprefix("\ufeff") if number == 1 else line
        plain = text.isascii()
        if not plain and (found := _INVISIBLE.search(_EMOJI.sub("", text) if _has_emoji(text) else text)):
            said = f"an invisible character (U+{ord(found.group()):04X})"
            yield refused("invisible", change.path, said, number)
        if found := _LINE_ENDS.search(text):
            said = f"a line end that does not look like one (U+{ord(found.group()):04X})"
            yield refused("invisible", change.path, said, number)
        if not plain and not is_document(change.path) and (word := _confusable(text)):
            said = f"{word!a} reads like another name: its letters are of two scripts or forms"
            yield refused("confusable", change.path, said, number)


def _has_emoji(text: str) -> bool:
    return any(unicodedata.category(character) == "So" for character in text)


def _confusable(line: str) -> str:
    """Return a word with letters of two scripts, or one that Python reads as another; ``""``: none."""
    words: list[str] = _WORD.findall(line)
    for word in words:
        if word.isascii():
            continue
        letters = [unicodedata.name(letter, "").partition(" ")[0] for letter in word if letter.isalpha()]
        if len({script for script in letters if script in _SCRIPTS}) > 1:
            return word
        if unicodedata.normalize("NFKC", word).isascii():
            return word
        if set(letters) & set(_SCRIPTS[1:]) and all(
            letter in _LATIN_LIKE for letter in word if letter.isalpha()
        ):
            return word
    return ""


_LATIN_LIKE: Final = frozenset("аеорсухіјѕԁһӏԛԝАВЕКМНОРСТХІЈЅΑΒΕΖΗΙΚΜΝΟΡΤΥΧονα")
"""Cyrillic and Greek letters that look like Latin ones."""
