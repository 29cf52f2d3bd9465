"""What a person or a program sees: the terminal, JSON lines, diffs, the history. It only reads."""
