"""Decide whether a file belongs to the user, or to a library or a runtime, or is generated.

The lists contain the folders of each ecosystem's package manager and installer; the idea of "in app" frames is Sentry's
(``develop.sentry.dev``, stack trace interface).
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final
from urllib.parse import unquote

_LIBRARY: Final = re.compile(
    r"""(?:^|/)(?:site-packages|dist-packages|node_modules|bower_components|vendor|third_party|Pods|deps
        |\.?venv|virtualenv|\.tox|\.nox|\.pnpm|\.yarn|\.next|\.nuxt|\.svelte-kit|\.vite|\.parcel-cache|__pycache__
        |\.cargo|\.rustup|\.pyenv|\.rbenv|\.rvm|\.nvm|\.asdf|\.gem|gems|rubygems-integration|gopath|rustc
        |lib(?:64)?/python[\d.]*|lib/pypy[\d.]*|lib/ruby|lib/nim|lib/erlang|lib/elixir|lib/node|lib/crystal|lib/perl5?|lib/lua
        |go/pkg/mod|usr/local/go|go/src|go-[\d.]+/src|pkg/mod|libexec|libsanitizer|Cellar|Frameworks|sysdeps|jdk[\w.-]*|jvm)/
    | ^/(?:usr|lib|lib64|opt/hostedtoolcache|nix/store|snap|System|rustc)/
    | ^(?:node|internal|bun|deno|ext|webpack|turbopack|rsc|evalmachine|repl)(?::|/)
    | ^(?:pandas/_libs|csu|sysdeps|java\.base|jdk|sun|golang\.org|ice-9|bootstrap_node)
    | \.(?:pyx|pxi|pxd)$
    | (?:^|/)(?:_next|dist/server|\.output|\.webpack)/
    | \.min\.[cm]?js$
    """,
    re.VERBOSE,
)
_NO_FILE: Final = re.compile(
    r"^$|^<[^>]*>$|^\[.*\]$|^\?+$|^native$|^Unknown Source$|^Native Method$|\.\w+ Method$", re.I
)
_SCHEME: Final = re.compile(
    r"^(?:file://(?=/)|file:|webpack(?:-internal)?://[^/]*/(?:\([^)]*\)/)?|turbopack://\[project\]/"
    r"|rsc://[^/]*/|async )"
)
_QUERY: Final = re.compile(r"[?#][\w=&.-]*$")


class Places:
    """Converts printed paths to paths in the workspace.

    Args:
        workspace: the working directory of the program.
    """

    def __init__(self, workspace: Path) -> None:
        path = str(workspace)
        # Programs print the resolved path; on macOS /tmp is a link to /private/tmp.
        self._roots = tuple({os.path.abspath(path) + "/", os.path.realpath(path) + "/"} - {"//"})

    def relative(self, file: str) -> str:
        """Return the path relative to the workspace, without scheme and query; absolute if it is outside."""
        path = _QUERY.sub("", unquote(_SCHEME.sub("", file)) if "://" in file or "%" in file else file)
        for root in self._roots:
            if path.startswith(root):
                path = path[len(root) :]
                break
        path = path.replace("\\", "/")
        while path.startswith("./"):
            path = path[2:]
        return path

    def strip(self, text: str) -> str:
        """Return ``text`` without the path of the workspace, wherever it occurs."""
        for root in self._roots:
            if root in text:
                text = text.replace(root, "")
        return text

    def own(self, file: str) -> bool:
        """Return whether the file belongs to the user, by its path."""
        if _NO_FILE.match(file) or file.startswith(("node:", "webpack/", "webpack:///webpack/")):
            return False
        return not is_library(self.relative(file))


def is_library(path: str) -> bool:
    """Return whether a path is in a folder of a package manager or a runtime."""
    return _LIBRARY.search(path) is not None
