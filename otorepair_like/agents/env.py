"""Which environment variables an agent gets: a named list, so that the child's own secrets stay out of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

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
"""What every agent needs to run, to reach its model and to speak the user's language."""
PROVIDERS = (
    *("ANTHROPIC_*", "OPENAI_*", "AZURE_*", "GEMINI_*", "GOOGLE_*", "OPENROUTER_*", "OLLAMA_*"),
    *("DEEPSEEK_*", "GROQ_*", "MISTRAL_*", "XAI_*"),
)
"""Keys and addresses of model providers, for the agents that work with any of them."""


def passed_on(environ: Mapping[str, str], patterns: Iterable[str]) -> dict[str, str]:
    """The variables of ``environ`` that are :data:`COMMON` or match one of ``patterns`` (``*``: any text)."""
    wanted = (*COMMON, *patterns)
    return {name: value for name, value in environ.items() if any(fnmatchcase(name, p) for p in wanted)}
