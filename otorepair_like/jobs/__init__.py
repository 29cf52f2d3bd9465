"""Repairs tickets without a running program: one, a queue of them, or whatever turns red."""
