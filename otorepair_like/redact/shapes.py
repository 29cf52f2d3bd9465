"""Recognise credentials by their shape: each row is a text that must occur, and a pattern.

The formats are those that issuers publish and secret scanners know (GitHub's list of supported secret scanning
patterns is the broadest public one). A row costs one substring search until its text occurs; only then is its pattern
compiled. Group 1 of a match stays readable, the rest becomes ``[secret]``.

To take linear time, no pattern begins with a repetition or inside a longer word, so that no row scans a part of the
text twice.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

_START: Final = r"(?:(?<![\w-])|(?<=\\[nrt]))"
_END: Final = r"(?![A-Za-z0-9])"

TOKENS: Final[tuple[tuple[str, str], ...]] = (
    # clouds
    ("AKIA", r"AKIA[A-Z2-7]{16}"),
    ("ASIA", r"ASIA[A-Z2-7]{16}"),
    ("AIza", r"AIza[\w-]{35}"),
    ("ya29.", r"ya29\.[\w-]{20,}"),
    ("GOCSPX-", r"GOCSPX-[\w-]{28}"),
    ("1//0", r"1//0[\w-]{30,}"),
    ("Q~", r"[\w.~-]{3}\dQ~[\w.~-]{31,34}"),
    ("do", r"do[opr]_v1_[0-9a-f]{64}"),
    ("dapi", r"dapi[0-9a-f]{32}(?:-\d)?"),
    ("v1.0-", r"v1\.0-[0-9a-f]{24}-[0-9a-f]{146}"),
    ("fm2_", r"fm2_[A-Za-z0-9+/]{60,}={0,2}"),
    ("nfp_", r"nfp_[A-Za-z0-9]{36,}"),
    ("pscale_", r"pscale_(?:tkn|pw|oauth)_[\w.-]{32,}"),
    ("sbp_", r"sbp_[0-9a-f]{40}"),
    ("hv", r"hv[sbr]\.[\w-]{24,}"),
    (".atlasv1.", r"[A-Za-z0-9]{14}\.atlasv1\.[\w-]{60,}"),
    ("dp.", r"dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_-]{1,40}\.)?[A-Za-z0-9]{40,44}"),
    ("HRKU-", r"HRKU-[\w-]{30,}"),
    ("sb_secret_", r"sb_secret_[\w-]{20,}"),
    ("napi_", r"napi_[a-z0-9]{40,}"),
    ("ops_eyJ", r"ops_eyJ[\w+/=-]{100,}"),
    ("tskey-", r"tskey-(?:auth|api|client|scim|webhook)-[\w-]{16,}"),
    # code and packages
    ("gh", r"gh[pousr]_[A-Za-z0-9]{36,}"),
    ("github_pat_", r"github_pat_\w{22,}"),
    ("gl", r"gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat|oas)-[\w-]{20,}"),
    ("ATBB", r"ATBB[A-Za-z0-9]{28,}"),
    ("oy2", r"oy2[a-z0-9]{43}"),
    ("AKCp", r"AKCp[A-Za-z0-9]{60,}"),
    ("ATATT3", r"ATATT3[\w=-]{60,}"),
    ("npm_", r"npm_[A-Za-z0-9]{36}"),
    ("pypi-AgE", r"pypi-AgE[\w-]{50,}"),
    ("rubygems_", r"rubygems_[0-9a-f]{48}"),
    ("dckr_pat_", r"dckr_pat_[\w-]{27,}"),
    ("cio", r"cio[A-Za-z0-9]{32}"),
    # models
    ("sk-", r"sk-(?:ant|proj|svcacct|admin|or)-[\w-]{20,}"),
    ("sk-", r"sk-[A-Za-z0-9]{32,}"),
    ("hf_", r"hf_[A-Za-z0-9]{30,}"),
    ("gsk_", r"gsk_[A-Za-z0-9]{40,}"),
    ("xai-", r"xai-[A-Za-z0-9]{60,}"),
    ("r8_", r"r8_[A-Za-z0-9]{37}"),
    ("pcsk_", r"pcsk_\w{30,}"),
    ("lsv2_", r"lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}"),
    ("pa-", r"pa-[\w-]{43}"),
    ("pplx-", r"pplx-[A-Za-z0-9]{40,}"),
    # payment, mail, messages
    ("k_", r"[rs]k_(?:live|test)_[A-Za-z0-9]{16,}"),
    ("whsec_", r"whsec_[A-Za-z0-9+/]{24,}={0,2}"),
    ("sq0", r"sq0(?:atp|csp)-[\w-]{22,}"),
    ("EAA", r"EAA[A-Za-z0-9]{57,}"),
    ("access_token$", r"access_token\$(?:production|sandbox)\$[a-z0-9]{16}\$[0-9a-f]{32}"),
    ("key-", r"key-[0-9a-f]{32}"),
    (".", r"(?:M[Tjz]|N[DTjz]|O[DT])[\w-]{21,25}\.[\w-]{6}\.[\w-]{27,45}"),
    (":APA91b", r"[\w-]{8,24}:APA91b[\w-]{100,}"),
    ("shp", r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"),
    ("SG.", r"SG\.[\w-]{16,32}\.[\w-]{32,64}"),
    ("SK", r"SK[0-9a-f]{32}"),
    ("-us", r"[0-9a-f]{32}-us\d{1,2}"),
    ("xox", r"xox[abeoprs]-[\w-]{10,}"),
    ("xapp-", r"xapp-\d-[\w-]{20,}"),
    (":AA", r"\d{8,10}:AA[\w-]{33}"),
    # tools
    ("sl.", r"sl\.(?:u\.)?[\w-]{100,}"),
    ("CFPAT-", r"CFPAT-[\w-]{43}"),
    ("glc_eyJ", r"glc_eyJ[\w+/=-]{40,}"),
    ("lin_api_", r"lin_api_[A-Za-z0-9]{40}"),
    ("secret_", r"secret_[A-Za-z0-9]{43}"),
    ("ntn_", r"ntn_[A-Za-z0-9]{40,}"),
    ("figd_", r"figd_[\w-]{40,}"),
    ("PMAK-", r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}"),
    ("NRAK-", r"NRAK-[A-Z0-9]{27}"),
    ("glsa_", r"glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}"),
    ("sntr", r"sntr(?:ys|yu)_[A-Za-z0-9+/=_-]{40,}"),
    ("pat", r"pat[A-Za-z0-9]{14}\.[0-9a-f]{64}"),
    ("AGE-SECRET-KEY-1", r"AGE-SECRET-KEY-1[0-9A-Z]{58}"),
    ("eyJ", r"eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*"),
)
"""Tokens with a shape of their own."""

_NAME: Final = r"(?:secret|passw(?:or)?d|token|api_?-?key|access_?-?key|private_?-?key|auth_?key)"

IN_CONTEXT: Final[tuple[tuple[str, str], ...]] = (
    # A whole block, or the beginning of one that was cut off.
    (
        "private key",
        r"(-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)(?!\[secret)"
        r"(?:(?:[^-]|-(?!----))++(?=-----END)|(?:(?:[\s\"',>|│]|\\[nr])*+[\w+/=]{16,}+)++)",
    ),
    ("://", r"(://[^\s/:@\"'<>]{0,200}:)(?!\[secret|\$\{|\{|<|%\(|\*+@)[^\s/?\"'<>]+(?=@)"),
    ("$2", r"()\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}(?![\w-])"),
    ("://", r"(://)(?=[\w-]{0,80}\d)[\w-]{20,}(?=@)"),
    (
        "authorization",
        r"(authorization[\"']?\s{0,8}[:=]\s{0,8}[\"']?(?:bearer|basic|token|digest|apikey|ssws)\s{1,8})"
        r"(?!\[secret)[\w.~+/=-]{8,}",
    ),
    ("bearer", r"(\bbearer\s{1,8})(?=[a-z._~+/=-]*\d)[\w.~+/=-]{20,}"),
    (
        "-key",
        r"(\b(?:api|application|access|auth|account|master|service)-key[\"']?\s{0,8}:\s{0,8}[\"']?)(?!\[secret)[\w.~+/=-]{12,}",
    ),
    ("cookie:", r"(\bcookie:\s{0,8})(?!\[secret)[^\s=;]{1,100}=[^\r\n]+"),
    ("_auth", r"(\b_auth\s{0,8}=\s{0,8}\"?)[A-Za-z0-9+/]{12,}={0,2}(?![\w.(])"),
    ("auth", r"(\"auth\"\s{0,8}:\s{0,8}\")[A-Za-z0-9+/]{12,}={0,2}(?=\")"),
    ("client-key-data", r"(client-key-data:\s{0,8})[\w+/=]{40,}"),
    (
        "machine",
        r"(\bmachine\s{1,8}(?=\S{0,200}[.:]|localhost)\S{1,200}\s{1,8}login\s{1,8}\S{1,200}\s{1,8}password\s{1,8})(?!\[secret)\S+",
    ),
    (
        "curl",
        r"(\bcurl\b(?:(?!\s-u|\s--user)[^\n]){0,200}\s(?:-u|--user)\s{0,8}[\"']?[^\s:\"'$]{1,100}:)(?!\[secret|\$|<)[^\s\"']+",
    ),
    ("--", r"(--(?:[a-z]{1,20}-){0,3}passw(?:or)?d[= ])(?=[a-z-]{0,100}\d)[\w.~!@#%^&*+-]{8,}(?!\S)"),
    ("aws_secret_access_key", r"(aws_secret_access_key[\"']?\s{0,8}[:=]\s{0,8}[\"']?)[A-Za-z0-9/+]{40}"),
    (";", r"(;\s?(?:password|pwd)\s?=\s?)(?!\[secret|\{|\$|<|%|\*)[^\s;\"']{4,}"),
    ("_authtoken", r"(_authtoken\s{0,8}=\s{0,8}\"?)(?!\[secret)[\w./+=-]{8,}"),
    ("hooks.slack.com", r"(hooks\.slack\.com/(?:services|workflows|triggers)/)(?!\[secret)[\w/-]{8,}"),
    ("/api/webhooks/", r"(/api/webhooks/\d{1,24}/)[\w-]{30,}"),
    ("accountkey=", r"(accountkey=)[\w+/]{40,}={0,2}"),
    ("sharedaccesskey=", r"(sharedaccesskey=)[\w+/]{30,}={0,2}"),
    ("django-insecure-", r"(django-insecure-)(?!\[secret)[^\s\"']{20,}"),
    (
        "=",
        r"([?&](?:access_token|refresh_token|id_token|api_?key|token|sig|signature|password|client_secret"
        r"|x-amz-signature|x-amz-security-token)=)(?!\[secret)(?!your)[\w.~%+/-]{8,}",
    ),
    # A literal of at least 16 letters and digits, assigned to a name like secret.
    (
        "",
        rf"({_NAME}[\w-]{{0,30}}[\"']?\s{{0,8}}(?:[:=]|:=|=>)\s{{0,8}}[\"'])"
        r"(?!\[secret)(?=[^\s\"'\d]*\d)(?=[^\s\"'a-z]*[a-z])[^\s\"'{}$<>]{16,}(?=[\"'])",
    ),
    # A password or secret key may be shorter: in quotes, or alone on its line.
    (
        "",
        r"((?:passw(?:or)?d|passphrase|secret_?key)[\"']?\s{0,8}[:=]\s{0,8}[\"'])"
        r"(?!\[secret)(?=[^\s\"'\d]*\d)(?=[^\s\"'a-z]*[a-z])[^\s\"'{}$<>]{8,}(?=[\"'])",
    ),
    (
        "",
        r"((?:passw(?:or)?d|passphrase)(?:=|:[ ]))(?!\[secret|[a-z]\w{0,60}_\w{0,60}(?!\S))"
        r"(?=[^\s\d]{0,100}\d)(?=[^\sa-z]{0,100}[a-z])"
        r"[^\s\"'{}$<>()\[\],;&]{8,}(?!\S)",
    ),
    # The same without quotes, as in environment files and YAML.
    (
        "",
        rf"({_NAME}[\w-]{{0,30}}(?:=|:[ ]))(?![a-z]{{1,60}}\d?(?!\w))"
        r"(?=[\w+/.~-]{0,400}\d)(?=[\d+/.~_-]{0,400}[a-z])"
        r"[\w+/~-]{20,}={0,2}(?![\w.(\[])",
    ),
)
"""Credentials recognised by their context; case does not matter."""


_KEY_END: Final = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY")
_KEY_LINE: Final = re.compile(r"[\s\"',>|│]{0,20}[\w+/]{8,100}={0,2}[\s\"',]{0,8}")
_LONGEST_KEY: Final = 200
"""Lines."""


def mask_shapes(text: str) -> str:
    """Return ``text`` with everything shaped like a credential replaced."""
    for hint, pattern in TOKENS:
        if hint in text:
            text = _compiled(_START + "(?:" + pattern + ")" + _END).sub("[secret]", text)
    folded = text.lower()
    for hint, pattern in IN_CONTEXT:
        if hint in folded:
            text = _compiled("(?i:" + pattern + ")").sub(r"\1[secret]", text)
    return _without_key_ends(text) if "private key" in folded else text


def _without_key_ends(text: str) -> str:
    """Mask the lines before the end of a private key whose beginning was cut off."""
    kept: list[str] = []
    for line in text.split("\n"):
        if _KEY_END.search(line) and not any(
            "-----BEGIN" in above for above in (line, *kept[-_LONGEST_KEY:])
        ):
            count = len(kept)
            while kept and _KEY_LINE.fullmatch(kept[-1]):
                kept.pop()
            kept += ["[secret]"] * (len(kept) < count)
        kept.append(line)
    return "\n".join(kept)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
