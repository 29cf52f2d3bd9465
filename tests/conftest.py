"""What holds for all tests."""

from __future__ import annotations

import signal

# Whoever runs us in the background may have these ignored, and so would every program that a test starts.
signal.signal(signal.SIGINT, signal.default_int_handler)
for sig in (signal.SIGHUP, signal.SIGQUIT):
    signal.signal(sig, signal.SIG_DFL)
