"""Makes a backup into each kind of store."""

import subprocess
import sys

sys.exit(subprocess.run([sys.executable, "run.py"]).returncode)
