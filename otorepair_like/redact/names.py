"""Recognise the names of variables that hold secrets."""

from __future__ import annotations

import re
from typing import Final

_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

_SECRET: Final = re.compile(
    r"SECRET|AUTHORIZATION$|PASSWORD|PASSWD|PASSPHRASE|PASSCODE|CREDENTIAL|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY"
    r"|TOKENS?(?![A-Z])"
    r"|(?<![A-Z])(?:JWT|BEARER|CONNECTION_?STRING)(?![A-Z])"
    r"|_PWD(?![A-Z])"
    r"|(?<![A-Z])(?:PASS|AUTH|COOKIE|SALT|KEY|PW|PIN|OTP|TOTP|CVV|CVC|SESSIONID)$"
)
"""Searched in the name in capitals, with its words joined by ``_``. The variable ``PWD`` is the current folder."""

_HARMLESS: Final = re.compile(
    r"(?:^|_)(?:PUBLIC|PRIMARY|FOREIGN|PARTITION|SORT|CACHE|HOT|INDEX)_KEY$"
    r"|(?:^|_)(?:MAX|MIN|NUM)_"
    r"|_(?:PATH|FILE|DIR|FOLDER|SOCK|SOCKET|HOST|PORT|URL|URI|NAME|USER|ENABLED|REQUIRED|DISABLED|TTL|TIMEOUT"
    r"|LIFETIME|EXPIR[A-Z]*|SECONDS|MINUTES|HOURS|DAYS|LENGTH|SIZE|LIMIT|COUNT|ALGORITHM|TYPE|HEADER|PREFIX"
    r"|ISSUER|AUDIENCE|HASHER|HASHERS|PARALLELISM)$"
)
"""Names *about* a secret, such as its place or its lifetime."""


def secret_like(name: str) -> bool:
    """Return whether a variable of this name (``API_KEY``, ``dbPassword``, ``x-token``) likely holds a secret."""
    words = re.sub(r"[^A-Z0-9]+", "_", _CAMEL.sub("_", name).upper())
    words = re.sub(r"_?V?\d+$", "", words).strip("_")
    if words == "PWD":
        return name != "PWD"
    return bool(_SECRET.search(words)) and not _HARMLESS.search(words)
