"""Proves that a change is a repair: asks the signal again, in the private copy or of the running program."""
