"""The entry point of ``python -m otorepair_like`` and of the command ``otorepair``."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line and exit with its code."""
    try:
        if os.getpid() == 1:
            from otorepair_like.supervise.process.pid1 import divide

            divide()
        from otorepair_like.cli.main import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # before the run began
        code = 130
    sys.exit(code)


if __name__ == "__main__":
    main()
