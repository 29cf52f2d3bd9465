"""Reads, edits and questions Python programs for the recipes."""
