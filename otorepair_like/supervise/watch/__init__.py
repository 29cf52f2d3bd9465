"""Watches files for changes."""
