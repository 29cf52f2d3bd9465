"""Mask values by the names they are given: ``password='tulip'``, ``SMTP_PW=…``, cookies, headers, basic auth.

A name that announces a secret is enough, however short or plain the value. What stands where a value would but is
none (a placeholder, a variable, a word of documentation) stays.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Final

from otorepair_like.redact.names import secret_like

MASK: Final = "[secret]"
_NAME: Final = r"(?<![\w.-])(-{0,2}[A-Za-z_][\w.-]{0,60}+)"
_QUOTED: Final = r"[bruf]?\\{0,2}(?P<quote>[\"'])(?P<value>(?!\[secret)[^\"'\r\n\\]{1,400}+)"

_FORMS: Final = (
    # name = 'value', 'name': 'value', "name" => "value", \"name\": \"value\", os.environ['NAME'] = 'value'
    rf"{_NAME}\\{{0,2}}[\"']?\]?\s{{0,4}}(?::|=>|:?=)\s{{0,4}}{_QUOTED}",
    # ('name', 'value'), (b'name', b'value'), [b'name', b'value']
    rf"[(\[]b?[\"']{_NAME}[\"'],\s?{_QUOTED}(?=\\{{0,2}}[\"'][)\]])",
    # ['--name', 'value']
    rf"[\"'](--[A-Za-z][\w-]{{0,60}}+)[\"'],\s?{_QUOTED}",
)
_BARE: Final = r"[^\s\"'`;&|=(){}\[\]<>,]"
_UNQUOTED: Final = (
    # NAME=value of an environment
    rf"(?<![\w.-])(?P<name>[A-Z][A-Z0-9_]{{1,60}}+)=(?P<value>(?!\[secret){_BARE}{{1,400}}+)",
    # name=value of a command line, a log line, a query or a connection string; not one of a call
    rf"(?<![\w.-])(?P<name>-{{0,2}}[A-Za-z_][\w-]{{0,60}}+)=(?P<value>(?!\[secret){_BARE}{{1,400}}+)(?=[\s;&\"'#]|$)",
    # --name value
    rf"(?<![\w.-])(?P<name>--[A-Za-z][\w-]{{0,60}}+)[ ](?P<value>(?!-|\[secret){_BARE}{{1,400}}+)",
    # name: value, alone on its line, as YAML has it
    r"(?m:^[ \t]{0,40}(?:- )?(?P<name>[A-Za-z_][\w-]{0,60}+):[ ]"
    rf"(?P<value>(?!\[secret)(?:(?!:){_BARE}){{1,400}}+)[ \t]{{0,8}}$)",
)
_AUTH: Final = (
    r"(\bauth\s{0,4}[=:]\s{0,4}\(\s?[\"'][^\"'\n]{1,100}+[\"'],\s?[\"'])"
    r"((?!\[secret)[^\"'\n]{1,200}+)(?=[\"'])"
)
_BASIC: Final = r"(?i:(\bbasic\s{1,4}))([A-Za-z0-9+/]{6,400}+={0,2})"
_GO_DSN: Final = r"(?<![\w.-])([\w.-]{1,60}+:)((?!\[secret)[^\s:@/\"']{1,100}+)(?=@(?:tcp|unix)\()"

_HINT: Final = re.compile(
    r"(?i)secret|pass|pwd|pw|pin|otp|token|key|cookie|auth|credential|basic|jwt|bearer|salt|cv[vc]|sess|sid|csrf|xsrf|@tcp|@unix"
)
_STRONG: Final = re.compile(
    r"PASSW|PASSPHRASE|PASSCODE|SECRET|PWD|(?:^|_)(?:PASS|PW|PIN|OTP|TOTP|CVV|CVC)$|AUTHORIZATION|COOKIE$"
    r"|(?:API|ACCESS|PRIVATE|ENCRYPTION|ENCRYPT|CRYPT|SIGNING|MASTER|FERNET|HMAC|AES|CIPHER)_?KEY$"
)
"""Names whose value is a secret whatever it looks like."""
_SESSION: Final = re.compile(r"^(?:CONNECT_)?SID$|SESS(?:ION)?(?:_?ID)?$|[CX]SRF")
_PLACEHOLDER: Final = re.compile(
    r"(?i)[\W_\d]?|[<$%{@\[].*|\*+|x{3,}|\.{3}|…|your.*|.*example.*|change_?me|(?:the|a|an|in|on|or|to|is|if|and|for|not|was"
    r"|has|must|with|when|from|flag|option|argument|instead|cannot|requires|needs|value|values)"
    r"|(?:is_|not_)?(?:required|invalid|incorrect|wrong|missing|empty|string|str|bytes|text|int|integer|number|bool|boolean"
    r"|object|any|none|null|nil|true|false|undefined|hidden|masked|redacted|removed|filtered|unset|set|yes|no|ok"
    r"|optional|default|disabled|enabled|unknown|unchanged|changed|expired|accepted|rejected|failed|valid|private|public)"
    r"|(?:new_?|old_?|current_?|id_?)?(?:password|passwd|pass|pwd|pw|pin|otp|secret|token|key|cookie|auth)\d?s?"
)
"""What stands for a value in documents, schemas, messages and code."""
_CODE: Final = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+|self|[A-Z_]+")
_PLENTY: Final = 12
"""Characters, letters and digits among them, from which a token is taken for one."""


def mask_named(text: str) -> str:
    """Return ``text`` with the values masked that have a name which announces a secret."""
    if not _HINT.search(text):
        return text
    for form in _FORMS:
        text = _compiled(form).sub(lambda match: _masked(match, match[1], quoted=True), text)
    for form in _UNQUOTED:
        text = _compiled(form).sub(lambda match: _masked(match, match["name"], quoted=False), text)
    text = _compiled(_AUTH).sub(rf"\1{MASK}", text)
    text = _compiled(_GO_DSN).sub(rf"\1{MASK}", text)
    return _compiled(_BASIC).sub(lambda match: match[1] + MASK if _is_pair(match[2]) else match[0], text)


def mask_listed(lines: Sequence[str], mask: Callable[[str], str]) -> list[str]:
    """Return ``lines`` masked: as one text where a private key spans several of them, else one by one."""
    if any("PRIVATE KEY" in line for line in lines):
        return mask("\n".join(lines)).split("\n")
    return [mask(line) for line in lines]


def _masked(match: re.Match[str], name: str, *, quoted: bool) -> str:
    if not _is_secret(name.lstrip("-"), match["value"], quoted=quoted):
        return match[0]
    start, end = match.start("value") - match.start(), match.end("value") - match.start()
    return match[0][:start] + MASK + match[0][end:]


def _is_secret(name: str, value: str, *, quoted: bool) -> bool:
    words = _words(name)
    if not words or _PLACEHOLDER.fullmatch(value) or (not quoted and _CODE.fullmatch(value)):
        return False
    if _STRONG.search(words):
        of_several_words = " " in value.strip() and "PASSPHRASE" not in words and "COOKIE" not in words
        is_header = "AUTHORIZATION" in words
        return len(value) >= 3 and (is_header or not of_several_words)
    shape = r"(?=.*\d)(?=.*[A-Za-z])[\w.~+/=%:-]+" if quoted else r"(?=.*\d.*\d)(?=.*[A-Za-z])[\w.~+/=%:-]+"
    return len(value) >= _PLENTY and re.fullmatch(shape, value) is not None


@cache
def _words(name: str) -> str:
    """Return ``name`` in capitals with ``_`` between its words if it may announce a secret; else ``""``."""
    last = name.rpartition(".")[2]
    words = re.sub(
        r"_?V?\d+$", "", re.sub(r"[^A-Z0-9]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", last).upper())
    )
    words = words.strip("_")
    if name == "PWD" or words in ("KEY", "AUTH", "SALT"):
        return ""
    return words if secret_like(last) or _SESSION.search(words) else ""


def _is_pair(encoded: str) -> bool:
    """Return whether ``encoded`` is ``user:password`` in base64."""
    try:
        plain = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return False
    return b":" in plain and plain.isascii() and plain.decode("ascii").isprintable()


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
