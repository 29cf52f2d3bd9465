"""Read, edit and check Python programs for the recipes."""
