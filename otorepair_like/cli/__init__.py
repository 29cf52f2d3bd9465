"""The command line: one file per command.

``main`` is the door: it tells a command to wrap from a sub-command and turns every error into one line and an exit
code. ``commands`` declares the sub-commands. ``parse`` reads options by hand, because the program must be started
before anything heavy is imported.
"""
