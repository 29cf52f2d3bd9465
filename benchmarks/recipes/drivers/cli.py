"""Uses every command of the inventory; what they print is its behaviour."""

import subprocess
import sys

COMMANDS = [
    ["add", "tea", "3.5", "10", "--tags", "drink,hot"],
    ["add", "cup", "7.25", "2", "--tags", "hot"],
    ["add", "pan", "20", "1"],
    ["list"],
    ["report"],
    ["export", "out/items.json"],
]
for command in COMMANDS:
    done = subprocess.run([sys.executable, "-m", "inventory", *command])
    if done.returncode:
        sys.exit(done.returncode)
print(open("out/items.json", encoding="utf-8").read())
