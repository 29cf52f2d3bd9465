"""Writes the prompt of a repair."""
