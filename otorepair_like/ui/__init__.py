"""Everything people and programs see: the terminal, JSON lines, diffs, the history. This room only reads."""
