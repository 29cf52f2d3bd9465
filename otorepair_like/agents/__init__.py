"""Whoever repairs: recipes, agent CLIs, any command, and the scripted agent of tests and demos."""
