"""The profile of sandbox-exec on macOS. Written after Apple's own profiles; not tested on a Mac."""

from __future__ import annotations

import json

from otorepair_like.agents.sandbox.places import SandboxPlaces

PROGRAM = "/usr/bin/sandbox-exec"
_SYSTEM = ("/System", "/Library", "/usr", "/bin", "/sbin", "/opt", "/private/etc", "/private/var/db", "/dev")


def profile(places: SandboxPlaces, cwd: str, *, network: bool) -> str:
    """Return the profile for a program that works in ``cwd``."""
    readable = (*_SYSTEM, *places.programs, places.run, *places.shared, *places.own, cwd)
    writable = (places.copy, *places.own, cwd)
    lines = [
        "(version 1)",
        "(deny default)",
        "(allow process-fork process-exec sysctl-read mach-lookup)",
        "(allow signal (target same-sandbox))",
        "(allow file-read-metadata)",
        f"(allow file-read* {_below(readable)})",
        f"(allow file-write* {_below(writable)})",
        '(allow file-write-data (literal "/dev/null") (literal "/dev/tty"))',
    ]
    lines += [f"(deny file-write* {_below(places.orders)})"] if places.orders else []
    lines += ["(allow network-outbound (remote ip))", "(allow system-socket)"] if network else []
    return "\n".join(lines)


def _below(paths: tuple[str, ...]) -> str:
    return " ".join(f"(subpath {json.dumps(path)})" for path in paths)
