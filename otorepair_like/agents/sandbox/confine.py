"""Confine this process, then become the agent. Run as a script, for a process can only give up its own rights.

``confine.py RULES ARGV…``: RULES is JSON, see :class:`.sandbox.Rules`. Imports nothing of ours.

- Landlock (Linux 5.13 and newer): what may be read and written; from 6.12 on also no abstract sockets and signals to
  processes outside.
- seccomp: no sockets of a kind that is not allowed, so no socket of another program is reached by its path either; no
  io_uring, which would get around that.
"""

from __future__ import annotations

import ctypes
import json
import os
import struct
import sys

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
"""System calls of Landlock, the same on every machine."""
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
ALL_OF_FIRST = (1 << 13) - 1
REFER, TRUNCATE, IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
READS = EXECUTE | READ_FILE | READ_DIR
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
SCOPES = 3  # abstract sockets, signals
NO_NEW_PRIVILEGES, SECCOMP, FILTER, DROP_CAPABILITY = 38, 22, 2, 24
MACHINES = {"x86_64": (0xC000003E, 41, 425), "aarch64": (0xC00000B7, 198, 425)}
"""AUDIT_ARCH, socket, io_uring_setup."""
UNIX, INET, INET6, NETLINK = 1, 2, 10, 16
ERRNO, ALLOW, KILL = 0x00050000 | 13, 0x7FFF0000, 0x80000000

libc = ctypes.CDLL(None, use_errno=True)


def version() -> int:
    """Return the version of Landlock here; 0: there is none."""
    return max(0, int(libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), 1)))


def capabilities() -> None:
    """Give up the privileges of root, if this is root; they would reach around what follows."""
    for number in range(64):
        libc.prctl(DROP_CAPABILITY, number, 0, 0, 0)


def landlock(readable: list[str], writable: list[str]) -> None:
    """Give up every other access to files.

    Raises:
        OSError: the kernel refused.
    """
    abi = version()
    handled = (
        ALL_OF_FIRST
        | (REFER if abi >= 2 else 0)
        | (TRUNCATE if abi >= 3 else 0)
        | (IOCTL_DEV if abi >= 5 else 0)
    )
    attributes = struct.pack("QQQ", handled, 0, SCOPES if abi >= 6 else 0)[
        : 24 if abi >= 6 else 16 if abi >= 4 else 8
    ]
    rules = checked(libc.syscall(CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0))
    for paths, access in ((readable, READS), (writable, handled)):
        for path in paths:
            allow(rules, path, access & handled)
    checked(libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0))
    checked(libc.syscall(RESTRICT_SELF, rules, 0))
    os.close(rules)


def allow(rules: int, path: str, access: int) -> None:
    """Allow ``access`` below ``path``; nothing if it is not there."""
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    if not os.path.isdir(path):
        access &= OF_FILES
    checked(libc.syscall(ADD_RULE, rules, 1, struct.pack("=Qi", access, handle), 0))
    os.close(handle)


def sockets(families: list[int]) -> None:
    """Give up sockets but those of ``families``; socket pairs, which reach nobody else, stay."""
    known = MACHINES.get(os.uname().machine)
    if known is None:
        return
    architecture, socket, io_uring = known
    load, equal, answer = 0x20, 0x15, 0x06
    code = [(load, 0, 0, 4), (equal, 1, 0, architecture), (answer, 0, 0, KILL), (load, 0, 0, 0)]
    if architecture == 0xC000003E:
        code += [(0x35, 0, 1, 0x40000000), (answer, 0, 0, ERRNO)]  # the x32 calls have numbers of their own
    code += [(equal, 0, 1, io_uring), (answer, 0, 0, ERRNO)]
    code += [(equal, 1, 0, socket), (answer, 0, 0, ALLOW), (load, 0, 0, 16)]
    for family in families:
        code += [(equal, 0, 1, family), (answer, 0, 0, ALLOW)]
    code += [(answer, 0, 0, ERRNO)]
    program = b"".join(struct.pack("HBBI", *one) for one in code)
    buffer = ctypes.create_string_buffer(program, len(program))
    described = struct.pack("HxxxxxxP", len(code), ctypes.addressof(buffer))
    checked(libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0))
    checked(libc.prctl(SECCOMP, FILTER, ctypes.c_char_p(described), 0, 0))


def checked(result: int) -> int:
    """Return ``result`` unless it says that a call failed."""
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result


def main(rules: str, argv: list[str]) -> None:
    """Confine this process and become ``argv``."""
    told = json.loads(rules)
    if told["session"]:
        os.setsid()
    if told["landlock"]:
        capabilities()
        landlock(told["readable"], told["writable"])
    if told["families"] is not None:
        sockets(told["families"])
    os.execvp(argv[0], argv)


if __name__ == "__main__":
    try:
        main(sys.argv[1], sys.argv[2:])
    except OSError as error:
        sys.stderr.write(f"otorepair: the sandbox cannot start {sys.argv[2]}: {error.strerror}\n")
        sys.exit(127 if error.errno == 2 else 126)
