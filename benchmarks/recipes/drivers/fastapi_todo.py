"""Serves the tasks with uvicorn and asks for every page; a failing page is logged as uvicorn logs it."""

import http.client
import json
import socket
import sys
import threading
import time

sys.path.insert(0, ".")
import uvicorn

from todo.main import app

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
    ("GET", "/tasks", None),
    ("GET", "/tasks?page=2", None),
    ("POST", "/tasks", {"title": " read ", "due": "2024-01-01", "project_id": 2}),
    ("POST", "/tasks", {"title": " ", "due": "2024-01-01", "project_id": 2}),
    ("POST", "/tasks/1/finish", None),
    ("POST", "/tasks/99/finish", None),
    ("GET", "/overdue", None),
    ("GET", "/projects", None),
    ("GET", "/score", None),
]:
    connection = http.client.HTTPConnection("127.0.0.1", listener.getsockname()[1], timeout=10)
    connection.request(method, url, json.dumps(data) if data else None, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    failed = failed or answer.status >= 500
    body = answer.read().decode() if answer.status < 400 else ""
    print(method, url, answer.status, body)
server.should_exit = True
thread.join()
sys.exit(1 if failed else 0)
