"""Select the environment variables of an agent: a fixed list, so that it does not get the secrets of the program."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from otorepair_like.trust.programs import absolute_path

COMMON = (
    *(
        "HOME",
        "PATH",
        "USER",
        "LOGNAME",
        "SHELL",
        "LANG",
        "LANGUAGE",
        "LC_*",
        "TZ",
        "TERM",
        "TMPDIR",
        "XDG_*",
    ),
    *(
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "NO_PROXY",
        "http_proxy",
        "https_proxy",
        "all_proxy",
        "no_proxy",
    ),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"),
)
"""Variables that every agent needs: to run, to reach its model and to use the user's language."""
PROVIDERS = (
    *("ANTHROPIC_*", "OPENAI_*", "AZURE_*", "GEMINI_*", "GOOGLE_*", "OPENROUTER_*", "OLLAMA_*"),
    *("DEEPSEEK_*", "GROQ_*", "MISTRAL_*", "XAI_*"),
)
"""Keys and addresses of model providers, for agents that work with any of them."""


def select_variables(environ: Mapping[str, str], patterns: Iterable[str]) -> dict[str, str]:
    """Return the variables in ``environ`` that are :data:`COMMON` or match one of ``patterns`` (``*``: any text)."""
    allowed = (*COMMON, *patterns)
    selected = {name: value for name, value in environ.items() if any(fnmatchcase(name, p) for p in allowed)}
    if "PATH" in selected:  # an agent works in a copy of a repository, which may bring programs of its own
        selected["PATH"] = absolute_path(selected["PATH"])
    return selected
