"""Agents: agent CLIs, any command, and the scripted agent of tests and demos."""
