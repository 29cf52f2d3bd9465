"""Runs the weather three times: the last two keep a state."""

import subprocess
import sys

for arguments in ([], ["--state"], ["--state"]):
    done = subprocess.run([sys.executable, "main.py", *arguments])
    if done.returncode:
        sys.exit(done.returncode)
