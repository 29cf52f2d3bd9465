"""Relays the program's terminal and the user's keys."""
