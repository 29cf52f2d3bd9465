"""Serves the fleet with uvicorn and asks for every page; a failing page is logged as uvicorn logs it."""

import http.client
import json
import socket
import sys
import threading
import time

sys.path.insert(0, ".")
import uvicorn

from app.main import app

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
    ("GET", "/v1/reports/usage", None),
    ("POST", "/v1/vehicles/", {"plate": " ab-1 ", "fuel": "electric", "range_km": 120}),
    ("POST", "/v1/vehicles/", {"plate": "cd-2"}),
    ("POST", "/v1/vehicles/", {"plate": "x"}),
    ("GET", "/v1/vehicles/", None),
    ("GET", "/v1/vehicles/?offset=1", None),
    ("GET", "/v1/vehicles/1", None),
    ("GET", "/v1/vehicles/7", None),
    ("GET", "/v1/trips/audit", None),
    ("POST", "/v1/trips", {"vehicle_id": 1, "distance_km": 12.3, "started": "2024-05-01T10:00:00"}),
    ("POST", "/v1/trips", {"vehicle_id": 2, "distance_km": 1, "started": "2024-05-01T11:00:00", "minutes": 5}),
    ("POST", "/v1/trips", {"vehicle_id": 1, "distance_km": 500, "started": "2024-05-01T11:00:00"}),
    ("GET", "/v1/trips/audit", None),
    ("GET", "/v1/reports/usage", None),
]:
    connection = http.client.HTTPConnection("127.0.0.1", listener.getsockname()[1], timeout=10)
    connection.request(method, url, json.dumps(data) if data else None, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    failed = failed or answer.status >= 500
    body = answer.read().decode() if answer.status < 500 else ""
    print(method, url, answer.status, answer.getheader("X-Region"), body)
server.should_exit = True
thread.join()
sys.exit(1 if failed else 0)
