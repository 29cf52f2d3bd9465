"""The command line: one file per command.

``main`` is the door: it tells the wrapped command from a sub-command and turns every error into one line and an exit
code. ``parse`` reads the options of a run from the table of settings by hand, because the child must be started
before anything heavy is imported; sub-commands are Typer's (``app``), which costs 36 ms more.
"""
