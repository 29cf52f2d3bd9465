"""What a change set may be: the settings the guard enforces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from otorepair_like.tickets.ticket import ANYTHING, Scope

BLOCKED: Final = (
    "**/.git/**", "**/.git", "**/.gitmodules", "**/.hg/**", "**/.svn/**",
    "**/.env", "**/.env.*", "**/*.env", "**/.envrc", "**/*secret*", "**/*secret*/**", "**/*credential*",
    "**/*.pem", "**/*.key", "**/*.p12", "**/*.pfx", "**/*.jks", "**/*.keystore", "**/*.kdbx",
    "**/id_rsa*", "**/id_dsa*", "**/id_ecdsa*", "**/id_ed25519*", "**/.ssh/**", "**/.gnupg/**", "**/.aws/**",
    "**/.netrc", "**/.pypirc", "**/.npmrc", "**/.pgpass", "**/.htpasswd", "**/authorized_keys",
    "**/.venv/**", "**/venv/**", "**/node_modules/**", "**/site-packages/**", "**/__pycache__/**",
    "**/.otorepair/**", "otorepair.toml", "**/otorepair.toml",
    ".github/**", ".gitlab-ci.yml", ".gitlab/**", ".circleci/**", "azure-pipelines.yml", "Jenkinsfile",
    ".ci/**", ".buildkite/**", ".drone.yml", ".travis.yml", "bitbucket-pipelines.yml",
    ".pre-commit-config.yaml", ".husky/**", ".claude/**", ".cursor/**", ".mcp.json", ".vscode/**",
    ".idea/**",
)  # fmt: skip
"""Paths that no repair may touch: history, secrets, dependencies, and what runs on other occasions."""

TESTS: Final = (
    "**/test_*.py", "**/*_test.py", "**/*_tests.py", "**/tests.py", "**/conftest.py", "**/tests/**",
    "**/test/**", "**/__tests__/**", "**/*.test.*", "**/*.spec.*", "**/*_test.go", "**/spec/**",
    "**/*_spec.rb", "**/testdata/**", "**/__snapshots__/**", "**/*.snap",
)  # fmt: skip
"""Paths of tests. New ones are fine; existing ones may not be changed or removed."""


@dataclass(frozen=True, slots=True)
class GuardPolicy:
    """What is allowed.

    Args:
        allowed_paths: patterns a path must match one of; empty: everything that is not blocked.
        blocked_paths: patterns that refuse.
        unblocked_paths: patterns that lift such a refusal.
        test_paths: patterns of tests.
        max_files, max_lines: most files, and lines added and removed together.
        allow: rules of the guard that are switched off, by name.
        scope: what the ticket at hand allows, besides.
        hiding: ``"refuse"`` (recipes) or ``"ask"`` (agents): what follows on a change that only hides the
            failure.
    """

    allowed_paths: tuple[str, ...] = ()
    blocked_paths: tuple[str, ...] = BLOCKED
    unblocked_paths: tuple[str, ...] = ()
    test_paths: tuple[str, ...] = TESTS
    max_files: int = 8
    max_lines: int = 400
    allow: frozenset[str] = frozenset()
    scope: Scope = ANYTHING
    hiding: str = "ask"
