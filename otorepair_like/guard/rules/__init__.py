"""The rules of the guard: what each of them looks at is read from its module's first line."""
