"""Changes the user's files without losing any: private copy, change set, apply, undo."""
