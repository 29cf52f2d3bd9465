"""Tickets: failures to repair, each with the signal that proves it."""
