"""Decides about the repair of tickets: who tries next, with what instructions, and when to stop."""
