"""The history: every attempt ever made in a workspace, and those that resemble a new incident."""
