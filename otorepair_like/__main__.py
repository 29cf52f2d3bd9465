"""``python -m otorepair_like``, and the installed command ``otorepair``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and exit with its code."""
    from otorepair_like.cli.main import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
