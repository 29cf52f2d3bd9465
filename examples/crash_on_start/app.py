"""A program that needs a variable nobody has set: it dies on start."""

import os
import time

port = int(os.environ["PORT"])

print(f"listening on port {port}", flush=True)
while True:
    time.sleep(1)
