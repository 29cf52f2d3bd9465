"""The history: every attempt made in a workspace, and a search for those that resemble a new incident."""
