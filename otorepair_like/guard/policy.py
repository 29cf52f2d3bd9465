"""The policy: the settings that the guard enforces."""

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
    "**/.otorepair.toml", "**/.gitattributes", "**/.gitignore", "**/.ignore", "**/.hgignore", "**/.mailmap",
    # What a forge or another service runs
    "**/.github/**", "**/.gitlab-ci*.yml", "**/.gitlab/**", "**/.circleci/**", "**/azure-pipelines*.yml",
    "**/.azure-pipelines/**", "**/jenkinsfile*", "**/.ci/**", "**/.buildkite/**", "**/.drone.yml", "**/.travis.yml",
    "**/bitbucket-pipelines.yml", "**/.forgejo/**", "**/.gitea/**", "**/.woodpecker/**", "**/.woodpecker.y*ml",
    "**/.builds/**", "**/.build.yml", "**/appveyor.yml", "**/.appveyor.yml", "**/.cirrus.yml", "**/.semaphore/**",
    "**/.teamcity/**", "**/cloudbuild.y*ml", "**/buildspec.y*ml", "**/codemagic.y*ml", "**/.tekton/**", "**/.argo/**",
    "**/renovate.json*", "**/.renovaterc*", "**/netlify.toml", "**/vercel.json", "**/.readthedocs.y*ml",
    # Hooks, and what editors and shells run when a folder is opened
    "**/.pre-commit-config.yaml", "**/.pre-commit-hooks.yaml", "**/lefthook*.y*ml", "**/.lefthook*", "**/.husky/**",
    "**/.githooks/**", "**/.overcommit.yml", "**/.lintstagedrc*", "**/.vscode/**", "**/*.code-workspace", "**/.idea/**",
    "**/.zed/**", "**/.fleet/**", "**/.vim/**", "**/.nvim/**", "**/.exrc", "**/.nvimrc", "**/.vimrc", "**/.lvimrc",
    "**/.dir-locals.el", "**/.devcontainer/**", "**/.devcontainer.json", "**/devcontainer.json", "**/.gitpod.yml",
    "**/.gitpod.dockerfile", "**/.replit", "**/mise*.toml", "**/.mise*.toml", "**/.tool-versions", "**/.direnv/**",
    "**/.bashrc", "**/.zshrc", "**/.profile", "**/.bash_profile", "**/.envrc*", "**/.autoenv*",
    # Standing orders of other agents
    "**/.claude/**", "**/.claude.json", "**/claude.md", "**/claude.local.md", "**/agents.md", "**/agents.override.md",
    "**/gemini.md", "**/.gemini/**", "**/.codex/**", "**/.agents/**", "**/.agent/**", "**/.cursor/**",
    "**/.cursorrules", "**/.cursorignore", "**/.windsurf/**", "**/.windsurfrules", "**/.clinerules",
    "**/.clinerules/**", "**/.roo/**",
    "**/.roorules*", "**/.roomodes", "**/.kilocode/**", "**/.continue/**", "**/.continuerules", "**/.aider*",
    "**/conventions.md", "**/.goosehints", "**/.opencode/**", "**/opencode.json*", "**/.amp/**", "**/.junie/**",
    "**/.augment*", "**/.augment/**", "**/.rules", "**/.rules/**", "**/warp.md", "**/copilot-instructions.md",
    "**/*.instructions.md", "**/*.prompt.md", "**/.mcp.json", "**/mcp.json", "**/.mcp/**", "**/.kiro/**",
    "**/.trae/**", "**/.qodo/**", "**/.openhands/**", "**/skill.md", "**/llms*.txt",
)  # fmt: skip
"""Paths that no repair may touch: history, secrets, dependencies, what runs on other occasions, and standing orders."""

TESTS: Final = (
    "**/test_*.py", "**/*_test.py", "**/*_tests.py", "**/tests.py", "**/conftest.py", "**/tests/**",
    "**/test/**", "**/__tests__/**", "**/*.test.*", "**/*.spec.*", "**/*_test.go", "**/spec/**",
    "**/*_spec.rb", "**/testdata/**", "**/__snapshots__/**", "**/snapshots/**", "**/snap/**", "**/*.snap",
    "**/golden/**", "**/*.golden", "**/*.approved.*", "**/cassettes/**",
)  # fmt: skip
"""Paths of tests. New ones are fine; existing ones may not be changed or removed."""


@dataclass(frozen=True, slots=True)
class GuardPolicy:
    """The limits of a change set.

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
