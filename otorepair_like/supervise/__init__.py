"""The child and its tree: start, relay, watch, stop.

Who forks whom::

    otorepair ── forked first, before any thread or heavy import ──► spawner
      │  asks over a socket, handing on the child's stdio                   │ forks one janitor a tree, beforehand
      │                                                                     ▼
      ├──────────── control socket (one a tree) ─────────────────────── janitor      session leader, subreaper
      │                started · exited · steps · gone  ▲                   │ forks, execs
      │                signal · stop · kill             ▼                   ▼
      ├──◄─ relay threads ◄── pipes or pseudo-terminals ◄────────────────  leader ──► its descendants
      ▼                                                                   (own process group)
    mailbox ──► the loop

The janitor is the *subreaper* of its tree: whatever forks twice or calls ``setsid`` there becomes the
janitor's child when its parent dies, so "every descendant of the janitor" is exactly the tree, and "no child
left" is exactly "gone". The janitor leaves when its tree is gone. When the control socket ends (otorepair was
killed, even by ``kill -9``), it first ends the tree. It is in a session of its own, so nothing typed at
otorepair's terminal reaches it.

Nothing that runs before the child does may import more than light modules: the child's start is measured. So what
relays is imported while the janitor starts the child, the C halves of ``signal``, ``socket`` and ``threading`` are used
(``light``), and the spawner is forked with nothing else in its memory.
"""
