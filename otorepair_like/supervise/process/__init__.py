"""Starts and ends the program's process tree."""
