"""Decides what happens in a run, and nothing else: no clock, no I/O, no await."""
