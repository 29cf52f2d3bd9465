"""Files that hold credentials, known by their names: they are never copied, quoted or shown to an agent."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_EXAMPLE: Final = re.compile(r"\.(example|sample|template|dist|defaults?)\b", re.IGNORECASE)
_NAME: Final = re.compile(
    r"""(?ix) \.env([._-].*)? | .*\.env | \.?env\.(local|prod|production|dev|development|stage|staging|test)
        | \.envrc | \.flaskenv | \.dev\.vars
        | \.netrc | _netrc | \.pypirc | \.npmrc | \.yarnrc(\.ya?ml)? | \.htpasswd | \.dockercfg | \.git-credentials
        | \.pgpass(\..*)? | \.my\.cnf | \.mylogin\.cnf | \.s3cfg | \.boto | \.vault-token | \.terraformrc
        | kubeconfig([._-].*)? | .*\.kubeconfig | .*\.(tfstate|tfvars)(\.backup|\.json)? | .*\.ovpn
        | id_(rsa|dsa|ecdsa|ed25519)(_sk)?(-cert)?([._-](?!pub$).*)? | id_[a-z0-9_-]+
        | .*\.(pem|key|p8|p12|pfx|jks|keystore|kdbx|ppk|asc|gpg|age)
        | wallet\.dat | firebase-adminsdk.*\.json | .*-adminsdk-.*\.json
        | (secrets?|credentials?|local_settings)(\.(py|rb|js|ts|php))? | master\.key
        | [^/]*(secret|credential|service[-_]?account)[^/]*\.(json|ya?ml|toml|ini|cfg|conf|txt|properties|enc|bak)
        """
)
_FOLDER: Final = re.compile(
    r"(?i)(?:^|/)(?:\.secrets?|secrets|\.ssh|\.gnupg|\.aws|\.azure|\.kube|\.docker)/(?!.*\.(?:py|md|rst|[jt]sx?|go|rs|rb|java)$)"
)
"""Files in such a folder, except sources and documents."""

_SKIPPED: Final = frozenset(
    (
        ".git",
        ".hg",
        ".svn",
        ".otorepair",
        "node_modules",
        ".venv",
        "venv",
        "__pycache__",
        ".tox",
        ".nox",
        ".cache",
    )
)
_MOST_FOLDERS: Final = 400


def holds_secrets(path: str) -> bool:
    """Return whether the name of a file (a path relative to the workspace) says that it holds credentials."""
    name = path.rpartition("/")[2]
    return bool(_NAME.fullmatch(name) or _FOLDER.search(path)) and not _EXAMPLE.search(name)


def credential_files(workspace: Path) -> Iterator[Path]:
    """Yield the credential files of ``workspace``, nearest folders first, a bounded number of them."""
    folders = [""]
    for folder in folders:
        for entry in _entries(os.path.join(workspace, folder)):
            path = f"{folder}/{entry.name}".lstrip("/")
            try:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name not in _SKIPPED and len(folders) < _MOST_FOLDERS:
                        folders.append(path)
                elif holds_secrets(path):
                    yield workspace / path
            except OSError:
                continue


def _entries(folder: str) -> list[os.DirEntry[str]]:
    """Return what is in ``folder``; nothing if it is none any more: builds make and remove folders all the time."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []
