"""One attempt at one ticket: private copy, prompt, change set, guard, apply, proof, and the way back."""
