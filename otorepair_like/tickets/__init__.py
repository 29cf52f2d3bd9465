"""Tickets: what is to be repaired, with the signal that proves it."""
