"""The entry point of ``python -m otorepair_like`` and of the command ``otorepair``."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line and exit with its code, or die of the signal that ended it."""
    try:
        if os.getpid() == 1:
            from otorepair_like.supervise.process.pid1 import divide

            divide()
        from otorepair_like.cli.main import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # before the run began
        code = -2
    if code < 0:
        die_of(-code)
    sys.exit(code)


def die_of(number: int) -> None:
    """End by signal ``number``, so that a shell sees that its command was interrupted and stops too."""
    import resource
    import signal

    sys.stdout.flush()
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
    os.kill(os.getpid(), number)
    sys.exit(128 + number)  # process 1 does not die of a signal


if __name__ == "__main__":
    main()
