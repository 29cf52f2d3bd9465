"""Confines an agent to its private copy."""
