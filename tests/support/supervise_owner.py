"""Runs a command in our terminal, as the loop does it; tells on stderr what it hears.

Usage: ``python -m tests.support.supervise_owner MODE PROGRAM ARGUMENT…``
"""

from __future__ import annotations

import os
import signal
import sys
import threading

from otorepair_like.supervise.process.spawner import Spawner


def main(mode: str, *argv: str) -> int:
    spawner = Spawner.fork()
    from otorepair_like.supervise.child import Child
    from otorepair_like.supervise.mailbox import Mailbox
    from otorepair_like.supervise.messages import CtrlCPressed, Exited, Gone, KeyPressed, Stopped
    from otorepair_like.supervise.terminal.output import Screen
    from otorepair_like.supervise.terminal.shape import Shape
    from otorepair_like.supervise.terminal.terminal import Terminal

    mailbox, screen, news = Mailbox(), Screen(), threading.Event()
    terminal = Terminal(Shape(mode), screen, mailbox, "ctrl-t")
    child = Child(
        spawner, list(argv), os.getcwd(), dict(os.environ), mailbox, screen=screen, terminal=terminal
    )
    signal.signal(signal.SIGWINCH, lambda *_: terminal.resize())
    signal.signal(signal.SIGCONT, lambda *_: terminal.enter())
    status = 0
    child.start()
    mailbox.attach(lambda _pressing: news.set())
    while True:
        news.wait()
        news.clear()
        for message in mailbox.drain():
            match message:
                case KeyPressed(name="q"):
                    child.kill()
                case KeyPressed(name=name):
                    screen.write_own(f"key {name}\n")
                case CtrlCPressed(passed=passed):
                    screen.write_own(f"interrupted passed={passed}\n")
                case Stopped():
                    terminal.suspend()
                    child.signal(signal.SIGCONT)
                case Exited(status=status):
                    pass
                case Gone():
                    child.close()
                    screen.close()
                    terminal.close()
                    spawner.close()
                    return status if status >= 0 else 128 - status
                case _:
                    pass


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
