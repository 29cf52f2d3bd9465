"""Serves the quiz with uvicorn and asks for every page; a failing page is logged as uvicorn logs it."""

import http.client
import json
import socket
import sys
import threading
import time

sys.path.insert(0, ".")
import uvicorn

from quiz.app import app

listener = socket.socket()
listener.bind(("127.0.0.1", 0))
server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
thread.start()
while not server.started:
    if not thread.is_alive():
        sys.exit(1)
    time.sleep(0.01)
failed = False
for method, url, data in [
    ("GET", "/", None),
    ("POST", "/play/1", {"nick": "ann", "said": " Rome"}),
    ("POST", "/play/2", {"nick": "ann", "said": "54"}),
    ("POST", "/play/2", {"nick": "bob", "said": "56"}),
    ("POST", "/play/2", {"nick": "bob", "said": " "}),
    ("POST", "/play/9", {"nick": "bob", "said": "x"}),
    ("POST", "/play/1", {"nick": "cid", "said": "x"}),
    ("GET", "/play/journal", None),
    ("GET", "/ranking", None),
    ("GET", "/best.txt", None),
]:
    connection = http.client.HTTPConnection("127.0.0.1", listener.getsockname()[1], timeout=10)
    connection.request(method, url, json.dumps(data) if data else None, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    failed = failed or answer.status >= 500
    body = answer.read().decode() if answer.status < 500 else ""
    print(method, url, answer.status, answer.getheader("X-Quiz"), body.replace(str(listener.getsockname()[1]), "PORT"))
server.should_exit = True
thread.join()
sys.exit(1 if failed else 0)
