"""Uses every command of the ledger; what they print is its behaviour."""

import subprocess
import sys

COMMANDS = [
    ["open", "bank", "Current account", "--label", "main", "--label", "daily"],
    ["open", "pay", "Salary", "--kind", "income"],
    ["open", "rent", "Rent", "--kind", "expense"],
    ["book", "pay", "bank", "2000", "--memo", "january"],
    ["book", "bank", "rent", "650,50", "--on", "2024-02-03", "--memo", "flat"],
    ["book", "bank", "rent", "20.10", "--on", "2025-02-03", "--memo", "later"],
    ["summary"],
    ["history"],
    ["export", "out/accounts.txt"],
]
for command in COMMANDS:
    done = subprocess.run([sys.executable, "-m", "ledger", *command])
    if done.returncode:
        sys.exit(done.returncode)
print(open("out/accounts.txt", encoding="utf-8").read())
